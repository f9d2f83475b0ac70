-- check.nntp: the server greets; with a group it has that group.
--
--   check.nntp { group = "local.test" }
check.define("nntp", { group = "" }, function(rs, o)
  local conn = try(tcp.connect(o.addr, o.route))

  local function expect(to, wanted)
    local line = try(conn:receive("line"))
    local code = line:match("^(%d%d%d)")
    try(code, to .. ": got " .. line, "protocol")
    try(code:match(wanted), to .. ": " .. line, "status")
    return line
  end

  local greeting = expect("greeting", "20[01]") -- posting allowed, or not
  if o.group ~= "" then
    try(conn:send("GROUP " .. o.group .. "\r\n"))
    expect("GROUP", "211")
  end
  conn:send("QUIT\r\n")
  return true, greeting
end)
