package luaapi

import (
	"strings"
	"testing"
	"time"

	"luavs/engine"
)

func TestJobs(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"every", `every("10s", tick)`, "6"},
		{"every with fractions", `every(0.5, tick)`, "120"},
		{"cron with seconds", `cron("*/20 * * * * *", tick)`, "3"},
		{"after runs once", `after("5s", tick)`, "1"},
		{"cancelled before it is in force", `local j = every("10s", tick) j:cancel()`, "0"},
		{"cancelled from within", `local j j = every("1s", function() tick() if n == 2 then j:cancel() end end)`, "2"},
		{"started while running", `on("start", function() every("10s", tick) end)`, "6"},
		{"after, started while running", `on("start", function() after("10s", tick) end)`, "1"},
		{"after nothing", `on("start", function() after(0, tick) end)`, "1"},
		{"cancelled while running", `on("start", function() local j = every("1s", tick) sleep("5s") j:cancel() end)`, "5"},
		{"spawn runs beside", `on("start", function() spawn(function(by) sleep("1s") n = n + by end, 7) n = n + 1 end)`, "8"},
		{"a run that still goes is not joined", `every("10s", function() tick() sleep("25s") end)`, "2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inForce(t, "n = 0\nlocal function tick() n = n + 1 end\n"+c.src, func(l *live) {
				l.pass(60 * time.Second)
				l.expect("runs in a minute", l.lua(`return n`), c.want)
				if log := l.logged.String(); strings.Contains(log, "level=ERROR") {
					t.Errorf("logged:\n%s", log)
				}
			})
		})
	}
}

func TestTheErrorOfAJobNamesItsPlace(t *testing.T) {
	inForce(t, `
every("10s", function()
  error("oops")
end)
on("start", function() spawn(function() error("in spawn") end) end)`, func(l *live) {
		l.pass(15 * time.Second)
		for _, want := range []string{"policy.lua:3: oops", "every 10s at policy.lua:2", "policy.lua:5: in spawn", "spawn at policy.lua:5"} {
			if !strings.Contains(l.logged.String(), want) {
				t.Errorf("%q is not in the log:\n%s", want, l.logged)
			}
		}
	})
}

func TestAReloadDoesNotPutARareJobOff(t *testing.T) {
	const src = `ran = 0 every("1h", function() print("hourly") end)`
	inForce(t, src, func(l *live) {
		for range 8 {
			l.pass(30 * time.Minute)
			l.load(src)
		}
		if n := strings.Count(l.logged.String(), "hourly"); n != 4 {
			t.Errorf("ran %d times in four hours, want 4", n)
		}
	})
}

func TestGridsOfDifferentNamesAreSpread(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	seen := map[time.Time]bool{}
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		g := newGrid(10*time.Second, name)
		first := g.Next(start)
		if wait := first.Sub(start); wait <= 0 || wait > 10*time.Second {
			t.Errorf("%s: the first run is due after %v, want within 10s", name, wait)
		}
		if got := g.Next(first); got != first.Add(10*time.Second) {
			t.Errorf("%s: after %v comes %v", name, first, got)
		}
		seen[first] = true
	}
	if len(seen) != 5 {
		t.Errorf("%d different times for 5 names", len(seen))
	}
}

func TestParseCron(t *testing.T) {
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		line string
		want string // the next time, or a part of the error
	}{
		{"0 3 * * *", "2026-03-02 03:00:00"},
		{"*/5 * * * * *", "2026-03-01 12:00:05"},
		{"@hourly", "2026-03-01 13:00:00"},
		{"CRON_TZ=Asia/Tokyo 0 3 * * *", "2026-03-01 18:00:00"},
		{"TZ=UTC 0 3 * * *", "2026-03-02 03:00:00"},
		{"@every 5s", `write every = "5s"`},
		{"CRON_TZ=UTC @every 5s", `write every = "5s"`},
		{"0 0 30 2 *", "it never comes"},
		{", * * * *", "it never comes"},
		{"TZ=0", "want five or six fields"},
		{"TZ=", "want five or six fields"},
		{"", "want five or six fields"},
		{"0 0 * * 7", "want five or six fields"},
		{"@reboot", "want five or six fields"},
	} {
		s, err := parseCron(c.line)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = s.Next(start).UTC().Format(time.DateTime)
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%q: %s, want %s", c.line, got, c.want)
		}
	}
}

func TestADelayComesOnce(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var d engine.Schedule = &delay{pause: 5 * time.Second}
	first := d.Next(start)
	if want := start.Add(5 * time.Second); first != want {
		t.Errorf("first %v, want %v", first, want)
	}
	if again := d.Next(start.Add(time.Second)); again != first {
		t.Errorf("asked again before it came: %v, want %v", again, first)
	}
	if after := d.Next(first); !after.IsZero() {
		t.Errorf("afterwards %v, want never", after)
	}
}

func FuzzParseCron(f *testing.F) {
	for _, s := range []string{"0 3 * * *", "TZ=0", "CRON_TZ=Europe/Berlin 30 2 * * *", "@hourly", "@every 1s", "*/0 * * * *", "1-0 * * * *", ", , , , ,", "TZ= "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		s, err := parseCron(line)
		if (s == nil) == (err == nil) {
			t.Errorf("parseCron(%q) = %v, %v", line, s, err)
		}
		if now := time.Now(); err == nil && !s.Next(now).After(now) {
			t.Errorf("%q: next is not after now", line)
		}
	})
}

func FuzzAddress(f *testing.F) {
	for _, s := range []string{"10.0.0.1:80", "[2001:db8::1]:80", "web1:80", "10.0.0.1", "::1", "[::ffff:10.0.0.1]:80", "fe80::1%eth0", ":80", "10.0.0.1:"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		addr, err := parseServer(text)
		switch {
		case err == nil && (!addr.IsValid() || addr.Addr().Is4In6() || addr.Addr().Zone() != ""):
			t.Errorf("parseServer(%q) = %v", text, addr)
		case err == nil:
			if again, err := parseServer(addr.String()); err != nil || again != addr {
				t.Errorf("%v reads back as %v, %v", addr, again, err)
			}
		}
	})
}
