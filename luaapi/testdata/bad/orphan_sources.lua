virtual_server "10.0.0.1:80" { real_server "192.168.0.1:80" }
local dns = source.dns { name = "web.example.org" } -- want: source.dns of no virtual server: a source is the field servers_from of one
