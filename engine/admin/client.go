package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"strings"
	"syscall"

	"luavs/engine"
)

// maxAnswer bounds what a client reads: enough for 100,000 servers.
const maxAnswer = 256 << 20

// Client asks the daemon behind a unix socket.
type Client struct {
	path string
	http http.Client
}

// NewClient returns a client of the socket at a path. It opens nothing yet.
func NewClient(path string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}
	return &Client{path: path, http: http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}}
}

// Status returns what the daemon knows.
func (c *Client) Status(ctx context.Context) (engine.Status, error) {
	var s engine.Status
	err := c.do(ctx, http.MethodGet, "/v1/status", &s)
	return s, err
}

// Reload has the daemon load all policies anew. The error says what is wrong
// with those that could not be put in force.
func (c *Client) Reload(ctx context.Context) error {
	var answer reloadAnswer
	if err := c.do(ctx, http.MethodPost, "/v1/reload", &answer); err != nil {
		return err
	}
	if len(answer.Errors) > 0 {
		return errors.New(strings.Join(answer.Errors, "\n"))
	}
	return nil
}

// post sends a body as JSON.
func (c *Client) post(ctx context.Context, path string, body, into any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return c.send(ctx, http.MethodPost, path, bytes.NewReader(text), into)
}

func (c *Client) do(ctx context.Context, method, path string, into any) error {
	return c.send(ctx, method, path, nil, into)
}

func (c *Client) send(ctx context.Context, method, path string, body io.Reader, into any) error {
	return c.ask(ctx, method, path, body, func(answer io.Reader) error { return json.NewDecoder(answer).Decode(into) })
}

func (c *Client) get(ctx context.Context, path string, read func(io.Reader) error) error {
	return c.ask(ctx, http.MethodGet, path, nil, read)
}

// ask sends a request and reads its answer.
func (c *Client) ask(ctx context.Context, method, path string, body io.Reader, read func(io.Reader) error) error {
	req, err := http.NewRequestWithContext(ctx, method, "http://luavs"+path, body)
	if err != nil {
		return err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return c.explain(err)
	}
	defer res.Body.Close()
	answer := io.LimitReader(res.Body, maxAnswer)
	if res.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(answer, 4<<10))
		return fmt.Errorf("daemon at %s: %s: %s", c.path, res.Status, strings.TrimSpace(string(text)))
	}
	if err := read(answer); err != nil {
		return fmt.Errorf("daemon at %s: its answer: %w", c.path, err)
	}
	return nil
}

// explain says what to do about a socket that cannot be reached.
func (c *Client) explain(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("no luavs answers on %s; is `luavs run` up, with the same --listen?", c.path)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("daemon at %s: permission denied; run this as the user luavs runs as", c.path)
	}
	return fmt.Errorf("daemon at %s: %w", c.path, err)
}
