virtual_server "10.0.0.1" { -- want: want an address with a port such as "10.0.0.1:80", got "10.0.0.1"
  real_server "192.168.0.1", -- want: want an address with a port such as "192.168.0.1:80"
  real_server "2001:db8::1", -- want: want an address with a port such as "[2001:db8::1]:80"
}
