virtual_server "10.0.0.1:80" {
  check = {
    check.http { path = "healthz" }, -- want: path "healthz": want one that starts with /
    check.http { status = "200-" }, -- want: field "status"
    check.http { body_match = "(" }, -- want: field "body_match"
    check.http { headers = { ["Ba d"] = "x" } }, -- want: field "headers"
    check.http { server_name = "x" }, -- want: unknown field "server_name"
    check.http { headers = { Host = "x" } }, -- want: use host
    check.http { addr = "10.0.0.1:80" }, -- want: the port is a field of its own
    check.https { roots = "not a certificate" }, -- want: field "roots"
  },
}
