package source

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/net/dns/dnsmessage"

	"luavs/checks/dns"
	"luavs/engine"
)

// targetsAtOnce is how many targets of SRV records are resolved side by side.
const targetsAtOnce = 16

// services lists the addresses of the targets of a name's SRV records. A weight
// of 0 says that there is no preference, and in IPVS that a server gets nothing:
// it counts as 1.
func (l *lookup) services(name dnsmessage.Name, kind dnsmessage.Type) error {
	a, err := l.resolver.Lookup(l.ctx, name, dnsmessage.TypeSRV)
	if err != nil {
		return err
	}
	l.holds(a)
	offers := offersOf(a.Records)
	answers, err := l.resolve(offers, kind)
	if err != nil {
		return err
	}
	for i, srv := range offers {
		name := strings.TrimSuffix(srv.Target.String(), ".")
		l.add(answers[i], srv.Port, engine.Member{Name: name, Weight: max(1, int(srv.Weight))})
	}
	return nil
}

// offersOf returns those of SRV records that are to be used: of the lowest
// priority number, and with a target.
func offersOf(records []dnsmessage.Resource) (best []*dnsmessage.SRVResource) {
	for _, r := range records {
		srv := r.Body.(*dnsmessage.SRVResource)
		if len(best) > 0 && srv.Priority < best[0].Priority {
			best = best[:0]
		}
		if len(best) == 0 || srv.Priority == best[0].Priority {
			best = append(best, srv)
		}
	}
	return slices.DeleteFunc(best, func(srv *dnsmessage.SRVResource) bool { return srv.Target.String() == "." })
}

// resolve returns the addresses of each target. The first that cannot be resolved
// ends it.
func (l *lookup) resolve(offers []*dnsmessage.SRVResource, kind dnsmessage.Type) ([]dns.Answer, error) {
	ctx, stop := context.WithCancelCause(l.ctx)
	defer stop(nil)
	answers, slots := make([]dns.Answer, len(offers)), make(chan struct{}, targetsAtOnce)
	var tasks sync.WaitGroup
	var resolved atomic.Int64
	for i, srv := range offers {
		slots <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		tasks.Go(func() {
			defer func() { <-slots }()
			a, err := l.resolver.Lookup(ctx, srv.Target, kind)
			if err != nil {
				stop(fmt.Errorf("target %v: %w", srv.Target, err))
				return
			}
			answers[i] = a
			resolved.Add(1)
		})
	}
	tasks.Wait()
	if n := int(resolved.Load()); n < len(offers) {
		return nil, l.unresolved(context.Cause(ctx), n, len(offers))
	}
	return answers, nil
}

// unresolved says why not all targets are resolved. If the time was too short for
// so many, that is no fault of the server that was asked last.
func (l *lookup) unresolved(err error, resolved, all int) error {
	if late := l.ctx.Err() != nil || errors.Is(err, dns.ErrSilent); late && resolved > 0 {
		return fmt.Errorf("%d of %d targets are resolved in time; %w", resolved, all, engine.ErrShort)
	}
	return err
}
