virtual_server "www.example.com:80" { -- want: want an address, got "www.example.com": names are not resolved
  real_server "web1", -- want: got "web1": names are not resolved
  real_server "192.168.0.300:80", -- want: want an address such as "10.0.0.1"
}
