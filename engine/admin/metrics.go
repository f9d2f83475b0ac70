package admin

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/netutil"

	"luavs/engine/metrics"
)

// maxScrapes is how many connections are served at once on a metrics address,
// which anybody in the network may reach.
const maxScrapes = 16

// ServeMetrics answers GET /metrics, and nothing else, on l until ctx ends.
// Figures returns what it answers.
func ServeMetrics(ctx context.Context, l net.Listener, figures func(context.Context) ([]metrics.Family, error)) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", showMetrics(figures))
	return serveUntil(ctx, netutil.LimitListener(l, maxScrapes), mux, "metrics address")
}

// showMetrics answers with figures.
func showMetrics(figures func(context.Context) ([]metrics.Family, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		families, err := figures(r.Context())
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", metrics.ContentType)
		metrics.Write(w, families) // that the other end is gone is no concern of ours
	}
}

// serveUntil answers on l until ctx ends, and returns when all requests have ended.
// Where is what messages call the listener.
func serveUntil(ctx context.Context, l net.Listener, mux *http.ServeMux, where string) error {
	srv := &http.Server{
		Handler:           http.TimeoutHandler(http.MaxBytesHandler(mux, 64<<10), requestWithin, `{"error": "no answer in time"}`),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       requestWithin,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("%s: %w", where, err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if srv.Shutdown(grace) != nil {
		srv.Close()
	}
	<-ended
	return ctx.Err()
}

// Metrics returns the daemon's figures as text for Prometheus.
func (c *Client) Metrics(ctx context.Context) ([]byte, error) {
	var text bytes.Buffer
	err := c.get(ctx, "/metrics", func(body io.Reader) error {
		_, err := text.ReadFrom(body)
		return err
	})
	return text.Bytes(), err
}
