-- policy.keepalived: the rules of keepalived, in its words.
--
--   policy.keepalived {
--     quorum = 2, hysteresis = 1,
--     quorum_up = function(ev) ... end, quorum_down = function(ev) ... end,
--     sorry_server = "192.168.0.9:80", sorry_server_inhibit = true,
--     inhibit_on_failure = true,         -- a server that is down stays, with weight 0
--   }
--
-- When checks turn is theirs to say: check.http { rules = "keepalived" }, and
-- initial = "down" for alpha mode.

local parts = require "policy.parts"

local function nothing() end

-- The sorry server is there from the start, with weight 0 until it serves.
local function with_sorry_at_zero(list, sorry)
  for _, item in ipairs(list) do
    if parts.address(item) == parts.address(sorry) then return list end
  end
  list[#list + 1] = { parts.address(sorry), weight = 0 }
  return list
end

return function(given)
  local o = options("policy.keepalived", given, {
    quorum = 1, hysteresis = 0, quorum_up = nothing, quorum_down = nothing,
    sorry_server = false, sorry_server_inhibit = false, inhibit_on_failure = false,
  })
  local standard = policy.standard {
    quorum = o.quorum, hysteresis = o.hysteresis, sorry_server = o.sorry_server,
    on_down = o.inhibit_on_failure and "zero" or "remove",
  }
  local made = parts.over(standard, function(list)
    if o.sorry_server and o.sorry_server_inhibit then return with_sorry_at_zero(list, o.sorry_server) end
    return list
  end)
  made.on = { quorum_gained = o.quorum_up, quorum_lost = o.quorum_down }
  return made
end
