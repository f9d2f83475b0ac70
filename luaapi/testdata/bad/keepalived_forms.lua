require "keepalived"
virtual_server { lb_algo "rr" } -- want: virtual_server: want an address and port such as "10.0.0.1 80", "fwmark 7" or "group NAME", got a table
