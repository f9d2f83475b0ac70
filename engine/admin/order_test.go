package admin

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"luavs/engine"
)

func TestAnOrderCrossesTheSocket(t *testing.T) {
	want := engine.Order{Do: "drain", Server: "192.168.0.1:80", Service: "web", Why: "disks", Deadline: "5m"}
	done := []engine.Ordered{{Service: "tcp 10.0.0.1:80", Server: "192.168.0.1:80", State: engine.StateDraining, Active: 7, Until: time.Unix(1000, 0).UTC()}}
	var got engine.Order
	c := serve(t, &Server{Order: func(_ context.Context, o engine.Order) ([]engine.Ordered, error) {
		got = o
		return done, nil
	}})
	servers, err := c.Order(t.Context(), want)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(done, servers); diff != "" {
		t.Errorf("answered (-want +got):\n%s", diff)
	}
}

func TestAnOrderThatIsRefusedSaysWhy(t *testing.T) {
	for want, refusal := range map[string]error{"400 Bad Request: drain: no server": errors.New("drain: no server"), "503": engine.ErrStopped} {
		c := serve(t, &Server{Order: func(context.Context, engine.Order) ([]engine.Ordered, error) { return nil, refusal }})
		if _, err := c.Order(t.Context(), engine.Order{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestABodyThatIsNoOrderIsRefused(t *testing.T) {
	c := serve(t, &Server{Order: func(context.Context, engine.Order) ([]engine.Ordered, error) {
		t.Error("was ordered")
		return nil, nil
	}})
	for _, body := range []string{"", "{", `{"servre": "a"}`, `[]`, `{"why": "` + strings.Repeat("x", 64<<10) + `"}`} {
		res, err := c.http.Post("http://luavs/v1/order", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if res.StatusCode != http.StatusBadRequest || !strings.HasPrefix(string(text), "order: ") {
			t.Errorf("%.20q: got %s, %s", body, res.Status, text)
		}
	}
}
