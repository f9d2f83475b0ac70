local spare = real_server "192.168.0.9:80" { -- want: real_server 192.168.0.9:80 is in no virtual server
  wait = 1, -- want: unknown field "wait"
}
local vs = virtual_server "10.0.0.1:80" -- want: was never given its table
