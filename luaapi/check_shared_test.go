package luaapi

import "testing"

func TestWhichChecksAreShared(t *testing.T) {
	for expression, want := range map[string]bool{
		`check.tcp {}`:                                true,
		`check.http { path = "/up" }`:                 true,
		`check.https {}`:                              true,
		`check.tcp { via = "service" }`:               false,
		`check.exec { "true" }`:                       false,
		`check.lua { function() return true end }`:    false,
		`check.agent { port = 9707 }`:                 true,
		`check.file { path = "/m", want = "absent" }`: false,
		`check.grpc {}`:                               true,
	} {
		if got := declaredCheck(t, expression).Shared; got != want {
			t.Errorf("%s: shared %v, want %v", expression, got, want)
		}
	}
}
