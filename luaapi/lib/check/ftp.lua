-- check.ftp: the server greets; with a user it lets us in.
--
--   check.ftp { user = "anonymous", password = "health@example.org" }
check.define("ftp", {
  user     = "",
  password = "",
}, function(rs, o)
  local conn = try(tcp.connect(o.addr, o.route))

  -- An answer has one line, or more up to one with its code and a blank
  -- (RFC 959, 4.2). Its code has to match.
  local function answer(to, good)
    local line = try(conn:receive("line"))
    local code, dash = line:match("^(%d%d%d)([ %-])")
    try(code, to .. ": got " .. line, "protocol")
    for _ = 1, 100 do
      if dash == " " or line:match("^" .. code .. " ") then
        return try(code:match(good), to .. ": " .. line, "status")
      end
      line = try(conn:receive("line"))
    end
    try(false, to .. ": the answer has no end", "protocol")
  end

  answer("greeting", "220")
  if o.user ~= "" then
    try(conn:send("USER " .. o.user .. "\r\n"))
    if answer("USER", "[23]3[01]") == "331" then
      try(conn:send("PASS " .. o.password .. "\r\n"))
      answer("PASS", "2[03][02]")
    end
  end
  conn:send("QUIT\r\n")
  return true
end)
