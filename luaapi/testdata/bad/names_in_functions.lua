-- A function that runs in the night must not be the first to say that a name is wrong.
local seen = 0
last = 0
virtual_server "10.0.0.1:80" {
  real_server "192.168.0.1:80",
  check = check.lua { function(rs)
    local res, err = http.gett("http://" .. rs.addr) -- want: http has no "gett" (did you mean "get"?)
    if not res then return false, er end -- want: undefined name "er"
    last = seen
    return json.decode(res.body) ~= null -- want: undefined name "null" (Lua writes nil)
  end },
}
on("down", function(ev)
  counter = last + 1 -- want: "counter" would become a global variable once the policy is in force
  lgo.warn("down", { server = ev.server.name }) -- want: undefined name "lgo" (did you mean "log"?)
  return function() policy.standrad {} end -- want: policy has no "standrad" (did you mean "standard"?)
end)
