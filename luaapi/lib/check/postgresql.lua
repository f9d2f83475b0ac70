-- check.postgresql: the server takes connections for a user and a database; it
-- is not starting up, shutting down or full.
--
--   check.postgresql { user = "health", database = "shop" }
--
-- Being asked for a password is a good answer: then nobody logs in.
check.define("postgresql", {
  user     = "postgres",
  database = "postgres",
}, function(rs, o)
  local conn = try(tcp.connect(o.addr, o.route))
  local words = bytes.pack(">I4zzzzB", 0x30000, "user", o.user, "database", o.database, 0)
  try(conn:send(bytes.pack(">I4", #words + 4) .. words))

  for _ = 1, 100 do -- messages of the start: R, then parameters (S), then Z
    local kind, size = bytes.unpack(">c1I4", try(conn:receive(5)))
    try(kind:match("[REKNSZ]") and size > 4 and size < 8192, "the answer is not PostgreSQL's", "protocol")
    local message = try(conn:receive(size - 4))
    if kind == "E" then -- fields: a letter and a text, such as C57P03 (starting up)
      local code, text = message:match("C(%w+)%z"), message:match("%zM(%Z+)")
      return false, (code or "error") .. ": " .. (text or "no message"), "status"
    elseif kind == "R" and try(bytes.unpack(">I4", message)) ~= 0 then
      return true, "asks for a password"
    elseif kind == "Z" then
      conn:send("X\0\0\0\4")
      return true, "logged in"
    end
  end
  return false, "the server's start has no end", "protocol"
end)
