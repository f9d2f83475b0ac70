-- policy.canary: a few servers with a new version get a share of the traffic.
--
--   virtual_server "10.0.0.1:80" {
--     scheduler = "wrr",
--     real_server "192.168.0.1:80" {},
--     real_server "192.168.0.2:80" { tags = { canary = true } },
--     policy = policy.canary { share = "5%" },
--   }
--
-- Whose tag of this name is true is a canary. Only the scheduler's weights are
-- set, so it has to be one that heeds them, such as wrr or wlc. If no canary is
-- up, or nobody else, those that are up serve alone. Among canaries, and among
-- the others, weights keep their proportions. over = policy.standard { ... }
-- says who serves before that.

local parts = require "policy.parts"

local function divisor(a, b)
  while b > 0 do a, b = b, a % b end
  return a
end

-- Makes weights as small as they can be, as wrr takes them in turns; those that
-- cannot be small lose some of their precision.
local function reduced(weights)
  local common, most = 0, 0
  for _, w in ipairs(weights) do common, most = divisor(w, common), math.max(most, w) end
  local by = math.max(common, most / 65535)
  for i, w in ipairs(weights) do
    weights[i] = w > 0 and math.max(1, math.floor(w / by + 0.5)) or 0
  end
  return weights
end

return function(given)
  local o = options("policy.canary", given, { share = "", tag = "canary", over = false })
  -- Whole numbers, as shares such as "0.25%" are parts of 10000.
  local share = math.floor((parts.percent(o.share) or 0) * 100 + 0.5)
  local function is_canary(rs) return rs.tags[o.tag] end

  local made = parts.over(o.over or policy.standard {}, function(list)
    local servers = parts.split(list, function(item) return type(item) == "userdata" end)
    local canaries, others = parts.split(servers, is_canary)
    local theirs, rest = parts.weight(canaries), parts.weight(others)
    if theirs == 0 or rest == 0 then return list end
    local weights = {}
    for i, rs in ipairs(servers) do
      weights[i] = rs.effective_weight * (is_canary(rs) and rest * share or theirs * (10000 - share))
    end
    reduced(weights)
    local weight = {}
    for i, rs in ipairs(servers) do weight[rs.addr] = weights[i] end
    for i, item in ipairs(list) do
      if type(item) == "userdata" then list[i] = { item, weight = weight[item.addr] } end
    end
    return list
  end)

  local check = made.check or function() end
  made.check = function(vs)
    if share == 0 or share >= 10000 then
      return 'share: want what the canaries get of the traffic, such as "5%", got ' .. tostring(o.share)
    end
    local canaries, others = parts.split(vs.servers, is_canary)
    if #canaries == 0 or #others == 0 then
      return ("%s of the real servers has tags = { %s = true }: want some canaries, and some others")
        :format(#canaries == 0 and "none" or "each", o.tag)
    end
    return check(vs)
  end
  return made
end
