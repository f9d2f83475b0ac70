isolation { hosts = 0 } -- want: field "hosts": want a whole number from 1
isolation { servers = 3 } -- want: isolation is called already, in line 1 && unknown field "servers"
isolation { hold = "0s" } -- want: isolation is called already && want 1s or longer
isolation() -- want: isolation is called already && want isolation { hosts = 3, services = 2, hold = "1m" }, or isolation(false), got nil
isolation(true) -- want: isolation is called already && got true
virtual_server "10.0.0.1:80" { real_server "192.168.0.1:80", on = { isolated = print } } -- want: unknown field "on.isolated"
