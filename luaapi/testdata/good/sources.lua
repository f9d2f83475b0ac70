virtual_server "10.0.0.1:80" {
  check = check.tcp {},
  servers_from = source.dns { name = "web.example.org" },
}
virtual_server "10.0.0.2:80" {
  check = check.lua { function(rs) return true end },
  real_server "192.168.0.1:80",
  servers_from = {
    source.file { path = "/etc/luavs/web.yaml", every = "1m", timeout = "1s" },
    source.dns { name = "_http._tcp.example.org", type = "SRV", family = "inet", resolver = "127.0.0.1:5353", at_once = true },
    source.dns { name = "example.org.", type = "AAAA", port = 8080, resolver = "::1" },
    source.http { url = "https://127.0.0.1/servers", headers = { accept = "application/json" }, bearer = "secret", allow_empty = true },
    source.lua { every = "5s", timeout = "4s", function() return { "192.168.0.9:80" } end },
    source.lua { function() return nil, "none today" end },
  },
}
