virtual_server "10.0.0.1:80" {
  schedulr = "rr", -- want: unknown field "schedulr" (did you mean "scheduler"?)
  real_server "192.168.0.1:80",
}
local servers = nil
for _, s in ipairs(servers) do -- want: table expected
  real_server(s)
end
