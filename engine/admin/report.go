package admin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"luavs/engine"
)

// reportAnswer is the body of POST /v1/report.
type reportAnswer struct {
	Reached []string `json:"reached"`
}

func (s *Server) report(w http.ResponseWriter, r *http.Request) {
	var report engine.Report
	body := json.NewDecoder(r.Body)
	body.DisallowUnknownFields()
	if err := body.Decode(&report); err != nil {
		http.Error(w, "report: "+err.Error(), http.StatusBadRequest)
		return
	}
	reached, err := s.Report(r.Context(), report)
	switch {
	case errors.Is(err, engine.ErrStopped):
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
	default:
		writeJSON(w, reportAnswer{reached})
	}
}

// Report tells the daemon how a server is, and returns which checks heard it.
func (c *Client) Report(ctx context.Context, r engine.Report) (reached []string, err error) {
	var answer reportAnswer
	err = c.post(ctx, "/v1/report", r, &answer)
	return answer.Reached, err
}
