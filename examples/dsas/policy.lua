-- The classic director: two web servers behind one address, by NAT. The
-- director holds 10.10.31.100 on its outer side and is the gateway of the web
-- servers on its inner side.

virtual_server "10.10.31.100:80" {
  name      = "web",
  scheduler = "rr",
  forward   = "nat",
  check     = check.http { path = "/", every = "1s", timeout = "500ms", rise = 2, fall = 2 },

  real_server "192.168.31.101:80" { name = "web1" },
  real_server "192.168.31.102:80" { name = "web2" },

  -- Answers "we will be back soon" when neither serves.
  policy = policy.standard { sorry_server = "192.168.31.103:80" },
}
