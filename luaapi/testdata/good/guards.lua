virtual_server "10.0.0.1:80" { max_change = "30%", real_server "192.168.0.1:80" }
virtual_server "10.0.0.2:80" { max_change = 2, existing = "refuse", real_server "192.168.0.1:80" }
virtual_server "10.0.0.3:80" { max_change = { "12.5%", within = "1m" }, real_server "192.168.0.1:80" }
