package luaapi

import (
	"fmt"
	"strings"
	"testing"
)

func TestBase64(t *testing.T) {
	runScripts(t, nil, []scriptCase{
		{name: "there and back", script: `local t = base64.encode("a\0\255?>") print(t, base64.decode(t) == "a\0\255?>")`, want: "YQD/Pz4=\ttrue"},
		{name: "the alphabet of URLs", script: `local t = base64.encode("\255\254?", { url = true }) print(t, #base64.decode(t, { url = true }))`, want: "__4_\t3"},
		{name: "without the end", script: `print(base64.encode("a", { padding = false }), base64.decode("YQ", { padding = false }))`, want: "YQ\ta"},
		{name: "no base64", script: `print(base64.decode("a?b="))`, want: "nil\tno base64: illegal base64 data at input byte 1"},
		{name: "bits that nobody wrote", script: `print(base64.decode("YR=="))`, want: "nil\tno base64: illegal base64 data at input byte 2"},
		{name: "empty", script: `print(#base64.encode(""), #base64.decode(""))`, want: "0\t0"},
		{name: "too long", script: `base64.encode(("x"):rep(1000000))`, err: "base64.encode: the result is longer than 1048576 bytes"},
		{name: "misuse", script: `base64.encode("", { pading = false })`, err: `did you mean "padding"?`},
	})
}

func TestURL(t *testing.T) {
	runScripts(t, nil, []scriptCase{
		{name: "all parts", script: `local u = url.parse("https://u:p%20w@[2001:db8::1]:8443/a%20b?x=1&y=2&y=3&z#end")
			print(u.scheme, u.user, u.password, u.host, u.port, u.path, u.query.x, u.query.y[2], u.query.z == "", u.fragment)`,
			want: "https\tu\tp w\t2001:db8::1\t8443\t/a b\t1\t3\ttrue\tend"},
		{name: "what is not there", script: `local u = url.parse("/just/a/path") print(u.scheme, u.host, u.port, u.user, u.path, next(u.query))`, want: "nil\tnil\tnil\tnil\t/just/a/path\tnil"},
		{name: "no url", script: `print(url.parse("http://[::1")) print(url.parse("http://h:port/"))`,
			want: "nil\tno URL: missing ']' in host\nnil\tno URL: invalid port \":port\" after host"},
		{name: "a query that is none", script: `print(url.parse("/?a=%zz"))`, want: "nil\tthe query: invalid URL escape \"%zz\""},
		{name: "built", script: `print(url.build { scheme = "http", user = "u", password = "p w", host = "::1", port = 80, path = "/a b", query = { b = "x&y", a = { "1", "2" } }, fragment = "f" })`,
			want: "http://u:p%20w@[::1]:80/a%20b?a=1&a=2&b=x%26y#f"},
		{name: "what was parsed is built again", script: `local t = "https://u:p@host:1/a/b?c=d#e" print(url.build(url.parse(t)) == t, url.build(url.parse("mailto:a@b")))`, want: "true\tmailto:a@b"},
		{name: "no port", script: `print(url.build { host = "::1" }, url.build { path = "/x" })`, want: "//[::1]\t/x"},
		{name: "escaped", script: `print(url.escape("a b/c?d+é"), url.unescape("a%20b%2Fc+d"))`, want: "a%20b%2Fc%3Fd%2B%C3%A9\ta b/c+d"},
		{name: "no escape", script: `print(url.unescape("%4"))`, want: "nil\tinvalid URL escape \"%4\""},
		{name: "a wrong host", script: `url.build { host = "a/b" }`, err: `field "host": want a name or an address, got "a/b"`},
		{name: "a path behind a host", script: `url.build { host = "h", path = "x" }`, err: `field "path": want a path that begins with a slash behind a host, got "x"`},
		{name: "parts of no use", script: `url.build { port = 1, password = "x" }`, err: `field "port": is of no use without host; field "password": is of no use without user`},
		{name: "misuse", script: `url.build { hots = "x" }`, err: `did you mean "host"?`},
		{name: "no table", script: `url.build("x")`, err: `url.build: argument 1: want a table`},
	})
}

func TestTime(t *testing.T) {
	runScripts(t, nil, []scriptCase{
		{name: "now", script: `local a, b = time.now() repeat b = time.now() until b ~= a
			print(math.abs(a - os.time()) < 60, b - a < 1, b > a)`, want: "true\ttrue\ttrue"},
		{name: "formats", script: `local t = 784111777.25
			print(time.format(t), time.format(t, "http", "Asia/Tokyo"), time.format(t, "mail", "Europe/Paris"))
			print(time.format(t, "%A %a %B %b %d %e %j %H %I %M %S.%f %p %y %Y %z %Z %F %T %%"))
			print(time.format(-0.5, "%S.%f"))`,
			want: "1994-11-06T08:49:37Z\tSun, 06 Nov 1994 08:49:37 GMT\tSun, 06 Nov 1994 09:49:37 +0100\n" +
				"Sunday Sun November Nov 06  6 310 08 08 49 37.250000 AM 94 1994 +0000 UTC 1994-11-06 08:49:37 %\n59.500000"},
		{name: "parsed", script: `print(time.parse("1994-11-06T08:49:37.25Z"), time.parse("1994-11-06T09:49:37+01:00"), time.parse("Sun, 06 Nov 1994 08:49:37 GMT", "http", "Asia/Tokyo"))
			print(time.parse("06.11.1994 09:49:37", "%d.%m.%Y %H:%M:%S", "Europe/Paris"), time.parse("Nov  6 1994", "%b %e %Y"), time.parse("6.11.94 CET", "%e.%m.%y %Z", "Europe/Paris"))`,
			want: "784111777.25\t784111777\t784111777\n784111777\t784080000\t784076400"},
		{name: "no time", script: `print(time.parse("yesterday")) print(time.parse("32.1.2026", "%d.%m.%Y"))`,
			want: "nil\tno time as rfc3339: \"yesterday\"\nnil\tno time as %d.%m.%Y: \"32.1.2026\""},
		{name: "a zone that nobody knows", script: `print(time.parse("6.11.94 CET", "%e.%m.%y %Z"))`,
			want: "nil\tnobody knows which time zone CET is: give its name as argument 3, or the offset in the text (%z)"},
		{name: "parts", script: `local p = time.parts(784111777, "Europe/Paris") print(p.year, p.month, p.day, p.hour, p.min, p.sec, p.wday, p.yday, p.isdst)`,
			want: "1994\t11\t6\t9\t49\t37\t1\t310\tfalse"},
		{name: "zones", script: `print(time.zone("Europe/Paris", 784111777)) print(time.zone("Europe/Paris", 770000000)) print(time.zone("UTC")) print(type(time.zone("local")))`,
			want: "CET\t3600\nCEST\t7200\nUTC\t0\nstring"},
		{name: "durations", script: `print(time.duration("1h30m"), time.duration("14d"), time.duration(1.5)) print(time.duration("soon"))`,
			want: "5400\t1209600\t1.5\nnil\twant a duration such as \"1500ms\", \"5s\" or \"1h\", got \"soon\""},
		{name: "an unknown zone", script: `time.format(0, "http", "Europe/Pariss")`, err: `time.format: argument 3: want a time zone such as "UTC", "local" or "Europe/Paris", got "Europe/Pariss"`},
		{name: "a zone outside its folder", script: `time.parts(0, "../../etc/passwd")`, err: `want a time zone`},
		{name: "a layout of Go", script: `time.format(0, "2006-01-02")`, err: `argument 2: want "rfc3339", "http", "mail" or a layout such as "%Y-%m-%d %H:%M:%S", got "2006-01-02"`},
		{name: "a layout with a name misspelt", script: `time.format(0, "rfc3399")`, err: `(did you mean "rfc3339"?)`},
		{name: "letters in a layout", script: `time.format(0, "%Y and 2")`, err: `'a' in a layout has to be a letter after %`},
		{name: "an unknown letter", script: `time.format(0, "%Q")`, err: `there is no %Q in a layout`},
		{name: "microseconds alone", script: `time.format(0, "%f")`, err: `%f, the microseconds, comes after a point`},
		{name: "a single percent sign", script: `time.format(0, "%Y%")`, err: `the layout ends with a single %`},
		{name: "no number", script: `time.format("now")`, err: `time.format: argument 1: want a number, got "now"`},
		{name: "too far", script: `time.format(1e300)`, err: `1e+300 is no time: want seconds since 1970`},
		{name: "not a number", script: `time.parts(0/0)`, err: `want a number`},
	})
}

func TestRegularExpressions(t *testing.T) {
	runScripts(t, nil, []scriptCase{
		{name: "a match", script: `print(re.match("load: 1.25", "[0-9.]+"), re.match("x", "y"))`, want: "1.25\tnil"},
		{name: "groups", script: `print(re.match("GET /a 200", "^(\\w+) (\\S+) (\\d+)( .*)?$"))`, want: "GET\t/a\t200\tnil"},
		{name: "captures", script: `local c = re.captures("k = v", "(?P<key>\\w+) *= *(?P<value>\\w*)(x)?") print(c[0], c[1], c.key, c.value, c[3], re.captures("", "x"))`, want: "k = v\tk\tk\tv\tnil\tnil"},
		{name: "find all", script: `print(table.concat(re.find_all("a1b22c333", "\\d+"), ","), #re.find_all("aaa", "a", 2), #re.find_all("x", "y"), #re.find_all("ab", ""))`, want: "1,22,333\t2\t0\t3"},
		{name: "find all with groups", script: `for _, c in ipairs(re.find_all("a=1 b=2", "(?P<name>\\w)=(\\d)")) do print(c.name, c[2]) end`, want: "a\t1\nb\t2"},
		{name: "replace", script: `print(re.replace("a1b2", "(\\w)(\\d)", "${2}$1$$"), re.replace("aaa", "a", "b", 2), re.replace("é", "", "-"), re.replace("x", "y", "z"))`, want: "1a$2b$\tbba\t-é-\tx"},
		{name: "split", script: `local function show(...) print(table.concat(re.split(...), "|")) end
			show("a, b,c", ",\\s*") show("abc", "") show("a,b,c", ",", 2) show("", ",") show(",a,", ",") show("abaabaccadaaae", "a*", 5) show("baaa", "a*") show("abc", "x") show("a,b", ",", 1)`,
			want: "a|b|c\na|b|c\na|b,c\n\n|a|\n|b|b|c|cadaaae\nb|\nabc\na,b"},
		{name: "quote", script: `print(re.quote("1.5+x"), re.match("a1.5+x", re.quote("1.5+x")))`, want: "1\\.5\\+x\t1.5+x"},
		{name: "flags", script: `print(re.match("A\nb", "(?im)^B$"))`, want: "b"},
		{name: "a mistake", script: `re.match("x", "(")`, err: "test.lua:1: re.match: argument 2: error parsing regexp: missing closing ): `(`"},
		{name: "too long", script: `re.match("x", ("x"):rep(10000))`, err: "the expression is longer than 8192 bytes"},
		{name: "repeats too much", script: `re.match("x", ("a{1000}"):rep(12))`, err: "the expression repeats too much: it has more than 10000 steps"},
		{name: "too large together", script: `re.match(("x"):rep(100000), "a{500}")`, err: "the expression is too large for a text of 100000 bytes"},
		{name: "too many", script: `re.find_all(("x"):rep(2000), ("("):rep(31) .. "." .. (")"):rep(31))`, err: `" matches more than 512 times`},
		{name: "too slow", script: `re.find_all(("a"):rep(200000), ".*b|a")`, err: `re: the expression ".*b|a" takes too long on a text of 200000 bytes`},
		{name: "too large a result", script: `re.replace(("a"):rep(2000), "a", ("b"):rep(1000))`, err: "re.replace: the result is longer than 1048576 bytes"},
		{name: "a wrong count", script: `re.split("a", "b", 0)`, err: "re.split: argument 3: want a whole number from 1 up, got 0"},
	})
}

func TestExpressionsAreBounded(t *testing.T) {
	cache := expressions{}
	for i := range 3 * maxCompiled {
		if _, err := cache.compile(fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
		if len(cache) > maxCompiled {
			t.Fatalf("%d expressions are kept, want at most %d", len(cache), maxCompiled)
		}
	}
	before := len(cache)
	if _, err := cache.compile(fmt.Sprint(3*maxCompiled - 1)); err != nil || len(cache) != before {
		t.Errorf("an expression is not used again: %v", err)
	}
}

// Whatever the expression and the text are, nothing takes long and nothing
// panics.
func FuzzExpressions(f *testing.F) {
	f.Add("(a*)*b|(x{3})?", "aaaab", "$1")
	f.Add(`(?P<n>\w+)|^$`, "é \xff", "${n}$9$")
	f.Fuzz(func(t *testing.T, expression, text, with string) {
		b := newBench(t)
		b.set("e", expression)
		b.set("s", strings.Repeat(text, 10))
		b.set("w", with)
		b.must(t, `for _, f in ipairs { re.match, re.captures, re.find_all, re.split } do pcall(f, s, e) end pcall(re.replace, s, e, w)`)
	})
}

// Whatever a layout says, nothing panics.
func FuzzLayouts(f *testing.F) {
	f.Add("%Y-%m-%d %H:%M:%S", 784111777.0)
	f.Add("%e.%j %Z%%", -1.5)
	f.Fuzz(func(t *testing.T, layout string, when float64) {
		b := newBench(t)
		b.set("layout", layout)
		b.must(t, fmt.Sprintf(`local t = %f
			if pcall(time.format, t, layout) then assert(type(time.parts(t)) == "table") end
			pcall(time.parse, layout, layout)`, when))
	})
}

// Large strings, handed over again and again, cost a script nothing: what is
// made of them is bounded.
func TestWhatIsMadeOfLargeTextsIsBounded(t *testing.T) {
	const many = `local big, list, map = ("x"):rep(1000000), {}, {} for i = 1, 200 do list[i] = big map["h" .. i] = big end `
	runScripts(t, nil, []scriptCase{
		{name: "a query", script: many + `http.get("http://127.0.0.1:1/", { query = map })`, err: `field "query": is longer than 1048576 bytes`},
		{name: "a form", script: many + `http.post("http://127.0.0.1:1/", { form = { a = list } })`, err: `field "form": is longer than 1048576 bytes`},
		{name: "headers", script: many + `http.get("http://127.0.0.1:1/", { headers = map })`, err: `field "headers": are longer than 65536 bytes`},
		{name: "an address", script: many + `http.get("http://127.0.0.1:1/" .. big)`, err: `url: is longer than 65536 bytes`},
		{name: "arguments", script: many + `list[1] = "true" exec.run(list)`, err: `the arguments are longer than 1048576 bytes: give them to the program by stdin`},
		{name: "an environment", script: many + `exec.shell("true", { env = map })`, err: `field "env": is longer than 1048576 bytes`},
		{name: "quoted words", script: many + `exec.quote(unpack(list, 1, 50))`, err: `exec.quote: the result is longer than 1048576 bytes`},
		{name: "a url", script: many + `url.build { path = "/" .. big, fragment = big }`, err: `url.build: the result is longer than 1048576 bytes`},
		{name: "the query of a url", script: many + `url.build { query = map }`, err: `field "query": is longer than 1048576 bytes`},
		{name: "a name", script: many + `dns.lookup(big)`, err: `argument 1: a name has at most 255 bytes, got 1000000`},
	})
	b := newBench(t)
	b.must(t, many+`log.info("x", map)`)
	if n := b.logged.Len(); n > maxLogFields*(maxMessage+20)+200 || !strings.Contains(b.logged.String(), `"fields left out"=100`) {
		t.Errorf("%d bytes were logged", n)
	}
}
