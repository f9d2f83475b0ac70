package source

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestHTTPEndpoints(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		options    HTTPOptions
		answer     http.HandlerFunc
	}{
		{name: "a list", want: "192.168.0.1:80*1", answer: says(`["192.168.0.1:80"]`)},
		{name: "a status", want: "! status 503, want 200", answer: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }},
		{name: "not modified, and nothing known", want: "! status 304, want 200", answer: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(304) }},
		{name: "a redirect is not followed", want: "! status 302, want 200", answer: func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/more", http.StatusFound) }},
		{name: "no JSON", want: "! the answer is no JSON", answer: says("<html>")},
		{name: "an entry that is wrong", want: "! the answer entry 2: want", answer: says(`["192.168.0.1:80", 1]`)},
		{name: "endless", want: "! answer: larger than 2097152 bytes", answer: func(w http.ResponseWriter, _ *http.Request) {
			for range 1 << 12 {
				fmt.Fprint(w, strings.Repeat(" ", 1024))
			}
		}},
		{name: "half an answer", want: "! answer: unexpected EOF", answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "[")
		}},
		{name: "a header and a token", want: "192.168.0.1:80*1", options: HTTPOptions{Headers: map[string]string{"X-Zone": "a"}, Bearer: "secret"},
			answer: func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("X-Zone") == "a" && r.Header.Get("Authorization") == "Bearer secret" {
					fmt.Fprint(w, `["192.168.0.1:80"]`)
				}
			}},
		{name: "a password", want: "192.168.0.1:80*1", options: HTTPOptions{User: "me", Password: "secret"},
			answer: func(w http.ResponseWriter, r *http.Request) {
				if user, password, _ := r.BasicAuth(); user == "me" && password == "secret" {
					fmt.Fprint(w, `["192.168.0.1:80"]`)
				}
			}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := httptest.NewServer(tt.answer)
			defer server.Close()
			tt.options.URL = server.URL + "/servers"
			listed(t, NewHTTP(tt.options), tt.want)
		})
	}
}

// says answers with a text.
func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) }
}

func TestAnAnswerThatHasNotChangedIsKept(t *testing.T) {
	list, full := `["192.168.0.1:80"]`, 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tag := fmt.Sprintf(`"%d"`, len(list))
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		full++
		fmt.Fprint(w, list)
	}))
	defer server.Close()
	source := NewHTTP(HTTPOptions{URL: server.URL})
	for range 3 {
		listed(t, source, "192.168.0.1:80*1")
	}
	list = `["192.168.0.1:80", "192.168.0.2:80"]`
	for range 3 {
		listed(t, source, "192.168.0.1:80*1 192.168.0.2:80*1")
	}
	if full != 2 {
		t.Errorf("%d whole answers, want 2", full)
	}
}

func TestAnEndpointThatDoesNotAnswer(t *testing.T) {
	end := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-end }))
	defer server.Close()
	defer close(end)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := NewHTTP(HTTPOptions{URL: server.URL}).List(ctx); err == nil || !strings.Contains(err.Error(), "deadline") {
		t.Errorf("got %v", err)
	}
	listed(t, NewHTTP(HTTPOptions{URL: "http://127.0.0.1:1/"}), "! http://127.0.0.1:1/: dial tcp 127.0.0.1:1: connect: connection refused")
}
