package admin

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"luavs/engine"
	"luavs/engine/metrics"
)

func one(context.Context) ([]metrics.Family, error) {
	f := metrics.Family{Name: "x", Kind: metrics.Gauge}
	f.Add(1)
	return []metrics.Family{f}, nil
}

func TestMetricsCrossTheSocket(t *testing.T) {
	c := serve(t, &Server{Metrics: one})
	text, err := c.Metrics(t.Context())
	if err != nil || string(text) != "# TYPE x gauge\nx 1\n" {
		t.Errorf("got %q, %v", text, err)
	}
	c = serve(t, &Server{Metrics: func(context.Context) ([]metrics.Family, error) { return nil, engine.ErrStopped }})
	if _, err := c.Metrics(t.Context()); err == nil || !strings.Contains(err.Error(), engine.ErrStopped.Error()) {
		t.Errorf("got %v", err)
	}
}

// A metrics address shows figures and nothing else of the daemon.
func TestAMetricsAddress(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- ServeMetrics(ctx, l, one) }()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	get := func(method, path string) (int, string, string) {
		req, err := http.NewRequestWithContext(t.Context(), method, "http://"+l.Addr().String()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, res.Header.Get("Content-Type"), string(text)
	}
	if status, kind, text := get("GET", "/metrics"); status != 200 || kind != metrics.ContentType || text != "# TYPE x gauge\nx 1\n" {
		t.Errorf("got %d, %s, %q", status, kind, text)
	}
	for _, other := range []string{"GET /v1/status", "POST /v1/reload", "GET /", "POST /metrics"} {
		method, path, _ := strings.Cut(other, " ")
		if status, _, _ := get(method, path); status != http.StatusNotFound && status != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", other, status)
		}
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
}
