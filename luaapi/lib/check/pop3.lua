-- check.pop3: the server greets; with a user and password it lets us in.
--
--   check.pop3 { user = "health", password = "...", tls = "implicit", port = 995 }
check.define("pop3", {
  user        = "",
  password    = "",
  tls         = { "none", "starttls", "implicit" },
  server_name = "",
  verify      = true,
  roots       = "",
}, function(rs, o)
  local conn = try(tcp.connect(o.addr, o.route))
  local secure = { server_name = o.server_name, verify = o.verify, roots = o.roots }
  if o.tls == "implicit" then try(conn:starttls(secure)) end

  local function expect(to)
    local line = try(conn:receive("line"))
    try(not line:match("^%-ERR"), to .. ": " .. line, "status")
    try(line:match("^%+OK"), to .. ": got " .. line, "protocol")
    return line
  end
  local function ask(word, argument)
    try(conn:send(word .. (argument and " " .. argument or "") .. "\r\n"))
    return expect(word)
  end

  local greeting = expect("greeting")
  if o.tls == "starttls" then
    ask("STLS")
    try(conn:starttls(secure))
  end
  if o.user ~= "" then
    ask("USER", o.user)
    ask("PASS", o.password)
  end
  conn:send("QUIT\r\n")
  return true, greeting
end)
