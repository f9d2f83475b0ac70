virtual_server "10.0.0.1:80" {
  check = {
    check.http { auth = { password = "x" } }, -- want: field "auth.user": is missing
    check.http { auth = { user = "a" }, bearer = "b" }, -- want: field "bearer": want one of auth and bearer, not both
    check.http { version = "3" }, -- want: field "version": want "1.0", "1.1" or "2", got "3"
    check.http { version = "2", reuse = true }, -- want: field "reuse": only connections of HTTP/1.1 can be kept
    check.http { redirects = 11 }, -- want: field "redirects": want a whole number from 0 to 10, got 11
    check.http { response_headers = { Server = 1 } }, -- want: field "response_headers.Server": want a text, true, false
    check.http { response_headers = { Server = {} } }, -- want: field "response_headers.Server.match": is missing
    check.http { json = { ["a..b"] = 1 } }, -- want: field "json": path "a..b"
    check.http { json = { a = {} } }, -- want: field "json.a": want one of min, max, match and exists
    check.http { json = { a = { max = "x" } } }, -- want: field "json.a.max": want a number, got "x"
    check.http { json = { a = print } }, -- want: field "json.a": want a text, a number
    check.http { method = "HEAD", json = { a = 1 } }, -- want: field "method"
    check.http { degraded_latency = "2s", max_latency = "1s" }, -- want: field "degraded_latency"
    check.http { through = "proxy" }, -- want: field "through": want an address with a port
    check.http { through = "10.0.0.5:3128", via = "service" }, -- want: field "through": via = "service"
    check.http { proxy_for = "a", host = "b" }, -- want: field "host": over plain HTTP
    check.http { proxy_protocol = "v3" }, -- want: field "proxy_protocol": want "v1" or "v2", got "v3"
    check.http { follow = true }, -- want: unknown field "follow" (write redirects = 3)
    check.http { certificate = "x" }, -- want: unknown field "certificate"
    check.https { certificate = "x" }, -- want: field "key": the certificate is of no use without its key
    check.https { key = "/no/such/file" }, -- want: field "key": open /no/such/file: no such file or directory
    check.https { min_version = "1.4" }, -- want: field "min_version"
    check.https { warn_before = "1h", fail_before = "2h" }, -- want: field "warn_before"
    check.grpc { verify = false }, -- want: TLS: the settings verify=false are of use with TLS only
    check.grpc { headers = { te = "x" } }, -- want: field "headers": Te: the check sets it itself
    check.grpc "shop", -- want: check.grpc: want its table, as in check.grpc { service = "shop" }, got "shop"
  },
  real_server "192.168.0.1:80",
}
