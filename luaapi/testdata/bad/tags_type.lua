virtual_server "10.0.0.1:80" {
  real_server "192.168.0.1:80" { tags = "db" }, -- want: field "tags": want a table, got "db"
  real_server "192.168.0.2:80" { name = 7 }, -- want: field "name": want a string, got 7
}
