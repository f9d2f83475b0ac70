virtual_server "10.0.0.1:80" {
  lb_algo = "rr", -- want: unknown field "lb_algo" (write scheduler = "wrr")
  lb_kind = "NAT", -- want: unknown field "lb_kind" (write forward = "nat", "dr" or "tunnel")
  delay_loop = 6, -- want: unknown field "delay_loop" (write every = "5s", a field of a check)
  persistence_timeout = 50, -- want: unknown field "persistence_timeout" (write persistence = "5m")
  sorry_server = "192.168.0.9:80", -- want: unknown field "sorry_server" (is for policy = policy.standard {
  every = "5s", -- want: unknown field "every" (is a field of a check
  check = check.http { verify = false, -- want: unknown field "verify" (is for check.https)
    connect_timeout = 3 }, -- want: unknown field "connect_timeout" (write timeout = "1s", a field of a check)
  real_server "192.168.0.1:80" { scheduler = "rr" }, -- want: unknown field "scheduler" (is a field of the virtual server)
  real_server "192.168.0.2:80" { schedul = "rr" }, -- want: unknown field "schedul"
}
