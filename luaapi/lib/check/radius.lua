-- check.radius: the server knows our secret and accepts a user; without one it
-- answers Status-Server (RFC 5997).
--
--   check.radius { secret = "...", user = "health", password = "..." }
check.define("radius", { secret = "", user = "", password = "" }, function(rs, o)
  local sock = try(udp.connect(o.addr, o.route))
  local id, nonce = math.random(0, 255), hash.md5(math.random() .. o.addr)

  -- The password in blocks of 16, each XORed with a digest (RFC 2865, 5.2).
  local function hidden(text)
    local blocks, last = {}, nonce
    text = text .. ("\0"):rep(math.max(16, #text + -#text % 16) - #text)
    for i = 1, #text, 16 do
      last = bytes.xor(text:sub(i, i + 15), hash.md5(o.secret .. last))
      blocks[#blocks + 1] = last
    end
    return table.concat(blocks)
  end
  local function attribute(kind, value) return bytes.pack("BB", kind, #value + 2) .. value end

  local code, list = 12, ""
  if o.user ~= "" then code, list = 1, attribute(1, o.user) .. attribute(2, hidden(o.password)) end
  -- Message-Authenticator (80) is the HMAC of the packet with zeros in its place.
  local head = bytes.pack(">BBI2", code, id, 20 + #list + 18) .. nonce .. list
  local hmac = hash.hmac("md5", o.secret, head .. attribute(80, ("\0"):rep(16)))
  try(sock:send(head .. attribute(80, hmac)))

  local answer = try(sock:receive { max = 4096 })
  local got, its, size, digest, at = try(bytes.unpack(">BBI2c16", answer))
  try(its == id and size == #answer, "the answer is not RADIUS", "protocol")
  local expected = hash.md5(answer:sub(1, 4) .. nonce .. answer:sub(at) .. o.secret)
  try(digest == expected, "the answer is not signed with our secret", "protocol")
  return got == 2, got == 3 and "Access-Reject" or "code " .. got, "status"
end, function(o)
  return o.secret == "" and "field \"secret\": want the one that the server shares with us"
end)
