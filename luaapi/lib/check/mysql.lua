-- check.mysql: a MySQL or MariaDB server greets, and takes connections from us.
-- Nobody is logged in, which the server counts as an aborted connection: see
-- max_connect_errors if it resolves our name (skip_name_resolve).
check.define("mysql", {}, function(rs, o)
  local conn = try(tcp.connect(o.addr, o.route))

  local size, number = bytes.unpack("I3B", try(conn:receive(4)))
  try(number == 0 and size > 0 and size < 1024, "the greeting is not MySQL's", "protocol")
  local protocol, rest = bytes.unpack("B", try(conn:receive(1)))
  local packet = size > 1 and try(conn:receive(size - 1)) or ""

  if protocol == 255 then -- such as 1040, too many connections; 1129, host blocked
    local code, at = try(bytes.unpack("I2", packet))
    return false, "error " .. code .. ": " .. packet:sub(at), "status"
  end
  try(protocol == 10, "protocol " .. protocol .. ", want 10", "protocol")
  local version = try(bytes.unpack("z", packet))
  return true, "version " .. version
end)
