virtual_server "10.0.0.1:70000" { -- want: want a port from 0 to 65535, got "70000"
  real_server "192.168.0.1:http", -- want: want a port from 0 to 65535, got "http"
}
