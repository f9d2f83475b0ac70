---@meta
-- The policies that LuaVS has, for the Lua language server.

policy = {}

---@class luavs.StandardPolicy
---@field quorum? integer the weight that must be up; 1 by default
---@field hysteresis? integer below quorum
---@field sorry_server? luavs.Member serves while the quorum is lost
---@field backups? (string|string[])[] tiers of declared servers that serve before the sorry server
---@field on_down? "remove"|"zero"|"drain"
---@field panic? string a share such as "30%": when fewer are up, all serve
---@field max_ejection? string checks take no more than this share of the servers out
---@field minimum_up? integer so many serve, whatever checks say

---keepalived's rules: a sorry server, a quorum, hysteresis; and Envoy's thresholds.
---@param fields? luavs.StandardPolicy
---@return luavs.Policy
function policy.standard(fields) end

---@class luavs.KeepalivedPolicy
---@field quorum? integer
---@field hysteresis? integer
---@field quorum_up? fun(ev: luavs.Event)
---@field quorum_down? fun(ev: luavs.Event)
---@field sorry_server? luavs.Member
---@field sorry_server_inhibit? boolean the sorry server waits with weight 0
---@field inhibit_on_failure? boolean a server that is down stays, with weight 0

---The rules of keepalived in its words.
---@param fields? luavs.KeepalivedPolicy
---@return luavs.Policy
function policy.keepalived(fields) end

---The rules of ldirectord in its words.
---@param fields? { quiescent?: boolean, fallback?: luavs.Member }
---@return luavs.Policy
function policy.ldirectord(fields) end

---@alias luavs.AnyPolicy luavs.Policy|fun(vs: luavs.VirtualServer): luavs.Member[], luavs.Decision?

---@class luavs.WeightedPolicy
---@field [1] fun(rs: luavs.RealServer): number?
---@field every? luavs.duration asks anew at these pauses, too
---@field over? luavs.AnyPolicy who serves; policy.standard {} by default

---A function says what each server weighs.
---@param fields luavs.WeightedPolicy|fun(rs: luavs.RealServer): number?
---@return luavs.Policy
function policy.weighted(fields) end

---Servers with a tag get a share of the traffic.
---@param fields { share: string, tag?: string, over?: luavs.AnyPolicy }
---@return luavs.Policy
function policy.canary(fields) end

---@class luavs.Remedy
---@field [1] fun(ev: luavs.Event) what is done about a server
---@field max? integer runs for one server within that time; 3 by default
---@field within? luavs.duration "1h" by default
---@field backoff? luavs.duration the pause after a run; twice as long after each further one; "1m" by default
---@field at_once? integer of so many servers at a time; 1 by default
---@field settle? luavs.duration a server that was well for so long starts from nothing; "1m" by default
---@field only_if? fun(ev: luavs.Event): boolean

---A handler of events that does something about a server, within limits.
---@param fields luavs.Remedy
---@return fun(ev: luavs.Event)
function remedy(fields) end

---@class luavs.BlueGreenPolicy
---@field blue string[] addresses of real servers
---@field green string[]
---@field active "blue"|"green"|fun(vs: luavs.VirtualServer): "blue"|"green"
---@field minimum_up? integer so many must be up to take over; 1 by default
---@field fall_back? boolean the other group serves while the active one has not so many
---@field on_down? "remove"|"zero" what becomes of who does not serve
---@field sorry_server? luavs.Member
---@field every? luavs.duration asks anew at these pauses, too

---Two groups of servers, of which one serves.
---@param fields luavs.BlueGreenPolicy
---@return luavs.Policy
function policy.blue_green(fields) end
