---@meta
-- The words of keepalived.conf after require "keepalived", for the Lua language
-- server. docs/keepalived.md tells what each means.

---@class luavs.KeepalivedWord
---@class luavs.KeepalivedBlock

---@param where string "10.0.0.1 80", "fwmark 7" or "group NAME"
---@return fun(fields: table): luavs.VirtualServer
function virtual_server(where) end

---@param name string
---@return fun(lines: string[])
function virtual_server_group(name) end

---@param where string "192.168.0.1 80"
---@return luavs.KeepalivedBlock|fun(fields: table): luavs.KeepalivedBlock
function real_server(where) end

---@param fields? table
---@return luavs.KeepalivedBlock
function HTTP_GET(fields) end
---@param fields? table
---@return luavs.KeepalivedBlock
function SSL_GET(fields) end
---@param fields? table
---@return luavs.KeepalivedBlock
function TCP_CHECK(fields) end
---@param fields? table
---@return luavs.KeepalivedBlock
function SMTP_CHECK(fields) end
---@param fields? table
---@return luavs.KeepalivedBlock
function DNS_CHECK(fields) end
---@param fields? table
---@return luavs.KeepalivedBlock
function MISC_CHECK(fields) end
---@param fields? table
---@return luavs.KeepalivedBlock
function UDP_CHECK(fields) end
---@param fields? table
---@return luavs.KeepalivedBlock
function PING_CHECK(fields) end
---@param fields? table
---@return luavs.KeepalivedBlock
function url(fields) end

---@param value number
---@return luavs.KeepalivedWord
function delay_loop(value) end
---@param value number
---@return luavs.KeepalivedWord
function delay_before_retry(value) end
---@param value number
---@return luavs.KeepalivedWord
function retry(value) end
---@param value number
---@return luavs.KeepalivedWord
function connect_timeout(value) end
---@param value number
---@return luavs.KeepalivedWord
function weight(value) end
---@param value? number
---@return luavs.KeepalivedWord
function persistence_timeout(value) end
---@param value number
---@return luavs.KeepalivedWord
function quorum(value) end
---@param value number
---@return luavs.KeepalivedWord
function hysteresis(value) end
---@param value number
---@return luavs.KeepalivedWord
function uthreshold(value) end
---@param value number
---@return luavs.KeepalivedWord
function lthreshold(value) end
---@param value number
---@return luavs.KeepalivedWord
function connect_port(value) end
---@param value number
---@return luavs.KeepalivedWord
function fwmark(value) end
---@param value number
---@return luavs.KeepalivedWord
function misc_timeout(value) end
---@param value number
---@return luavs.KeepalivedWord
function min_reply_length(value) end
---@param value number
---@return luavs.KeepalivedWord
function max_reply_length(value) end
---@param value string|number|table
---@return luavs.KeepalivedWord
function lb_algo(value) end
---@param value string|number|table
---@return luavs.KeepalivedWord
function lvs_sched(value) end
---@param value string|number|table
---@return luavs.KeepalivedWord
function lb_kind(value) end
---@param value string|number|table
---@return luavs.KeepalivedWord
function lvs_method(value) end
---@param value string|number|table
---@return luavs.KeepalivedWord
function protocol(value) end
---@param value string|number|table
---@return luavs.KeepalivedWord
function ip_family(value) end
---@param value string|number|table
---@return luavs.KeepalivedWord
function persistence_engine(value) end
---@param value string|number|table
---@return luavs.KeepalivedWord
function persistence_granularity(value) end
---@param value string|number|table
---@return luavs.KeepalivedWord
function sorry_server(value) end
---@param value string|number|table
---@return luavs.KeepalivedWord
function sorry_server_lvs_method(value) end
---@param value string|number|table
---@return luavs.KeepalivedWord
function virtualhost(value) end
---@param value string|number|table
---@return luavs.KeepalivedWord
function name(value) end
---@param value string|number|table
---@return luavs.KeepalivedWord
function connect_ip(value) end
---@param value string|number|table
---@return luavs.KeepalivedWord
function bindto(value) end
---@param value string|number|table
---@return luavs.KeepalivedWord
function bind_if(value) end
---@param value string|number|table
---@return luavs.KeepalivedWord
function http_protocol(value) end
---@param value string|number|table
---@return luavs.KeepalivedWord
function path(value) end
---@param value string|number|table
---@return luavs.KeepalivedWord
function regex(value) end
---@param value string|number|table
---@return luavs.KeepalivedWord
function helo_name(value) end
---@param value string|number|table
---@return luavs.KeepalivedWord
function misc_path(value) end
---@param value string|number|table
---@return luavs.KeepalivedWord
function user(value) end
---@param value string|number|table
---@return luavs.KeepalivedWord
function payload(value) end
---@param value string|number|table
---@return luavs.KeepalivedWord
function require_reply(value) end
---@param value string|number|table
---@return luavs.KeepalivedWord
function status_code(value) end
---@param value function|string|string[]
---@return luavs.KeepalivedWord
function quorum_up(value) end
---@param value function|string|string[]
---@return luavs.KeepalivedWord
function quorum_down(value) end
---@param value function|string|string[]
---@return luavs.KeepalivedWord
function notify_up(value) end
---@param value function|string|string[]
---@return luavs.KeepalivedWord
function notify_down(value) end
---@param value function|string|string[]
---@return luavs.KeepalivedWord
function healthcheck(value) end
---@param value? boolean
---@return luavs.KeepalivedWord
function alpha(value) end
---@param value? boolean
---@return luavs.KeepalivedWord
function omega(value) end
---@param value? boolean
---@return luavs.KeepalivedWord
function inhibit_on_failure(value) end
---@param value? boolean
---@return luavs.KeepalivedWord
function sorry_server_inhibit(value) end
---@param value? boolean
---@return luavs.KeepalivedWord
function ops(value) end
---@param value? boolean
---@return luavs.KeepalivedWord
function sh_port(value) end
---@param value? boolean
---@return luavs.KeepalivedWord
function sh_fallback(value) end
---@param value? boolean
---@return luavs.KeepalivedWord
function mh_port(value) end
---@param value? boolean
---@return luavs.KeepalivedWord
function mh_fallback(value) end
---@param value? boolean
---@return luavs.KeepalivedWord
function flag_1(value) end
---@param value? boolean
---@return luavs.KeepalivedWord
function flag_2(value) end
---@param value? boolean
---@return luavs.KeepalivedWord
function flag_3(value) end
---@param value? boolean
---@return luavs.KeepalivedWord
function enable_sni(value) end
---@param value? boolean
---@return luavs.KeepalivedWord
function tls_compliant(value) end
---@param value? boolean
---@return luavs.KeepalivedWord
function misc_dynamic(value) end
