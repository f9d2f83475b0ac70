-- policy.ldirectord: the rules of ldirectord, in its words.
--
--   policy.ldirectord {
--     quiescent = true,                  -- a server that is down stays, with weight 0
--     fallback  = "127.0.0.1:80",        -- serves while no real server is up
--   }
--
-- quiescent is false unless it is given, as ldirectord does whatever its manual
-- says. What fallbackcommand does is for on("quorum_lost", f) and on("quorum_gained", f);
-- when checks turn is theirs to say: check.http { rules = "ldirectord" }.

local parts = require "policy.parts"

return function(given)
  local o = options("policy.ldirectord", given, { quiescent = false, fallback = false })
  return {
    decide = function(vs)
      local list = parts.able(vs)
      local quorum = #list > 0 and "gained" or "lost"
      if o.quiescent then parts.rest_at_zero(list, vs.servers) end
      if o.fallback and quorum == "lost" then
        local _, others = parts.split(list, function(item) return parts.address(item) == parts.address(o.fallback) end)
        list = others
        list[#list + 1] = o.fallback
      end
      return list, { quorum = quorum }
    end,
    adds = { o.fallback or nil },
  }
end
