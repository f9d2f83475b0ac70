-- policy.standard: who serves, by the rules of keepalived.
--
--   policy.standard {
--     sorry_server = "192.168.0.9:80",  -- serves alone while the quorum is lost
--     quorum       = 1,                 -- the weight that must be up
--     hysteresis   = 0,                 -- how far from the quorum it turns
--     on_down      = "remove",          -- or "zero": a server that is down stays, with weight 0
--     panic        = "30%",             -- when fewer than this are up, all serve; not with sorry_server
--   }
--
-- It uses nothing that a policy of your own could not use: copy it and change
-- what you like. What a policy may be made of is in docs/lua.md.

local function weight_of(servers)
  local sum = 0
  for _, rs in ipairs(servers) do sum = sum + rs.effective_weight end
  return sum
end

-- The address of a sorry server, which may be given with settings of its own:
-- { "192.168.0.9:80", weight = 5 }.
local function address(sorry)
  if type(sorry) == "table" then return sorry[1] end
  return sorry
end

-- The quorum is lost while nobody but the sorry server gets connections. That
-- is read from who serves now, so a reload or a restart forgets nothing.
local function is_lost(vs, sorry)
  for _, member in ipairs(vs.members) do
    if member.weight > 0 and member.addr ~= sorry then return false end
  end
  return true
end

-- Gained at quorum + hysteresis or above; lost below quorum - hysteresis, and
-- always when nothing is left; in between it stays as it was.
local function is_gained(vs, up, o)
  local weight = weight_of(up)
  if is_lost(vs, address(o.sorry_server)) then
    return weight >= o.quorum + o.hysteresis
  end
  return weight > 0 and weight >= o.quorum - o.hysteresis
end

-- Servers of which nothing is known (their check has an error) keep what they
-- have: they serve if they did.
local function serving(vs)
  local member = {}
  for _, m in ipairs(vs.members) do member[m.addr] = m.weight > 0 end
  local up = {}
  for _, rs in ipairs(vs.servers) do
    if rs.state == "up" or rs.state == "unknown" and member[rs.addr] then
      up[#up + 1] = rs
    end
  end
  return up
end

-- The number of percent in "30%", or nil.
local function percent(text)
  return type(text) == "string" and tonumber(text:match("^(%d+%.?%d*)%%$")) or nil
end

-- When too few servers are up, it is more likely that the checks are wrong than
-- that the rest of the servers is.
local function is_panic(vs, up, o)
  return o.panic and #up < #vs.servers * percent(o.panic) / 100
end

-- Adds the servers that are not in the list yet, with weight 0.
local function with_the_rest_at_zero(list, servers)
  local there = {}
  for _, item in ipairs(list) do
    there[type(item) == "userdata" and item.addr or address(item)] = true
  end
  for _, rs in ipairs(servers) do
    if not there[rs.addr] then list[#list + 1] = { rs, weight = 0 } end
  end
  return list
end

local function mistake(vs, o)
  if type(o.quorum) ~= "number" or o.quorum < 1 or o.quorum % 1 ~= 0 then
    return "quorum: want a whole number from 1, got " .. tostring(o.quorum)
  end
  if o.hysteresis < 0 or o.hysteresis % 1 ~= 0 or o.hysteresis >= o.quorum then
    return "hysteresis: want a whole number from 0 to below quorum, got " .. tostring(o.hysteresis)
  end
  if o.panic then
    local share = percent(o.panic)
    if not share or share <= 0 or share > 100 then
      return 'panic: want a share of the servers such as "30%", got ' .. tostring(o.panic)
    end
    if o.sorry_server then
      return "panic makes all servers serve when few are up, and the sorry server serves when they are not enough: choose one"
    end
  end
  if not o.sorry_server then
    if o.quorum > 1 or o.hysteresis > 0 then
      return "quorum and hysteresis say when the sorry server serves, and there is no sorry_server"
    end
    return nil
  end
  local total = weight_of(vs.servers)
  if o.quorum + o.hysteresis > total then
    return "quorum + hysteresis is " .. o.quorum + o.hysteresis .. ", and all servers together weigh only "
      .. total .. ": the quorum could never be gained"
  end
end

function policy.standard(given)
  local o = options("policy.standard", given, {
    sorry_server = false,
    quorum       = 1,
    hysteresis   = 0,
    on_down      = { "remove", "zero" },
    panic        = false,
  })

  local function decide(vs)
    local up = serving(vs)
    if is_panic(vs, up, o) then return vs.servers end
    local list = up
    if o.sorry_server and not is_gained(vs, up, o) then
      list = { o.sorry_server }
    end
    if o.on_down == "zero" then
      return with_the_rest_at_zero(list, vs.servers)
    end
    return list
  end

  return {
    decide = decide,
    adds = { o.sorry_server or nil },
    check = function(vs) return mistake(vs, o) end,
  }
end
