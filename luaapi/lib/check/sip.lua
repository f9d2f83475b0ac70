-- check.sip: the server answers OPTIONS (RFC 3261, 11) over UDP or TCP.
--
--   check.sip { uri = "sip:health@example.org", status = "^[23]" }
--
-- A status that matches is accepted: 200, say, or 404 of a user nobody has.
check.define("sip", {
  uri       = "",
  from      = "sip:health@localhost",
  transport = { "udp", "tcp" },
  status    = "^2",
}, function(rs, o)
  local conn = try((o.transport == "udp" and udp or tcp).connect(o.addr, o.route))
  local id = bytes.hex(hash.md5(math.random() .. o.addr)):sub(1, 16)
  local uri = o.uri ~= "" and o.uri or "sip:" .. o.addr

  try(conn:send(table.concat({
    "OPTIONS " .. uri .. " SIP/2.0",
    "Via: SIP/2.0/" .. o.transport:upper() .. " localhost;rport;branch=z9hG4bK" .. id,
    "Max-Forwards: 70",
    "From: <" .. o.from .. ">;tag=" .. id,
    "To: <" .. uri .. ">",
    "Call-ID: " .. id,
    "CSeq: 1 OPTIONS",
    "Content-Length: 0", "", "",
  }, "\r\n")))

  local function receive()
    if o.transport == "udp" then return conn:receive() end
    return conn:expect("\r\n\r\n")
  end
  repeat
    local answer = try(receive())
    local status, words = answer:match("^SIP/2%.0 (%d%d%d) ([^\r\n]*)")
    try(status and answer:find(id, 1, true), "the answer is not SIP, or not to us", "protocol")
    if status >= "200" then return status:match(o.status) ~= nil, status .. " " .. words, "status" end
  until false
end)
