---@meta
-- What a LuaVS policy declares and the objects it sees, for the Lua language
-- server. The checks are in checks.d.lua, the modules in network.d.lua, machine.d.lua,
-- text.d.lua and ipvs.d.lua.

---A duration: a text such as "1500ms", "5s", "1h30m" or "14d", or a number of seconds.
---@alias luavs.duration string|number

-- ---------------------------------------------------------------- declarations

---@class luavs.ServerFields
---@field name? string for people; the address by default
---@field weight? integer 0 to 2147483647; 1 by default
---@field forward? "nat"|"dr"|"tunnel"|"local"
---@field tunnel? "ipip"|"gre"|luavs.Tunnel
---@field upper_threshold? integer
---@field lower_threshold? integer
---@field check? luavs.Check|luavs.Check[] in place of the virtual server's
---@field slow_start? luavs.duration how long a server that comes back takes to have its whole weight
---@field hold_down? luavs.duration|luavs.HoldDown how long a server that goes down again stays out
---@field drain? luavs.duration|{ deadline: luavs.duration } how long its connections may stay when a server leaves
---@field tags? table

---@class luavs.AddedFields
---@field name? string for people; the address by default
---@field weight? integer 0 to 2147483647; 1 by default
---@field at_once? boolean serve before the first check has answered

---@class luavs.HoldDown
---@field [1] luavs.duration for the second time; twice as long for each one more
---@field max? luavs.duration "5m" by default
---@field forget? luavs.duration so long up and one time is forgotten; "5m" by default

---@class luavs.Tunnel
---@field type "ipip"|"gue"|"gre"
---@field port? integer of gue
---@field checksum? "none"|"csum"|"remcsum"

---@class luavs.ServiceFields
---@field name? string
---@field protocol? "tcp"|"udp"|"sctp"
---@field fwmark? integer in place of an address
---@field family? "inet"|"inet6" with fwmark
---@field scheduler? string "wlc" by default
---@field scheduler_flags? string|string[]
---@field forward? "nat"|"dr"|"tunnel"|"local" of servers that do not say; "nat" by default
---@field tunnel? "ipip"|"gre"|luavs.Tunnel
---@field persistence? luavs.duration
---@field persistence_netmask? string|integer
---@field pe? string
---@field one_packet? boolean
---@field check? luavs.Check|luavs.Check[] of servers that have none of their own
---@field slow_start? luavs.duration how long a server that comes back takes to have its whole weight
---@field hold_down? luavs.duration|luavs.HoldDown how long a server that goes down again stays out
---@field drain? luavs.duration|{ deadline: luavs.duration } how long its connections may stay when a server leaves
---@field servers_from? luavs.Source|luavs.Source[] who lists servers besides the declared ones
---@field policy? luavs.Policy|fun(vs: luavs.VirtualServer): luavs.Member[], luavs.Decision?
---@field existing? "adopt"|"refuse" what to do if the kernel holds it before LuaVS has put it there; "adopt" by default
---@field max_change? string|integer|luavs.MaxChange how much of it may be taken away at a time: a part of those who serve such as "30%", or a number of servers
---@field on? luavs.Handlers
---@field [integer] luavs.RealServer

---@class luavs.MaxChange
---@field [1] string|integer "30%" of those who serve, or a number of servers
---@field within? luavs.duration how long a step lasts; "10s" by default

---@class luavs.Handlers
---@field up? fun(ev: luavs.Event)
---@field down? fun(ev: luavs.Event)
---@field change? fun(ev: luavs.Event)
---@field drift? fun(ev: luavs.Event)
---@field quorum_lost? fun(ev: luavs.Event)
---@field quorum_gained? fun(ev: luavs.Event)
---@field added? fun(ev: luavs.Event)
---@field removed? fun(ev: luavs.Event)
---@field drained? fun(ev: luavs.Event)

---@alias luavs.Member luavs.RealServer|string|table

---@class luavs.Policy
---@field decide fun(vs: luavs.VirtualServer): luavs.Member[], luavs.Decision?
---@field check? fun(vs: luavs.VirtualServer): string?
---@field adds? luavs.Member[]
---@field every? luavs.duration decides anew at these pauses, too
---@field on? luavs.Handlers

---@class luavs.Decision
---@field quorum? "lost"|"gained"

---Declares a virtual server: `virtual_server "ADDR:PORT" { ... }`.
---@param addr string|luavs.ServiceFields
---@return fun(fields: luavs.ServiceFields): luavs.VirtualServer
function virtual_server(addr) end

---Declares a real server of the virtual server it is listed in.
---@param addr string "ADDR:PORT"
---@return luavs.RealServer|fun(fields: luavs.ServerFields): luavs.RealServer
function real_server(addr) end

---Limits for all checks of the file: how many run at once, 4096 by default.
---@param limits { at_once: integer }
function probes(limits) end

---Says when silence on all sides is taken for the loss of our own network, so that
---no server goes down for it; false: never.
---@param when luavs.Isolation|false
function isolation(when) end

---@class luavs.Isolation
---@field hosts? integer so many addresses that were up are silent; 3 by default
---@field services? integer of so many virtual servers; 2 by default
---@field hold? luavs.duration how long that is believed; "1m" by default

---@class luavs.Limits
---@field budget? luavs.duration how long a function may run without waiting; "100ms" by default
---@field memory? string|integer "64MB" or bytes; "256MB" by default
---@field tasks? integer functions that run or wait at once; 20000 by default
---@field timers? integer every, cron and after; 10000 by default
---@field sockets? integer connections and requests; 4096 by default
---@field processes? integer programs of exec; 256 by default
---@field servers? integer real servers and checks of them; 100000 by default

---What the policy may take.
---@param limits luavs.Limits
function limits(limits) end

---Calls f when something happens.
---@param event "start"|"reload"|"stop"|"isolated"|"connected"|"up"|"down"|"change"|"drift"|"quorum_lost"|"quorum_gained"|"added"|"removed"|"drained"
---@param f fun(ev: luavs.Event)
---@return luavs.Handler
function on(event, f) end

---Runs f at equal pauses.
---@param pause luavs.duration
---@param f fun()
---@return luavs.Job
function every(pause, f) end

---Runs f by a line of crontab: five fields, six with seconds first, "@hourly".
---@param line string
---@param f fun()
---@return luavs.Job
function cron(line, f) end

---Runs f once.
---@param pause luavs.duration
---@param f fun()
---@return luavs.Job
function after(pause, f) end

---Waits; other code runs meanwhile.
---@param pause luavs.duration
function sleep(pause) end

---Runs f beside its caller.
---@param f function
---@param ... any
---@return luavs.Task
function spawn(f, ...) end

---Waits for the end of a task.
---@param task luavs.Task
---@param timeout? luavs.duration for ever by default
---@return boolean ok it ended in order
---@return any ... what its function returned; else why there is nothing
function wait(task, timeout) end

---Returns what a file beside the policy returns, or a module of LuaVS: `require "farm"`
---runs farm.lua, `require "lib.farm"` lib/farm.lua, once for each policy.
---@param name string
---@return any
function require(name) end

---Returns its arguments; if the first is nil or false, ends the task, of which a
---check fails with the reason and the cause ("verdict" by default).
---@generic T
---@param value T?
---@param reason? string
---@param cause? luavs.cause
---@return T
---@return ...
function try(value, reason, cause) end

---Reads the table of a function of your own: defaults, unknown names, types.
---@param what string
---@param given table?
---@param defaults table
---@return table
function options(what, given, defaults) end

-- --------------------------------------------------------------------- objects

---@class luavs.VirtualServer
---@field name string
---@field addr string? "10.0.0.1:80"; nil of a firewall mark
---@field ip string?
---@field port integer?
---@field protocol string?
---@field servers luavs.RealServer[]
---@field members luavs.RealServer[] who serves, by the last decision
---@field sources luavs.SourceState[] who lists servers
---@field settled boolean each check of each server has answered once
---@field quorum "lost"|"gained"|nil by the last decision; nil if its policy speaks of none
---@field problem string? why the last decision or the kernel is not in force
local VirtualServer = {}
---@return luavs.RealServer[]
function VirtualServer:up() end
---@return luavs.RealServer[]
function VirtualServer:down() end
---@param addr string "ADDR:PORT"
---@return luavs.RealServer?
function VirtualServer:find(addr) end
---Has the policy decide anew, after a change of something it knows from elsewhere.
function VirtualServer:decide() end
---Has a server join; nil and a reason if it cannot.
---@param addr string "ADDR:PORT"
---@param fields? luavs.AddedFields
---@return luavs.RealServer?
---@return string? reason
function VirtualServer:add(addr, fields) end
---Takes a server out that `add` had join; nil and a reason if it cannot.
---@param server luavs.RealServer|string the server, or "ADDR:PORT"
---@return true?
---@return string? reason
function VirtualServer:remove(server) end

---@class luavs.RealServer
---@field addr string
---@field ip string
---@field port integer
---@field name string
---@field weight integer as configured; can be written
---@field effective_weight integer when it is up: with what its checks advise
---@field forward string
---@field state "up"|"down"|"unknown"|"draining"|"maintenance"
---@field health "up"|"down"|"unknown" what its checks say, also of one that drains or is in maintenance
---@field drained boolean it is marked, and out of the kernel's table
---@field since number? seconds in this state
---@field reason string?
---@field origin string? who had it join: "declared", "added", or the source that lists it
---@field flaps integer? how often it went down lately, if it may be held down
---@field held number? seconds that it is still held down; 0 if it is not
---@field active_connections integer?
---@field inactive_connections integer?
---@field stats luavs.ipvs.stats?
---@field checks luavs.CheckState[]?
---@field tags table
---@field service luavs.VirtualServer
local RealServer = {}
---Gives it no new connections, and takes it out when it has none; true, or nil and a reason.
---@param why? string|{ why?: string, deadline?: luavs.duration }
---@return boolean?, string?
function RealServer:drain(why) end
---Takes it out, after its `drain` if it has one; true, or nil and a reason.
---@param why? string|{ why?: string, deadline?: luavs.duration }
---@return boolean?, string?
function RealServer:maintenance(why) end
---Ends drain and maintenance; true, or nil and a reason.
---@return boolean?, string?
function RealServer:resume() end

---@class luavs.CheckState
---@field name string
---@field state "up"|"down"|"unknown"
---@field outcome "pass"|"fail"|"degraded"|"unknown" of the last run
---@field cause string
---@field reason string
---@field took number seconds
---@field age number seconds since the last run; -1 before the first
---@field streak integer
---@field runs integer
---@field errors integer
---@field expires number when the server's certificate ends, in seconds as os.time counts them; 0 if it showed none
---@field advice string on the weight, such as "weight 50 %"; empty for none
local CheckState = {}

---@class luavs.Event
---@field kind "start"|"reload"|"stop"|"isolated"|"connected"|"up"|"down"|"change"|"drift"|"quorum_lost"|"quorum_gained"|"added"|"removed"|"drained"
---@field at number seconds since 1970
---@field service luavs.VirtualServer?
---@field server luavs.RealServer?
---@field old string?
---@field new string?
---@field cause string?
---@field reason string?
---@field result luavs.EventResult? of up and down: the answer that turned the server
---@field changes string[]
---@field drift luavs.Difference[] of drift: what somebody else changed
local Event = {}

---@class luavs.Difference
---@field server string the address, or "" for the virtual server itself
---@field old string its settings as we left them, or "" if it was not there
---@field new string as they were found, or "" if it is not there any more
---@field old_weight integer
---@field new_weight integer
---@field text string all of it, for people
local Difference = {}

---@class luavs.EventResult
---@field outcome "pass"|"fail"|"degraded"|"unknown"
---@field cause string
---@field reason string
---@field took number seconds
---@field advice string on the weight, such as "weight 50 %"; empty for none
local EventResult = {}

---@class luavs.Job
local Job = {}
function Job:cancel() end

---@class luavs.Handler
local Handler = {}
function Handler:cancel() end

---@class luavs.Task
---@field done boolean it has ended
local Task = {}
function Task:cancel() end
