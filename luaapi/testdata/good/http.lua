-- Every field of HTTP checks and of gRPC checks.
virtual_server "10.0.0.1:80" {
  check = {
    check.http {
      method = "POST", path = "/health?full", host = "www.example.org", headers = { ["X-Probe"] = "7" },
      auth = { user = "luavs", password = "secret" }, request_body = "{}", version = "1.1", redirects = 3, reuse = true,
      proxy_protocol = "v2", status = { 200, "300-399" }, degraded_status = 429,
      response_headers = { ["Content-Type"] = { match = "json" }, ["X-Ready"] = true, ["X-Old"] = false, Server = "a" },
      body = "ok", body_match = "o.",
      json = {
        status = "ok", ["db.connected"] = true, ["queues[0].depth"] = { min = 0, max = 100 }, lag = 0.5,
        version = { match = "^2" }, error = { exists = false }, ['["a.b"].c'] = { exists = true },
      },
      body_limit = 1000, degraded_latency = "300ms", max_latency = "800ms",
    },
    check.http { version = "2", bearer = "token" },
    check.http { through = "10.0.0.5:3128", proxy_auth = { user = "luavs", password = "secret" } },
    check.https {
      proxy_for = "www.example.org:8443", server_name = "a.example", verify = false, alpn = { "h2", "http/1.1" },
      min_version = "1.3", warn_before = "336h", fail_before = "24h",
    },
    check.grpc { service = "shop", authority = "shop.example", headers = { trace = "1" }, bearer = "token" },
    check.grpc { tls = true, verify = false, alpn = "h2" },
  },
  real_server "192.168.0.1:80",
}
