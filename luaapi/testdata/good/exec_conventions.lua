-- Programs of keepalived, ldirectord and HAProxy run as they are.
virtual_server "10.0.0.1:80" {
  check = {
    check.exec { "/usr/lib/keepalived/load", weight_from = "exit" },
    check.exec { "/usr/lib/keepalived/alive", convention = "keepalived" },
    check.exec { "/usr/lib/ldirectord/probe", convention = "ldirectord", every = "10s" },
    check.exec { "/usr/lib/haproxy/probe", convention = "haproxy", weight_from = "output" },
  },
  real_server "192.168.0.1:80",
}
