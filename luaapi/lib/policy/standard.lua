-- policy.standard: who serves, by the rules of keepalived and some of Envoy's.
--
--   policy.standard {
--     sorry_server = "192.168.0.9:80",   -- serves while the quorum is lost and no backup is up
--     backups      = { { "192.168.1.1:80", "192.168.1.2:80" }, "192.168.2.1:80" },
--                                        -- tiers of declared servers: the first that is up serves before it
--     quorum       = 1,                  -- the weight that must be up
--     hysteresis   = 0,                  -- how far from the quorum it turns
--     on_down      = "remove",           -- or "zero": who does not serve stays, with weight 0;
--                                        -- or "drain": as long as it has active connections
--     panic        = "30%",              -- when fewer than this are up, all serve
--     max_ejection = "50%",              -- checks take out no more than this share of the servers
--     minimum_up   = 1,                  -- nor more than leave so many
--   }
--
-- It uses nothing that a policy of your own could not use. To change it, have
-- luavs lib policy.standard write it to a file beside yours, and require that.
-- What a policy may be made of is in docs/lua.md.

local parts = require "policy.parts"

-- The tier of each backup by its address: 1 comes first. The others have none.
local function tiers(backups)
  local tier = {}
  for n, addresses in ipairs(backups) do
    if type(addresses) ~= "table" then addresses = { addresses } end
    for _, addr in ipairs(addresses) do tier[addr] = n end
  end
  return tier
end

-- The quorum is lost while no ordinary server gets connections. What the last
-- decision said counts; after a restart, who serves tells.
local function is_lost(vs, tier, sorry)
  if vs.quorum then return vs.quorum == "lost" end
  for _, m in ipairs(vs.members) do
    if m.weight > 0 and not tier[m.addr] and m.addr ~= sorry then return false end
  end
  return true
end

-- Gained at quorum + hysteresis or above; lost below quorum - hysteresis, and
-- always when nothing is left; in between it stays as it was.
local function is_gained(lost, weight, o)
  if lost then return weight >= o.quorum + o.hysteresis end
  return weight > 0 and weight >= o.quorum - o.hysteresis
end

-- Checks that fail nearly everywhere are more likely wrong themselves.
local function is_panic(able, all, o)
  return o.panic and #able < #all * parts.percent(o.panic) / 100
end

-- How many of so many servers checks have to leave in. They may always take
-- out one, unless minimum_up says otherwise.
local function least(all, o)
  local n = math.min(o.minimum_up, all)
  if o.max_ejection then
    local out = math.max(1, math.floor(all * parts.percent(o.max_ejection) / 100))
    n = math.max(n, all - out)
  end
  return n
end

-- Fills up those who may serve to so many: with who serves now, then with who
-- went down last.
local function fill_up(vs, able, all, n)
  if #able >= n then return able end
  local serves, there, since = {}, {}, {}
  for _, m in ipairs(vs.members) do serves[m.addr] = m.weight > 0 end
  for _, rs in ipairs(able) do there[rs.addr] = true end
  local _, out = parts.split(all, function(rs) return there[rs.addr] end)
  for _, rs in ipairs(out) do since[rs.addr] = math.floor(rs.since) end
  table.sort(out, function(a, b)
    a, b = a.addr, b.addr
    if serves[a] ~= serves[b] then return serves[a] == true end
    if since[a] ~= since[b] then return since[a] < since[b] end
    return a < b
  end)
  for i = 1, n - #able do able[#able + 1] = out[i] end
  return able
end

-- Who serves in place of the ordinary servers: the first tier of backups with
-- anybody up, else the sorry server, else who is left.
local function instead(able_backups, left, tier, o)
  local first = math.huge
  for _, rs in ipairs(able_backups) do
    if rs.effective_weight > 0 then first = math.min(first, tier[rs.addr]) end
  end
  if first < math.huge then
    return (parts.split(able_backups, function(rs) return tier[rs.addr] == first end))
  end
  return o.sorry_server and { o.sorry_server } or left
end

local function has_connections(rs) return (rs.active_connections or 0) > 0 end

local function share_mistake(name, text)
  if text and not parts.percent(text) then
    return name .. ': want a share of the servers such as "30%", got ' .. tostring(text)
  end
end

local function backup_mistake(vs, o, tier)
  if o.backups and type(o.backups) ~= "table" then
    return 'backups: want a list of tiers, such as { "192.168.1.1:80", "192.168.2.1:80" }, got ' .. tostring(o.backups)
  end
  local ordinary = #vs.servers
  for addr in pairs(tier) do
    if not vs:find(addr) then
      return "backups: " .. addr .. " is no real server of this virtual server: declare it, so that it is checked"
    end
    ordinary = ordinary - 1
  end
  if ordinary == 0 and next(tier) then return "backups: all real servers are backups, and none is an ordinary one" end
end

local function mistake(vs, o, tier)
  if not parts.is_whole(o.quorum, 1) then
    return "quorum: want a whole number from 1, got " .. tostring(o.quorum)
  end
  if not parts.is_whole(o.hysteresis, 0) or o.hysteresis >= o.quorum then
    return "hysteresis: want a whole number from 0 to below quorum, got " .. tostring(o.hysteresis)
  end
  if not parts.is_whole(o.minimum_up, 0) then
    return "minimum_up: want a whole number from 0, got " .. tostring(o.minimum_up)
  end
  local wrong = share_mistake("panic", o.panic) or share_mistake("max_ejection", o.max_ejection) or backup_mistake(vs, o, tier)
  if wrong then return wrong end
  local others = o.sorry_server or next(tier)
  if others and o.panic then
    return "panic makes all servers serve when few are up, and the sorry server or backups serve when they are not enough: choose one"
  end
  if others and (o.max_ejection or o.minimum_up > 0) then
    return "max_ejection and minimum_up keep servers in that are down, so that the sorry server or backups would never serve: choose one"
  end
  local total = parts.weight((parts.split(vs.servers, function(rs) return not tier[rs.addr] end)))
  if #vs.sources == 0 and (others or o.quorum > 1) and o.quorum + o.hysteresis > total then
    return "quorum + hysteresis is " .. o.quorum + o.hysteresis .. ", and all servers together weigh only "
      .. total .. ": the quorum could never be gained"
  end
end

return function(given)
  local o = options("policy.standard", given, {
    sorry_server = false,
    backups      = false,
    quorum       = 1,
    hysteresis   = 0,
    on_down      = { "remove", "zero", "drain" },
    panic        = false,
    max_ejection = false,
    minimum_up   = 0,
  })
  local tier = type(o.backups) == "table" and tiers(o.backups) or {}
  local sorry = o.sorry_server and parts.address(o.sorry_server)
  local function is_backup(rs) return tier[rs.addr] end

  local function decide(vs)
    local able_backups, able = parts.split(parts.able(vs), is_backup)
    local _, all = parts.split(vs.servers, function(rs) return is_backup(rs) or parts.is_marked(rs) end)
    local gained = is_gained(is_lost(vs, tier, sorry), parts.weight(able), o)
    local list = fill_up(vs, able, all, least(#all, o))
    if is_panic(able, all, o) then
      list = all
    elseif not gained then
      list = instead(able_backups, list, tier, o)
    end
    if o.on_down ~= "remove" then
      parts.rest_at_zero(list, vs.servers, o.on_down == "drain" and has_connections)
    end
    return list, { quorum = gained and "gained" or "lost" }
  end

  return {
    decide = decide,
    every = o.on_down == "drain" and "5s" or nil, -- for the connections that have ended
    adds = { o.sorry_server or nil },
    check = function(vs) return mistake(vs, o, tier) end,
  }
end
