package admin

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"luavs/engine"
)

func TestAReportCrossesTheSocket(t *testing.T) {
	want := engine.Report{Server: "192.168.0.1:80", Service: "web", Check: "disk", Outcome: "pass", Weight: "50%", Text: "all well"}
	var got engine.Report
	c := serve(t, &Server{Report: func(_ context.Context, r engine.Report) ([]string, error) {
		got = r
		return []string{"tcp 10.0.0.1:80 192.168.0.1:80 disk"}, nil
	}})
	reached, err := c.Report(t.Context(), want)
	if err != nil || len(reached) != 1 || reached[0] != "tcp 10.0.0.1:80 192.168.0.1:80 disk" {
		t.Errorf("got %q, %v", reached, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestAReportThatIsRefusedSaysWhy(t *testing.T) {
	answers := map[string]error{"400 Bad Request: report: no server": errors.New("report: no server"), "503": engine.ErrStopped}
	for want, refusal := range answers {
		c := serve(t, &Server{Report: func(context.Context, engine.Report) ([]string, error) { return nil, refusal }})
		if _, err := c.Report(t.Context(), engine.Report{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestABodyThatIsNoReportIsRefused(t *testing.T) {
	c := serve(t, &Server{Report: func(context.Context, engine.Report) ([]string, error) {
		t.Error("was reported")
		return nil, nil
	}})
	for _, body := range []string{"", "{", `{"servre": "a"}`, `[]`, `{"text": "` + strings.Repeat("x", 64<<10) + `"}`} {
		res, err := c.http.Post("http://luavs/v1/report", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if res.StatusCode != http.StatusBadRequest || !strings.HasPrefix(string(text), "report: ") {
			t.Errorf("%.20q: got %s, %s", body, res.Status, text)
		}
	}
}
