local web = real_server "192.168.0.1:80"
virtual_server "10.0.0.1:80" { web }
web { weight = 5 } -- want: real_server "192.168.0.1:80": its virtual server is declared already; write the table where the server is made
