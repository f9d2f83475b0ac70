-- policy.blue_green: two groups of servers, of which one serves.
--
--   policy.blue_green {
--     blue   = { "192.168.0.1:80", "192.168.0.2:80" },
--     green  = { "192.168.0.3:80", "192.168.0.4:80" },
--     active = "blue",                   -- or a function that returns one of the words
--     minimum_up = 2,                    -- so many must be up to take over; 1 by default
--     fall_back = true,                  -- the other group serves while the active one has not so many
--     on_down = "zero",                  -- who does not serve stays, with weight 0
--     sorry_server = "192.168.0.9:80",   -- serves if nobody else can
--   }
--
-- Both groups are checked all the time. A switch waits until the other group has
-- minimum_up servers up; its servers join before the others leave, so there is no
-- moment without any. A function is asked at each decision: every = "5s" has it
-- asked at pauses, vs:decide() at once.

local parts = require "policy.parts"

local function addresses_mistake(vs, name, list, taken)
  if type(list) ~= "table" or #list == 0 then
    return name .. ': want a list of addresses of real servers, such as { "192.168.0.1:80" }'
  end
  for _, addr in ipairs(list) do
    if type(addr) ~= "string" or not vs:find(addr) then
      return name .. ": " .. tostring(addr) .. " is no real server of this virtual server"
    end
    if taken[addr] then return name .. ": " .. addr .. " is in " .. taken[addr] .. " already" end
    taken[addr] = name
  end
end

local function mistake(vs, o)
  local taken = {}
  local wrong = addresses_mistake(vs, "blue", o.blue, taken) or addresses_mistake(vs, "green", o.green, taken)
  if wrong then return wrong end
  for _, rs in ipairs(vs.servers) do
    if not taken[rs.addr] then return rs.addr .. " is neither in blue nor in green, and would never serve" end
  end
  if o.active ~= "blue" and o.active ~= "green" and type(o.active) ~= "function" then
    return 'active: want "blue", "green", or a function that returns one of them, got ' .. tostring(o.active)
  end
  if not parts.is_whole(o.minimum_up, 1) then
    return "minimum_up: want a whole number from 1, got " .. tostring(o.minimum_up)
  end
end

-- Tells whether any of a set serves now.
local function serves(vs, set)
  for _, m in ipairs(vs.members) do
    if m.weight > 0 and set[m.addr] then return true end
  end
  return false
end

return function(given)
  local o = options("policy.blue_green", given, {
    blue = false, green = false, active = false, minimum_up = 1,
    fall_back = false, on_down = { "remove", "zero" }, sorry_server = false, every = false,
  })
  local group = { blue = parts.set(o.blue), green = parts.set(o.green) }

  local function active(vs)
    if type(o.active) == "string" then return o.active end
    local colour = o.active(vs)
    if not group[colour] then error('active: want "blue" or "green", got ' .. tostring(colour), 0) end
    return colour
  end

  -- The other group serves if it may step in, and as long as a switch waits.
  local function chosen(vs, up, want, other)
    if #up[want] >= o.minimum_up then return want end
    local waits = serves(vs, group[other]) and not serves(vs, group[want])
    if #up[other] >= o.minimum_up and (o.fall_back or waits) then return other end
    if #up[want] == 0 and o.fall_back then return other end
    return want
  end

  local function decide(vs)
    local able, up = parts.able(vs), {}
    for colour, set in pairs(group) do
      up[colour] = parts.split(able, function(rs) return set[rs.addr] end)
    end
    local want = active(vs)
    local list = up[chosen(vs, up, want, want == "blue" and "green" or "blue")]
    local quorum = #list >= o.minimum_up and "gained" or "lost"
    if #list == 0 and o.sorry_server then list = { o.sorry_server } end
    if o.on_down == "zero" then parts.rest_at_zero(list, vs.servers) end
    return list, { quorum = quorum }
  end

  return {
    decide = decide,
    every = o.every or nil,
    adds = { o.sorry_server or nil },
    check = function(vs) return mistake(vs, o) end,
  }
end
