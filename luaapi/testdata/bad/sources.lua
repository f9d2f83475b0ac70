local dns = source.dns { name = "web.example.org" }
virtual_server "10.0.0.1:80" {
  servers_from = {
    dns,
    source.dns { name = "web.example.org", every = "5s" },
    "web.example.org", -- want: item 3 of "servers_from": want a source such as source.dns
    source.lua { every = "5s" }, -- want: want one function, as in source.lua
    source.file { path = "servers.json" }, -- want: field "path": want a whole path, which begins with /
    source.file { path = "/etc/servers.txt" }, -- want: field "path": want a file whose name ends in .json, .yaml or .yml
    source.file {}, -- want: field "path": want a file whose name
    source.http { url = "web.example.org" }, -- want: field "url": want an address such as
    source.http { url = "http://me:secret@127.0.0.1/" }, -- want: field "url": has a password
    source.dns { name = "web..example.org" }, -- want: field "name": want the name of a domain
    source.dns { name = "a.example.org", port = 0, every = "10ms" }, -- want: field "port": want a whole number from 1 to 65535 && field "every": want 1s or longer
    source.dns { name = "b.example.org", type = "SRV", port = 80 }, -- want: field "port": is for A and AAAA
    source.dns { name = "c.example.org", type = "MX" }, -- want: field "type": want "A", "AAAA" or "SRV", got "MX"
    source.dns { name = "d.example.org", family = "inet6" }, -- want: field "family": is for SRV
    source.dns { name = "e.example.org", resolver = "ns1" }, -- want: field "resolver": want the address of a name server
    source.dns { name = "f.example.org", empty = true }, -- want: unknown field "empty"
  },
}
-- want-any: item 2 of "servers_from": the virtual server has dns web.example.org A already
virtual_server "10.0.0.2:80" { servers_from = "dns" } -- want: field "servers_from": want a source such as
source.file("/etc/servers.json") -- want: source.file: want its table, as in source.file { path
