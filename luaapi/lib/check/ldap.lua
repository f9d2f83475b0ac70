-- check.ldap: the server accepts a simple bind, anonymous unless a name and a
-- password are given.
--
--   check.ldap { bind_dn = "cn=health,dc=example,dc=org", password = "..." }
check.define("ldap", {
  bind_dn     = "",
  password    = "",
  tls         = { "none", "implicit" },
  server_name = "",
  verify      = true,
  roots       = "",
}, function(rs, o)
  local conn = try(tcp.connect(o.addr, o.route))
  if o.tls == "implicit" then
    try(conn:starttls { server_name = o.server_name, verify = o.verify, roots = o.roots })
  end

  -- ASN.1: a tag, a length of up to two bytes, and the contents.
  local function tagged(tag, contents)
    local long = #contents > 127
    return bytes.pack(long and ">BBI2" or "BB", unpack(long and { tag, 0x82, #contents } or { tag, #contents })) .. contents
  end
  local bind = "\2\1\3" .. tagged(0x04, o.bind_dn) .. tagged(0x80, o.password)
  try(conn:send(tagged(0x30, "\2\1\1" .. tagged(0x60, bind))))

  local tag, size = bytes.unpack("BB", try(conn:receive(2)))
  try(tag == 0x30, "the answer is not LDAP", "protocol")
  if size > 128 then -- so many bytes of length follow
    try(size <= 130, "the answer is too long", "protocol")
    size = bytes.unpack(">I" .. size - 128, try(conn:receive(size - 128)))
  end
  local answer = size > 0 and try(conn:receive(size)) or ""
  -- Message 1, a bind response (0x61) whose length may have any form, a code.
  local code = answer:match("^\2\1\1\97.-\10\1(.)")
  code = try(code, "the answer is no bind response", "protocol"):byte()
  return code == 0, "result code " .. code .. (code == 49 and " (invalid credentials)" or ""), "status"
end)
