virtual_server "10.0.0.1:80" {
  scheduler = "rr", schedular = "rr", -- want: unknown field "schedular" (did you mean "scheduler"?)
  scheduler = "wrr", -- want: field "scheduler" is in this table already, in line 2
  check = check.tcp {},
  real_server "192.168.0.1:80" { weight = 1, weight = 2 }, -- want: field "weight" is in this table already, in line 5
  real_server "192.168.0.2:80" { weight = 1, tags = { a = 1, b = { a = 2 } } },
  check = check.http {}, -- want: field "check" is in this table already, in line 4 (several checks are a list
}
on("up", function()
  json.encode { a = 1, ["a"] = 2 } -- want: field "a" is in this table already, in line 10
end)
