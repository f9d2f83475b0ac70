-- check.imap: the server greets; with a user and password it lets us in.
--
--   check.imap { user = "health", password = "...", tls = "starttls" }
check.define("imap", {
  user        = "",
  password    = "",
  tls         = { "none", "starttls", "implicit" },
  server_name = "",
  verify      = true,
  roots       = "",
}, function(rs, o)
  local conn = try(tcp.connect(o.addr, o.route))
  local secure = { server_name = o.server_name, verify = o.verify, roots = o.roots }
  if o.tls == "implicit" then try(conn:starttls(secure)) end

  local greeting = try(conn:receive("line"))
  try(not greeting:match("^%* BYE"), "greeting: " .. greeting, "status")
  try(greeting:match("^%* OK") or greeting:match("^%* PREAUTH"), "greeting: got " .. greeting, "protocol")

  -- A command, and the line that ends its answer.
  local function ask(word, ...)
    try(conn:send(table.concat({ "a", word, ... }, " ") .. "\r\n"))
    for _ = 1, 100 do
      local line = try(conn:receive("line"))
      if line:match("^a ") then return try(line:match("^a OK"), word .. ": " .. line:sub(3), "status") end
    end
    try(false, word .. ": the answer has no end", "protocol")
  end
  local function quoted(text) return '"' .. text:gsub('[\\"]', "\\%0") .. '"' end

  if o.tls == "starttls" then
    ask("STARTTLS")
    try(conn:starttls(secure))
  end
  if o.user ~= "" then ask("LOGIN", quoted(o.user), quoted(o.password)) end
  conn:send("a LOGOUT\r\n")
  return true, greeting
end)
