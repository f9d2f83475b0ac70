-- policy.weighted: a function says what each server weighs.
--
--   policy.weighted(function(rs) return rs.tags.cores * 10 end)
--
--   policy.weighted {
--     function(rs) return 100 - rs.active_connections / 10 end,
--     every = "10s",                     -- asks anew at these pauses, too
--     over  = policy.standard { sorry_server = "192.168.0.9:80" },
--   }
--
-- Without over, all servers that are up serve. nil leaves a server the weight it
-- has; a weight above 0 never becomes 0 by rounding.

local parts = require "policy.parts"

local function rounded(weight)
  return weight > 0 and math.max(1, math.floor(weight + 0.5)) or 0
end

return function(given)
  if type(given) == "function" then given = { given } end
  local o = options("policy.weighted", given, { function() end, every = false, over = false })
  local weight_of = o[1]

  local made = parts.over(o.over or policy.standard {}, function(list)
    for i, item in ipairs(list) do
      if type(item) == "userdata" then
        local weight = weight_of(item)
        if weight then list[i] = { item, weight = rounded(weight) } end
      end
    end
    return list
  end)
  made.every = o.every or made.every
  return made
end
