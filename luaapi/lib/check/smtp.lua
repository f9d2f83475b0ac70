-- check.smtp: the server greets, answers EHLO, and speaks TLS if it is to.
--
--   check.smtp { helo = "lb.example.org", tls = "starttls", server_name = "mail.example.org" }
check.define("smtp", {
  helo        = "localhost",
  tls         = { "none", "starttls", "implicit" },
  server_name = "",
  verify      = true,
  roots       = "",
}, function(rs, o)
  local conn = try(tcp.connect(o.addr, o.route))
  local secure = { server_name = o.server_name, verify = o.verify, roots = o.roots }
  if o.tls == "implicit" then try(conn:starttls(secure)) end

  -- An answer goes on while a dash is behind the code (RFC 5321, 4.2.1).
  local function expect(code, to)
    for _ = 1, 100 do
      local line = try(conn:receive("line"))
      local got, dash = line:match("^(%d%d%d)(%-?)")
      try(got, to .. ": got " .. line, "protocol")
      try(got == code, to .. ": " .. line, "status")
      if dash == "" then return end
    end
    try(false, to .. ": the answer has no end", "protocol")
  end
  local function ask(code, text)
    try(conn:send(text .. "\r\n"))
    expect(code, text)
  end

  expect("220", "greeting")
  ask("250", "EHLO " .. o.helo)
  if o.tls == "starttls" then
    ask("220", "STARTTLS")
    try(conn:starttls(secure))
    ask("250", "EHLO " .. o.helo)
  end
  return conn:send("QUIT\r\n")
end)
