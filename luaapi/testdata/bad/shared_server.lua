local web = real_server "192.168.0.1:80"
virtual_server "10.0.0.1:80" { web }
virtual_server "10.0.0.2:80" {
  web, -- want: real_server 192.168.0.1:80 is in a virtual server already (line 1)
}
