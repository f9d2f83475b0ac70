package admin

import (
	"context"

	"luavs/engine"
)

// orderAnswer is the body of POST /v1/order.
type orderAnswer struct {
	Servers []engine.Ordered `json:"servers"`
}

func (s *Server) order(ctx context.Context, o engine.Order) (orderAnswer, error) {
	servers, err := s.Order(ctx, o)
	return orderAnswer{servers}, err
}

// Order has the daemon drain a server, keep it out for maintenance, or resume
// it, and returns which servers these were.
func (c *Client) Order(ctx context.Context, o engine.Order) ([]engine.Ordered, error) {
	var answer orderAnswer
	err := c.post(ctx, "/v1/order", o, &answer)
	return answer.Servers, err
}
