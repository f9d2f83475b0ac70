virtual_server "10.0.0.1:80" {
  check = {
    check.ttl {}, -- want: field "ttl": is missing: how long a report holds
    check.ttl { ttl = "30" }, -- want: field "ttl": want a duration with a unit, such as "30s"
    check.ttl { ttl = "10ms" }, -- want: field "ttl": want 1s or longer
    check.ttl { ttl = "30s", every = "5s" }, -- want: field "every": is for checks that ask
    check.ttl { ttl = "30s", fall = 3 }, -- want: field "fall": is for checks that ask
    check.ttl { ttl = "30s", addr = "10.0.0.1" }, -- want: unknown field "addr"
    check.ttl "30s", -- want: check.ttl: want its table, as in check.ttl { ttl = "30s" }
  },
  real_server "192.168.0.1:80",
}
