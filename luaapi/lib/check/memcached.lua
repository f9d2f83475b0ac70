-- check.memcached: the server says its version.
check.define("memcached", {}, function(rs, o)
  local conn = try(tcp.connect(o.addr, o.route))
  try(conn:send("version\r\n"))
  local line = try(conn:receive("line"))
  try(line:match("^VERSION "), "version: got " .. line, "protocol")
  conn:send("quit\r\n")
  return true, line
end)
