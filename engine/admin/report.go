package admin

import (
	"context"

	"luavs/engine"
)

// reportAnswer is the body of POST /v1/report.
type reportAnswer struct {
	Reached []string `json:"reached"`
}

func (s *Server) report(ctx context.Context, r engine.Report) (reportAnswer, error) {
	reached, err := s.Report(ctx, r)
	return reportAnswer{reached}, err
}

// Report tells the daemon how a server is, and returns which checks heard it.
func (c *Client) Report(ctx context.Context, r engine.Report) (reached []string, err error) {
	var answer reportAnswer
	err = c.post(ctx, "/v1/report", r, &answer)
	return answer.Reached, err
}
