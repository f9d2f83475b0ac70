-- check.redis: the server lets us in, has its data loaded, and has the role.
--
--   check.redis { role = "master", password = "...", user = "health" }
--
-- A replica counts only while it is connected to its master.
check.define("redis", {
  role     = { "any", "master", "replica" },
  user     = "",
  password = "",
}, function(rs, o)
  local conn = try(tcp.connect(o.addr, o.route))

  -- A command as an array of strings, and the first line of its answer.
  local function ask(...)
    local words = { "*" .. select("#", ...) .. "\r\n" }
    for _, word in ipairs { ... } do
      words[#words + 1] = "$" .. #word .. "\r\n" .. word .. "\r\n"
    end
    try(conn:send(table.concat(words)))
    local line = try(conn:receive("line"))
    try(not line:match("^%-"), ... .. ": " .. line:sub(2), "status")
    try(line:match("^[+*$]"), ... .. ": got " .. line, "protocol")
    return line
  end

  if o.user ~= "" then ask("AUTH", o.user, o.password)
  elseif o.password ~= "" then ask("AUTH", o.password) end
  ask("PING")
  if o.role == "any" then return true end

  local size = tonumber(ask("INFO", "replication"):match("^%$(%d+)$"))
  try(size and size > 0 and size < 65536, "INFO: the answer is too long or empty", "protocol")
  local info = try(conn:receive(size))
  local role = try(info:match("role:(%a+)"), "INFO: no role", "protocol"):gsub("slave", "replica")
  try(role == o.role, "role " .. role .. ", want " .. o.role)
  try(role == "master" or info:match("master_link_status:up"), "the replica is not connected to its master")
  return true, role
end)
