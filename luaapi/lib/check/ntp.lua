-- check.ntp: the server is synchronised, not too far from a true clock by its
-- own account, and near our own time if max_offset is given
-- (whole seconds).
--
--   check.ntp { max_stratum = 4, max_offset = 2 }
check.define("ntp", {
  max_stratum = 15,
  max_offset  = 0,
}, function(rs, o)
  local sock = try(udp.connect(o.addr, o.route))
  local nonce = hash.md5(math.random() .. o.addr):sub(1, 8)

  -- Version 4, mode 3 (client); the server returns our transmit time, which
  -- need not be a time (RFC 5905, 7.3).
  local sent = os.time()
  try(sock:send("\35" .. ("\0"):rep(39) .. nonce))
  local answer = try(sock:receive { max = 512 })
  local first, stratum, origin, seconds = try(bytes.unpack(">BBx22c8x8I4", answer))
  try(first % 8 == 4 and origin == nonce, "the answer is not NTP, or not to us", "protocol")
  local kiss = stratum == 0 and answer:match("^%u%u%u%u", 13) -- such as RATE
  try(not kiss, "the server refuses: " .. tostring(kiss), "status")
  try(first < 192 and stratum > 0 and stratum < 16, "not synchronised", "status")
  try(stratum <= o.max_stratum, "stratum " .. stratum .. ", want at most " .. o.max_stratum)
  -- NTP counts from 1900 and begins again in 2036.
  local offset = (seconds - sent - 2208988800 + 2 ^ 31) % 2 ^ 32 - 2 ^ 31
  try(o.max_offset == 0 or math.abs(offset) <= o.max_offset, "its clock is " .. offset .. " s ahead of ours")
  return true, "stratum " .. stratum
end)
