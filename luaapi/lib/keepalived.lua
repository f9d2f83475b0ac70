-- keepalived: virtual servers in the words of keepalived 2.
--
--   require "keepalived"
--
--   virtual_server "10.0.0.1 80" {
--     delay_loop (6), lb_algo "wrr", lb_kind "NAT",
--     sorry_server "192.168.0.9 80",
--     real_server "192.168.0.1 80" {
--       weight (1),
--       HTTP_GET { url { path "/healthz", status_code (200) }, connect_timeout (3), retry (2) },
--     },
--   }
--
-- As a call, lb_algo "wrr", or a field, lb_algo = "wrr"; a number in parentheses, as
-- Lua wants them; and a comma behind each. docs/keepalived.md has every word.
local _, loader = ...
local read, words = require "keepalived.read", require "keepalived.words"
local checks_of = require "keepalived.checkers"
local parts = require "policy.parts"
local declare, declare_server = virtual_server, real_server

-- Runs what a quorum_up or notify_down is: a function, or a program.
local function call(hook, ev)
  if type(hook) == "function" then return hook(ev) end
  local res, err = exec.run(hook)
  if not res or not res.ok then
    log.error("keepalived: a program failed", { program = hook[1], err = err or res.stderr })
  end
end

local function handler(hook)
  return hook and function(ev) call(hook, ev) end or nil
end

-- The handlers of a virtual server for what its real servers say of themselves.
local function notifier(hooks, kind)
  return function(ev)
    local hook = hooks[ev.server.addr] and hooks[ev.server.addr][kind]
    if hook then call(hook, ev) end
  end
end

-- omega: when LuaVS ends, what serves is told to be down.
local function on_stop(vs, values, hooks)
  on("stop", function()
    for _, rs in ipairs(vs:up()) do
      local hook = hooks[rs.addr] and hooks[rs.addr].notify_down
      if hook then call(hook, { kind = "down", service = vs, server = rs }) end
    end
    if values.quorum_down and vs.quorum == "gained" then call(values.quorum_down, { kind = "quorum_lost", service = vs }) end
  end)
end

-- The servers that stay with weight 0 when they are down.
local function inhibiting(base, inhibited)
  return parts.over(base, function(list, vs)
    return parts.rest_at_zero(list, vs.servers, function(rs) return inhibited[rs.addr] end)
  end)
end

local function sorry_server(values)
  local method = values.sorry_server_lvs_method
  if not method then return values.sorry_server or false end
  return { values.sorry_server, forward = method.forward, tunnel = method.tunnel }
end

-- A function that gets the service and its destinations, and returns those that
-- are well. What a checker finds down stays out.
local function by_function(base, state, sorry)
  return {
    adds = base.adds, check = base.check, on = base.on,
    decide = function(vs)
      if not state.well then return base.decide(vs) end
      local list = parts.split(state.well, function(item)
        local rs = vs:find(parts.address(item))
        return not rs or rs.state ~= "down"
      end)
      local quorum = #list > 0 and "gained" or "lost"
      if quorum == "lost" and sorry then list = { sorry } end
      return list, { quorum = quorum }
    end,
  }
end

local function run_healthcheck(vs, values, state)
  local function run()
    state.well = values.healthcheck(vs, vs.servers)
    vs:decide()
  end
  on("start", run)
  on("reload", run)
  every(values.delay_loop or 60, run)
end

local flags = { sh_port = "sh-port", sh_fallback = "sh-fallback", mh_port = "mh-port", mh_fallback = "mh-fallback", flag_1 = "flag-1", flag_2 = "flag-2", flag_3 = "flag-3" }

local function scheduler_flags(values)
  local list = {}
  for word, name in pairs(flags) do
    if values[word] then list[#list + 1] = name end
  end
  table.sort(list)
  return #list > 0 and list or nil
end

-- A real server with its fields, from its block.
local function real(block, vs, mark, inhibited, hooks)
  local rs, blocks = read.read(block, words.real_server)
  local kind = rs.lb_kind or {}
  local made = declare_server(mark and block.addr:gsub(":%d+$", ":0") or block.addr) {
    name = rs.name, weight = rs.weight or vs.weight, forward = kind.forward, tunnel = kind.tunnel,
    upper_threshold = rs.uthreshold, lower_threshold = rs.lthreshold,
    check = checks_of(blocks, rs, vs),
  }
  if vs.inhibit_on_failure and rs.inhibit_on_failure == nil or rs.inhibit_on_failure then inhibited[made.addr] = true end
  if rs.notify_up or rs.notify_down then hooks[made.addr] = { notify_up = rs.notify_up, notify_down = rs.notify_down } end
  return made
end

-- Declares one virtual server of a block; where is its address, or nil for a
-- firewall mark.
local function service(block, where, mark)
  local vs, blocks = read.read(block, words.virtual_server)
  local kind, inhibited, hooks, state = vs.lb_kind or {}, {}, {}, {}
  local fields = {
    name = vs.name, fwmark = mark, family = mark and vs.ip_family,
    protocol = not mark and vs.protocol and vs.protocol:lower() or nil,
    scheduler = vs.lb_algo, scheduler_flags = scheduler_flags(vs), one_packet = vs.ops,
    forward = kind.forward, tunnel = kind.tunnel, pe = vs.persistence_engine,
    persistence = vs.persistence_timeout, persistence_netmask = vs.persistence_granularity,
  }
  for i, below in ipairs(blocks) do fields[i] = real(below, vs, mark, inhibited, hooks) end
  local sorry = vs.sorry_server and sorry_server(vs)
  local base = policy.keepalived {
    quorum = vs.quorum, hysteresis = vs.hysteresis, sorry_server = sorry, sorry_server_inhibit = vs.sorry_server_inhibit,
    quorum_up = handler(vs.quorum_up), quorum_down = handler(vs.quorum_down),
  }
  fields.policy = inhibiting(vs.healthcheck and by_function(base, state, sorry) or base, inhibited)
  if next(hooks) then fields.on = { up = notifier(hooks, "notify_up"), down = notifier(hooks, "notify_down") } end
  local made = where and declare(where)(fields) or declare(fields)
  if vs.omega then on_stop(made, vs, hooks) end
  if vs.healthcheck then run_healthcheck(made, vs, state) end
  return made
end

local groups = {}

-- The addresses of a group's line such as "10.0.0.1-3 80".
local function addresses(line)
  local net, low, high, rest = line:match("^(%d+%.%d+%.%d+%.)(%d+)%-(%d+)(%s+%d+)$")
  if not net then return { (words.endpoint(line)) } end
  local list = {}
  for n = tonumber(low), math.min(tonumber(high), 255) do list[#list + 1] = words.endpoint(net .. n .. rest) end
  return list
end

local function declare_all(block, where)
  local group = where:match("^group%s+(%S+)$")
  local lines, made = { where }, nil
  if group and not groups[group] then
    return loader.mistake(block.at, ("virtual_server %q: there is no virtual_server_group %q before it"):format(where, group))
  end
  if group then lines = groups[group] end
  for _, line in ipairs(lines) do
    local mark = line:match("^fwmark%s+(%d+)$")
    for _, addr in ipairs(mark and { false } or addresses(line)) do
      made = service(block, addr or nil, tonumber(mark)) or made
    end
  end
  return made
end

function _G.virtual_server(where)
  local at = loader.caller()
  if type(where) == "string" then
    local used = loader.expect(at, ("virtual_server %q was never given its table: write virtual_server %q { ... }"):format(where, where))
    return function(fields)
      used()
      return declare_all(read.block("virtual_server", at, fields), where)
    end
  end
  error('virtual_server: want an address and port such as "10.0.0.1 80", "fwmark 7" or "group NAME", got ' .. read.show(where), 2)
end

function _G.virtual_server_group(name)
  local used = loader.expect(loader.caller(), ("virtual_server_group %q was never given its addresses"):format(name))
  return function(lines)
    used()
    groups[name] = lines
  end
end

function _G.real_server(where)
  local block = read.block("real_server", loader.caller(), {})
  block.addr = words.endpoint(where)
  if not block.addr then
    error('real_server: want an address and port such as "192.168.0.1 80", got ' .. read.show(where), 2)
  end
  block.used = loader.expect(block.at, "real_server " .. block.addr .. " is in no virtual server")
  return setmetatable(block, { __call = function(_, fields)
    block.fields = read.place(fields)
    return block
  end })
end

-- Every word is a function, every block that stands in another one, too.
local function define(list)
  for alias in pairs(list[1] or {}) do rawset(_G, alias, read.word(alias)) end
  for name, it in pairs(list) do
    if type(name) == "string" and it ~= read.below and name ~= "type" and not name:match("^%u") then
      rawset(_G, name, rawget(_G, name) or read.word(name))
    end
  end
end
define(words.virtual_server)
define(words.real_server)
define(words.url)
for name, list in pairs(words.checkers) do
  define(list)
  rawset(_G, name, function(fields) return read.part(name, loader.caller(), fields or {}) end)
end
for _, name in ipairs { "BFD_CHECK", "FILE_CHECK" } do
  rawset(_G, name, function(fields) return read.part(name, loader.caller(), fields or {}) end)
end
rawset(_G, "url", setmetatable({}, {
  __index = url,
  __call = function(_, fields) return read.part("url", loader.caller(), fields) end,
}))
for name, why in pairs(words.elsewhere) do
  rawset(_G, name, function()
    loader.mistake(loader.caller(), name .. ": " .. why)
    return function() end
  end)
end
