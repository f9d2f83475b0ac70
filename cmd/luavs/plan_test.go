package main

import (
	"path/filepath"
	"testing"

	"luavs/engine"
)

func TestAPlanIsOfWhatItReplaces(t *testing.T) {
	t.Chdir(t.TempDir())
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		path, file, policy string
		want               bool
	}{
		{"web.lua", "web.lua", "web.lua", true},
		{"web.lua", "web.lua", "/etc/luavs/web.lua", true},
		{"/tmp/web.lua", "/tmp/web.lua", "/etc/luavs/web.lua", true},
		{"web.lua", "web.lua", "/etc/luavs/api.lua", false},
		{"/etc/luavs", "/etc/luavs/api.lua", "/etc/luavs/web.lua", true},
		{"/etc/luavs/", "/etc/luavs/api.lua", "/etc/luavs/web.lua", true},
		{".", "api.lua", here + "/web.lua", true},
		{".", "api.lua", "web.lua", true},
		{"/etc/luavs", "/etc/luavs/api.lua", "/etc/luavs/more/web.lua", false},
		{"/etc", "/etc/api.lua", "/etc/luavs/web.lua", false},
	} {
		p := preview{paths: []string{tt.path}}
		if got := p.replaces(tt.policy, []engine.Config{{Name: tt.file}}); got != tt.want {
			t.Errorf("luavs plan %s, with %s in it, replaces the policy %s: %v", tt.path, tt.file, tt.policy, got)
		}
	}
}
