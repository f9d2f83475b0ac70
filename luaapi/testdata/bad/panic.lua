local function with(address, panic, sorry)
  return virtual_server(address) { real_server "192.168.0.1:80", policy = policy.standard { panic = panic, sorry_server = sorry } }
end
with("10.0.0.1:80", "30")
with("10.0.0.2:80", 0.3)
with("10.0.0.3:80", "0%")
with("10.0.0.4:80", "101%")
with("10.0.0.5:80", "30%", "192.168.0.9:80")
-- want-any: panic: want a share of the servers such as "30%", got 30
-- want-any: panic: want a share of the servers such as "30%", got 0.3
-- want-any: panic: want a share of the servers such as "30%", got 0%
-- want-any: panic: want a share of the servers such as "30%", got 101%
-- want-any: panic makes all servers serve when few are up
