-- remedy: does something about a server that an event is about, within limits.
--
--   on("down", remedy {
--     max     = 3, within = "1h",        -- no more runs than this for one server
--     backoff = "1m",                    -- the pause after a run; twice as long after each further one
--     at_once = 1,                       -- of so many servers at a time
--     settle  = "1m",                    -- a server that was well for so long starts from nothing
--     only_if = function(ev) return ev.server.inactive_connections > 500 end,
--     function(ev)
--       exec.run { "ssh", ev.server.ip, "sudo", "systemctl", "restart", "httpd", timeout = "30s" }
--     end,
--   })
--
-- The function runs, and again after the pause for as long as the server is in the
-- state of the event, such as down. A server that alone still serves is left
-- alone. Events and other servers do not wait for it. The runs are kept in the
-- store, so that they count after a reload and a restart, too.

local function always() return true end

-- Tells whether connections go to this server and to no other.
local function serves_alone(rs)
  local alone = false
  for _, m in ipairs(rs.service.members) do
    if m.weight > 0 and m.addr ~= rs.addr then return false end
    alone = alone or m.weight > 0
  end
  return alone
end

-- Tells whether what the event told is still so. Of an event without a server
-- that is not known: its remedy runs once.
local function lasts(ev) return ev.server ~= nil and ev.server.state == ev.new end

-- Drops the runs that are over for so long that they count no more.
local function forget_old(case, within)
  while case.runs[1] and os.time() - case.runs[1] >= within do table.remove(case.runs, 1) end
end

-- Runs a function as a task of its own: what ends it ends nothing else.
local function apart(name, f, ...)
  local ok, err = wait(spawn(f, ...))
  if not ok then log.error("remedy: failed", { server = name, err = err }) end
end

-- Waits until the server is well, and notes since when, unless another event
-- comes first.
local function watch(case, ev, pause, turn)
  while case.turn == turn and ev.server do
    local well = not lasts(ev) and ev.server.since
    if well then
      case.well_since = os.time() - well
      return
    end
    sleep(pause)
  end
end

local made = 0 -- tells the remedies of a policy apart

return function(given)
  made = made + 1
  local kept = "remedy/" .. made .. "/" -- what the store has of a server begins so
  local o = options("remedy", given, {
    always, max = 3, within = "1h", backoff = "1m", at_once = 1, settle = "1m", only_if = always,
  })
  local cases, at_work = {}, 0

  local function keep(case)
    store.set(kept .. case.name, { runs = case.runs, rest_until = case.rest_until, well_since = case.well_since }, { ttl = math.max(1, o.within) })
  end

  -- A server that was well for long enough starts from nothing.
  local function begin(case)
    if case.well_since and os.time() - case.well_since >= o.settle then
      case.runs, case.rest_until = {}, 0
    end
    case.busy, case.turn, case.well_since = true, case.turn + 1, nil
  end

  local function case_of(name)
    if not cases[name] then
      local before = store.get(kept .. name, { runs = {}, rest_until = 0 })
      cases[name] = { name = name, turn = 0, runs = before.runs, rest_until = before.rest_until, well_since = before.well_since }
    end
    return cases[name]
  end

  local function run(case, ev, name)
    at_work = at_work + 1
    case.runs[#case.runs + 1] = os.time()
    log.info("remedy", { server = name, event = ev.kind, run = #case.runs, of = o.max })
    apart(name, o[1], ev)
    at_work = at_work - 1
    case.rest_until = os.time() + o.backoff * 2 ^ (#case.runs - 1)
    keep(case)
  end

  -- Runs the function as often as it may.
  local function treat(case, ev, name)
    repeat
      forget_old(case, o.within)
      if #case.runs >= o.max then
        return log.error("remedy: given up", { server = name, event = ev.kind, runs = #case.runs, within = o.within .. "s" })
      end
      local waited = false
      while os.time() < case.rest_until or at_work >= o.at_once do
        sleep(math.max(1, case.rest_until - os.time()))
        waited = true
      end
      if waited and ev.server and not lasts(ev) then return end
      if ev.server and serves_alone(ev.server) then
        log.warn("remedy: not while it alone serves", { server = name, event = ev.kind })
        case.rest_until = os.time() + math.max(1, o.backoff)
      elseif not o.only_if(ev) then
        return
      else
        run(case, ev, name)
      end
    until not lasts(ev)
  end

  return function(ev)
    local name = (ev.server or ev.service or { addr = "policy" }).addr or "firewall mark"
    local case = case_of(name)
    if case.busy then return end
    begin(case)
    local turn = case.turn
    spawn(function()
      apart(name, treat, case, ev, name)
      case.busy = false
      watch(case, ev, math.min(math.max(1, o.settle), 10), turn)
      if case.well_since then keep(case) end
    end)
  end
end
