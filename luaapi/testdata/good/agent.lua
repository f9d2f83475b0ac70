-- An agent's word holds at once, unless told otherwise.
virtual_server "10.0.0.1:80" {
  check = {
    check.agent { port = 9707 },
    check.agent { port = 9707, addr = "192.168.0.9", send = "web1\n", every = "5s", fall = 2 },
  },
  real_server "192.168.0.1:80",
}
