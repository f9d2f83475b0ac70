virtual_server { fwmark = 0, real_server "192.168.0.1:80" } -- want: field "fwmark": want a whole number from 1
virtual_server { fwmark = -1, real_server "192.168.0.1:80" } -- want: field "fwmark": want a whole number from 1
virtual_server { fwmark = "7", real_server "192.168.0.1:80" } -- want: field "fwmark": want a whole number from 1
