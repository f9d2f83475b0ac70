local ready = check.http { path = "/ready" } -- want: check.http of no server: a check is the field check of a virtual server
local used = check.tcp {}
check.tcp { port = 81 } -- want: check.tcp of no server
virtual_server "10.0.0.1:80" { check = { used }, real_server "192.168.0.1:80" }
