package admin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"luavs/engine"
)

// orderAnswer is the body of POST /v1/order.
type orderAnswer struct {
	Servers []engine.Ordered `json:"servers"`
}

func (s *Server) order(w http.ResponseWriter, r *http.Request) {
	var order engine.Order
	body := json.NewDecoder(r.Body)
	body.DisallowUnknownFields()
	if err := body.Decode(&order); err != nil {
		http.Error(w, "order: "+err.Error(), http.StatusBadRequest)
		return
	}
	servers, err := s.Order(r.Context(), order)
	switch {
	case errors.Is(err, engine.ErrStopped):
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
	default:
		writeJSON(w, orderAnswer{servers})
	}
}

// Order has the daemon drain a server, keep it out for maintenance, or resume
// it, and returns which servers these were.
func (c *Client) Order(ctx context.Context, o engine.Order) ([]engine.Ordered, error) {
	var answer orderAnswer
	err := c.post(ctx, "/v1/order", o, &answer)
	return answer.Servers, err
}
