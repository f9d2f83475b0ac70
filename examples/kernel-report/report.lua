#!/usr/bin/env -S luavs exec
-- What the kernel's table holds, what it costs, and what in it is likely to
-- surprise somebody. It only reads.

local function line(form, ...) print(form:format(...)) end
local warnings = {}
local function warn(form, ...) warnings[#warnings + 1] = form:format(...) end

local info, limits = ipvs.info(), ipvs.timeouts()
line("IPVS %s, connection table of %d, timeouts tcp %ds, tcpfin %ds, udp %ds",
  info.version, info.connection_table, limits.tcp, limits.tcpfin, limits.udp)
for _, d in ipairs(ipvs.daemons()) do
  line("sync daemon: %s on %s, group %s:%d, id %d", d.role, d.interface, d.group, d.port, d.sync_id)
end

-- Which servers hold half-open connections: they take packets and do not answer.
local half_open = {}
local list, more = ipvs.connections { state = "SYN_RECV", limit = 10000 }
for _, c in ipairs(list) do
  half_open[c.destination] = (half_open[c.destination] or 0) + 1
end
if more then warn("over 10000 half-open connections: a flood, or servers that do not answer") end

for _, svc in ipairs(ipvs.services()) do
  local s, usable = svc.stats, 0
  line("%s  %s  %d connections, %.0f a second", tostring(svc), svc.scheduler, s.connections, s.connection_rate)
  for _, d in ipairs(svc.dests) do
    line("  -> %s  %s  weight %d, %d active, %d inactive", tostring(d), d.forward, d.weight, d.active_connections, d.inactive_connections)
    if d.weight > 0 then usable = usable + 1 end
    local waiting = half_open[tostring(d)] or 0
    if waiting > 100 then warn("%s: %d half-open connections", tostring(d), waiting) end
    if d.weight == 0 and d.persistent_connections > 0 and ipvs.sysctl("expire_quiescent_template") == 0 then
      warn("%s: is drained, but persistence keeps sending it clients: sysctl expire_quiescent_template = 1", tostring(d))
    end
  end
  if usable == 0 then warn("%s: no destination with a weight above 0: clients get no answer", tostring(svc)) end
  if svc.protocol == "udp" and not svc.one_packet and ipvs.sysctl("expire_nodest_conn") == 0 then
    warn("%s: flows to a removed server are lost till they time out: sysctl expire_nodest_conn = 1", tostring(svc))
  end
end

for _, text in ipairs(warnings) do print("! " .. text) end
