package engine

import (
	"context"
	"net/netip"

	"luavs/ipvs"
)

type loop struct{}

func (l *loop) view(ipvs.ServiceKey) *ServiceView                    { return nil }
func (l *loop) startJob(Job) func()                                  { return nil }
func (l *loop) setWeight(ipvs.ServiceKey, netip.AddrPort, int) error { return nil }
func (l *loop) do(ctx context.Context, f func(*loop) error) error    { return nil }
