-- policy.parts: what the policies of LuaVS are made of, for yours too.
local parts = {}

-- What servers weigh together, by the weight that their checks leave them.
function parts.weight(servers)
  local sum = 0
  for _, rs in ipairs(servers) do sum = sum + rs.effective_weight end
  return sum
end

-- The address of an item of a policy's list: a server, an address, or a table
-- with either and settings such as { "192.168.0.9:80", weight = 5 }.
function parts.address(item)
  if type(item) == "table" then item = item[1] end
  if type(item) == "string" then return item end
  return item.addr
end

-- The servers that may serve: those that are up. One of which nothing is known,
-- as its check has an error, keeps what it has: it may if it serves now.
function parts.able(vs)
  local serves = {}
  for _, m in ipairs(vs.members) do serves[m.addr] = m.weight > 0 end
  local able = {}
  for _, rs in ipairs(vs.servers) do
    if rs.state == "up" or rs.state == "unknown" and serves[rs.addr] then
      able[#able + 1] = rs
    end
  end
  return able
end

-- Tells whether somebody has taken a server out by hand.
function parts.is_marked(rs) return rs.state == "draining" or rs.state == "maintenance" end

-- Adds the servers that are not in a list yet, with weight 0: they keep their
-- connections and get no new ones. If f is given, only those for which f(rs) is
-- true.
function parts.rest_at_zero(list, servers, f)
  local there = {}
  for _, item in ipairs(list) do there[parts.address(item)] = true end
  for _, rs in ipairs(servers) do
    if not there[rs.addr] and (not f or f(rs)) then list[#list + 1] = { rs, weight = 0 } end
  end
  return list
end

-- The set of a list of addresses, for a policy that tells servers apart.
function parts.set(addresses)
  local set = {}
  for _, addr in ipairs(type(addresses) == "table" and addresses or {}) do set[addr] = true end
  return set
end

-- The servers for which f(rs) is true, and the others.
function parts.split(servers, f)
  local those, others = {}, {}
  for _, rs in ipairs(servers) do
    local list = f(rs) and those or others
    list[#list + 1] = rs
  end
  return those, others
end

-- A policy that changes the list of another one.
function parts.over(base, change)
  if type(base) == "function" then base = { decide = base } end
  return {
    decide = function(vs)
      local list, more = base.decide(vs)
      return change(list, vs), more
    end,
    adds = base.adds, check = base.check, on = base.on, every = base.every,
  }
end

-- The number of percent in "30%", above 0 and up to 100; nil of anything else.
function parts.percent(text)
  local n = type(text) == "string" and tonumber(text:match("^(%d+%.?%d*)%%$"))
  return n and n > 0 and n <= 100 and n or nil
end

function parts.is_whole(n, low)
  return type(n) == "number" and n >= low and n % 1 == 0
end

return parts
