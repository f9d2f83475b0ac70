local function probe(rs, o) return true end
check.define("Gopher", {}, probe) -- want: check.define: want a name of small letters, digits and _ as the first argument, got "Gopher"
check.define("tcp", {}, probe) -- want: check.define: there is a check.tcp already; choose another name
check.define("redis", {}, probe) -- want: check.define: there is a check.redis already
check.define("define", {}, probe) -- want: check.define: there is a check.define already
check.define("a", nil, probe) -- want: check.define: want a table of defaults as the second argument ({} if there are none), got nil
check.define("b", {}) -- want: check.define: want a function(rs, o) as the third argument, got nil
check.define("c", {}, probe, "text") -- want: check.define: want a function(o) as the fourth argument, or none, got "text"
check.define("d", { timeout = "1s" }, probe) -- want: check.define: every check has "timeout"; a setting needs another name
check.define("e", { route = "x" }, probe) -- want: every check has "route"
check.define("f", { port = 70 }, probe) -- want: every check has "port"
check.define("g", { "word" }, probe) -- want: a setting has a name, as in { user = "" }; got 1
check.define("h", { words = { "one" } }, probe) -- want: "words": want two words or more to choose from
check.define("i", { f = probe }, probe) -- want: "f": a default is a string, a number, true or false, or a list of words; got a function
check.define("gopher", { selector = "", lines = 3, quick = false, mode = { "old", "new" } }, probe, function(o)
  return o.lines > 5 and "lines: want 5 or fewer"
end)
check.define("sour", {}, probe, function(o) error("lemon") end)
virtual_server "10.0.0.1:70" {
  check = {
    check.gopher { selektor = "/" }, -- want: unknown field "selektor" (did you mean "selector"?)
    check.gopher { lines = "3" }, -- want: field "lines": want a number, got "3"
    check.gopher { quick = "yes" }, -- want: field "quick": want true or false, got "yes"
    check.gopher { mode = "odd" }, -- want: field "mode": want "old" or "new", got "odd"
    check.gopher { lines = 6 }, -- want: lines: want 5 or fewer
    check.gopher { rise = 0 }, -- want: field "rise": want a whole number
    check.gopher { addr = "here" }, -- want: field "addr": want an address
    check.gopher "x", -- want: check.gopher: want its table, as in check.gopher {}, got "x"
    check.sour {}, -- want: lemon
    check.radius {}, -- want: field "secret": want the one that the server shares with us
    check.redis { role = "slave" }, -- want: field "role": want "any", "master" or "replica", got "slave"
  },
  real_server "192.168.0.1:70",
}
local c = check.rediss -- want: check has no "rediss" (did you mean "redis"?)
