local fields = { scheduler = "lc", check = check.tcp {} }
for i = 1, 3 do
  fields[i] = real_server("192.168.0." .. i .. ":80")
end
fields[4] = real_server("192.168.0.4:80") { weight = 4 }
servers = { "192.168.1.1:80" }
virtual_server "10.0.0.1:80" (fields)
