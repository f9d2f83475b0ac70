require "keepalived"

virtual_server "10.0.0.1 80" -- want-any: virtual_server "10.0.0.1 80" was never given its table: write virtual_server "10.0.0.1 80" { ... }
virtual_server_group "web" -- want-any: virtual_server_group "web" was never given its addresses
lb_algo "wrr" -- want: lb_algo: is in no block, such as virtual_server
TCP_CHECK { connect_timeout (3) } -- want: TCP_CHECK: is in no block, such as real_server
url { path "/" } -- want: url: is in no block, such as HTTP_GET
real_server "192.168.0.1 80" { weight (1), TCP_CHECK {} } -- want: real_server 192.168.0.1:80 is in no virtual server
local check = HTTP_GET { url { path "/" } }
virtual_server "10.0.0.2 80" {
  real_server "192.168.0.2 80" { HTTP_GET = check },
  real_server "192.168.0.3 80" { url = { path = "/" } }, -- want: unknown word "url"
}
