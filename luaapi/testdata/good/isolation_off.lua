isolation(false)
virtual_server "10.0.0.1:80" { real_server "192.168.0.1:80" }
