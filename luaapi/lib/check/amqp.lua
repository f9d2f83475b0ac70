-- check.amqp: a server of AMQP 0-9-1, such as RabbitMQ, answers the protocol's
-- header with Connection.Start.
check.define("amqp", {}, function(rs, o)
  local conn = try(tcp.connect(o.addr, o.route))
  try(conn:send("AMQP\0\0\9\1"))

  -- A server that does not speak this version says which one it speaks.
  local head = try(conn:receive(7))
  try(head:sub(1, 4) ~= "AMQP", "the server does not speak AMQP 0-9-1", "protocol")
  local kind, channel, size = bytes.unpack(">BI2I4", head)
  try(kind == 1 and channel == 0 and size >= 4 and size < 65536, "the answer is not AMQP", "protocol")
  local payload = try(conn:receive(size + 1))
  try(payload:byte(-1) == 0xCE, "the frame has no end", "protocol")
  local class, method = try(bytes.unpack(">I2I2", payload))
  return class == 10 and method == 10, "method " .. class .. "." .. method .. ", want 10.10 (Connection.Start)", "protocol"
end)
