-- An API whose health page says more than a status: the servers are asked with
-- a token, over TLS, and what they answer is looked into.
--
-- Keep this file for its owner alone (chmod 600): it holds the token.
local token = "change-me"

virtual_server "10.0.0.1:443" {
  name      = "api",
  scheduler = "wlc",

  check = check.https {
    path   = "/health",
    host   = "api.example.org",
    bearer = token,
    every  = "5s", timeout = "2s", rise = 2, fall = 3,

    -- The handshake costs the server more than the page: make one, not one a run.
    reuse = true,

    response_headers = { ["Content-Type"] = { match = "^application/json" } },
    json = {
      ["status"]          = "ok",
      ["db.connected"]    = true,
      ["queues[0].depth"] = { max = 100 },
      ["error"]           = { exists = false },
    },

    -- Slow, overloaded by its own word, or with a certificate that ends within
    -- two weeks: it serves on, with half the connections.
    degraded_latency = "300ms",
    degraded_status  = 429,
    warn_before      = "14d",
    degraded_weight  = "50%",
  },

  real_server "192.168.0.1:443" { weight = 10 },
  real_server "192.168.0.2:443" { weight = 10 },

  policy = policy.standard { quorum = 1 },
}
