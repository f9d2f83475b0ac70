package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"luavs/engine"
	"luavs/engine/metrics"
)

// requestWithin bounds how long one request may take.
const requestWithin = 30 * time.Second

// Server answers requests on a unix socket.
type Server struct {
	// Status returns what GET /v1/status answers.
	Status func(context.Context) (engine.Status, error)

	// Metrics returns what GET /metrics answers, as text for Prometheus.
	Metrics func(context.Context) ([]metrics.Family, error)

	// Reload loads all policies anew and returns what is wrong with those that
	// could not be put in force.
	Reload func(context.Context) error

	// Report gives a report to the checks that wait for it, and returns which
	// these are.
	Report func(context.Context, engine.Report) ([]string, error)

	// Order does what a person wants of a server, and returns which servers
	// these were.
	Order func(context.Context, engine.Order) ([]engine.Ordered, error)
}

// reloadAnswer is the body of POST /v1/reload.
type reloadAnswer struct {
	Errors []string `json:"errors"`
}

// Listen opens the socket at a path, for its owner alone. Its folder is made if it
// is missing.
func Listen(path string) (net.Listener, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("admin socket: %w; choose another place with --listen", err)
	}
	if err := removeStale(path); err != nil {
		return nil, err
	}
	// The mask keeps the socket closed to others from its first moment.
	old := syscall.Umask(0o177)
	l, err := net.Listen("unix", path)
	syscall.Umask(old)
	if err != nil {
		return nil, fmt.Errorf("admin socket: %w; choose another place with --listen", err)
	}
	return l, nil
}

// removeStale removes a socket that a daemon left behind when it was killed.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("admin socket: %w", err)
	case info.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("admin socket: %s is there already and is not a socket; choose another place with --listen", path)
	}
	if c, err := net.DialTimeout("unix", path, time.Second); err == nil {
		c.Close()
		return fmt.Errorf("admin socket: another luavs answers on %s; end it, or choose another place with --listen", path)
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("admin socket: remove the one left behind: %w", err)
	}
	return nil
}

// Serve answers on l until ctx ends, and returns when all requests have ended.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/status", s.status)
	mux.HandleFunc("POST /v1/reload", s.reload)
	mux.HandleFunc("POST /v1/report", act("report", s.report))
	mux.HandleFunc("POST /v1/order", act("order", s.order))
	mux.HandleFunc("GET /metrics", showMetrics(s.Metrics))
	return serveUntil(ctx, l, mux, "admin socket")
}

func (s *Server) status(w http.ResponseWriter, r *http.Request) {
	status, err := s.Status(r.Context())
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	writeJSON(w, status)
}

func (s *Server) reload(w http.ResponseWriter, r *http.Request) {
	answer := reloadAnswer{Errors: []string{}}
	if err := s.Reload(r.Context()); err != nil {
		answer.Errors = append(answer.Errors, err.Error())
	}
	writeJSON(w, answer)
}

// act makes the handler of a request whose body says in JSON what is to be done.
// What cannot be done is the fault of who asks for it, unless the engine has
// ended.
func act[Q, A any](what string, do func(context.Context, Q) (A, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var wanted Q
		body := json.NewDecoder(r.Body)
		body.DisallowUnknownFields()
		if err := body.Decode(&wanted); err != nil {
			http.Error(w, what+": "+err.Error(), http.StatusBadRequest)
			return
		}
		answer, err := do(r.Context(), wanted)
		switch {
		case errors.Is(err, engine.ErrStopped):
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		case err != nil:
			http.Error(w, err.Error(), http.StatusBadRequest)
		default:
			writeJSON(w, answer)
		}
	}
}

// writeJSON writes an answer. That the other end is gone is no concern of ours.
func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v)
}
