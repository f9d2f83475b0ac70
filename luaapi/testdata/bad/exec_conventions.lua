virtual_server "10.0.0.1:80" {
  check = {
    check.exec { "/bin/true", convention = "nagios" }, -- want: field "convention": want "keepalived", "ldirectord" or "haproxy", got "nagios"
    check.exec { "/bin/true", weight_from = "exits" }, -- want: field "weight_from": want "exit" or "output", got "exits" (did you mean "exit"?)
    check.exec { "/bin/true", misc_dynamic = true }, -- want: unknown field "misc_dynamic" (write weight_from = "exit")
    check.exec { "bin/true" }, -- want: a relative path
  },
  real_server "192.168.0.1:80",
}
