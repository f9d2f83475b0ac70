local rs = real_server "192.168.0.1:80" { weight = 3 }
print(rs.addr, rs.weight) -- want: real_server 192.168.0.1:80: weight is not known before a virtual server has it
