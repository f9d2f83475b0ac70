package checks

import (
	"net/netip"
	"testing"
)

func TestIdentityShowsSettingsButNoSecrets(t *testing.T) {
	got := Identity("redis", Route{Addr: netip.MustParseAddr("10.0.0.1"), Port: 6379},
		map[string]string{"role": "master", "password": "pass word", "shared_secret": "x", "name": "a b", "empty": ""})
	want := `redis addr=10.0.0.1 port=6379 name="a b" password=sha256:78980e257f412437fbf93437 role=master shared_secret=sha256:2d711642b726b04401627ca9`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
