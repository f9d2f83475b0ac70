virtual_server { -- want: want an address, as in virtual_server "10.0.0.1:80" { ... }, or a field fwmark
  scheduler = "rr",
}
virtual_server "10.0.0.1:80" {
  fwmark = 7, -- want: is for a virtual server without an address
}
virtual_server {
  fwmark = 0, -- want: field "fwmark": want a whole number from 1 to 4294967295, got 0
}
