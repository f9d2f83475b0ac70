virtual_server "10.0.0.1:80" {
  check = check.htpp {}, -- want: check has no "htpp" (did you mean "http"?)
}
