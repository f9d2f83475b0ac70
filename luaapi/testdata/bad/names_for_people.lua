virtual_server "10.0.0.1:80" {
  name = "web\nand more", -- want: field "name": want some text that is printed on one short line
  real_server "192.168.0.1:80" { name = "" }, -- want: field "name": want some text that is printed on one short line, got ""
  real_server "192.168.0.2:80" { name = "\27[31m" }, -- want: field "name": want some text
  real_server "192.168.0.3:80" { name = "Größe 1" },
}
