local a, b, c = check.tcp {}, check.http {}, check.https {}
local function with(checks) return { check = checks } end
virtual_server "10.0.0.1:80" {
  check = check.any { a, b },
  real_server "192.168.0.1:80",
  real_server "192.168.0.2:80" (with(check.all { a, b })),
  real_server "192.168.0.3:80" (with(check.at_least { 2, a, b, c })),
  real_server "192.168.0.4:80" (with { a, check.any { b, c } }),
  real_server "192.168.0.5:80" (with(check.combine { a, check.lua { function() return true end }, function(results) return results[1].state == "up" end })),
  -- a check that is written twice runs once
  real_server "192.168.0.6:80" (with { check.any { a, b }, check.any { a, c } }),
}
