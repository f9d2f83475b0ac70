---@meta keepalived
-- The words of keepalived.conf after require "keepalived", for the Lua language
-- server. docs/keepalived.md tells what each means.

---@class luavs.keepalived.word
---@class luavs.keepalived.block

---@param where string "10.0.0.1 80", "fwmark 7" or "group NAME"
---@return fun(fields: table): luavs.VirtualServer
function virtual_server(where) end

---@param name string
---@return fun(lines: string[])
function virtual_server_group(name) end

---@param where string "192.168.0.1 80"
---@return luavs.keepalived.block|fun(fields: table): luavs.keepalived.block
function real_server(where) end

---@param fields? table
---@return luavs.keepalived.block
function HTTP_GET(fields) end
---@param fields? table
---@return luavs.keepalived.block
function SSL_GET(fields) end
---@param fields? table
---@return luavs.keepalived.block
function TCP_CHECK(fields) end
---@param fields? table
---@return luavs.keepalived.block
function SMTP_CHECK(fields) end
---@param fields? table
---@return luavs.keepalived.block
function DNS_CHECK(fields) end
---@param fields? table
---@return luavs.keepalived.block
function MISC_CHECK(fields) end
---@param fields? table
---@return luavs.keepalived.block
function UDP_CHECK(fields) end
---@param fields? table
---@return luavs.keepalived.block
function PING_CHECK(fields) end
---@param fields? table
---@return luavs.keepalived.block
function url(fields) end

---@param value number
---@return luavs.keepalived.word
function delay_loop(value) end
---@param value number
---@return luavs.keepalived.word
function delay_before_retry(value) end
---@param value number
---@return luavs.keepalived.word
function retry(value) end
---@param value number
---@return luavs.keepalived.word
function connect_timeout(value) end
---@param value number
---@return luavs.keepalived.word
function weight(value) end
---@param value? number
---@return luavs.keepalived.word
function persistence_timeout(value) end
---@param value number
---@return luavs.keepalived.word
function quorum(value) end
---@param value number
---@return luavs.keepalived.word
function hysteresis(value) end
---@param value number
---@return luavs.keepalived.word
function uthreshold(value) end
---@param value number
---@return luavs.keepalived.word
function lthreshold(value) end
---@param value number
---@return luavs.keepalived.word
function connect_port(value) end
---@param value number
---@return luavs.keepalived.word
function fwmark(value) end
---@param value number
---@return luavs.keepalived.word
function misc_timeout(value) end
---@param value number
---@return luavs.keepalived.word
function min_reply_length(value) end
---@param value number
---@return luavs.keepalived.word
function max_reply_length(value) end
---@param value string|number|table
---@return luavs.keepalived.word
function lb_algo(value) end
---@param value string|number|table
---@return luavs.keepalived.word
function lvs_sched(value) end
---@param value string|number|table
---@return luavs.keepalived.word
function lb_kind(value) end
---@param value string|number|table
---@return luavs.keepalived.word
function lvs_method(value) end
---@param value string|number|table
---@return luavs.keepalived.word
function protocol(value) end
---@param value string|number|table
---@return luavs.keepalived.word
function ip_family(value) end
---@param value string|number|table
---@return luavs.keepalived.word
function persistence_engine(value) end
---@param value string|number|table
---@return luavs.keepalived.word
function persistence_granularity(value) end
---@param value string|number|table
---@return luavs.keepalived.word
function sorry_server(value) end
---@param value string|number|table
---@return luavs.keepalived.word
function sorry_server_lvs_method(value) end
---@param value string|number|table
---@return luavs.keepalived.word
function virtualhost(value) end
---@param value string|number|table
---@return luavs.keepalived.word
function name(value) end
---@param value string|number|table
---@return luavs.keepalived.word
function connect_ip(value) end
---@param value string|number|table
---@return luavs.keepalived.word
function bindto(value) end
---@param value string|number|table
---@return luavs.keepalived.word
function bind_if(value) end
---@param value string|number|table
---@return luavs.keepalived.word
function http_protocol(value) end
---@param value string|number|table
---@return luavs.keepalived.word
function path(value) end
---@param value string|number|table
---@return luavs.keepalived.word
function regex(value) end
---@param value string|number|table
---@return luavs.keepalived.word
function helo_name(value) end
---@param value string|number|table
---@return luavs.keepalived.word
function misc_path(value) end
---@param value string|number|table
---@return luavs.keepalived.word
function user(value) end
---@param value string|number|table
---@return luavs.keepalived.word
function payload(value) end
---@param value string|number|table
---@return luavs.keepalived.word
function require_reply(value) end
---@param value string|number|table
---@return luavs.keepalived.word
function status_code(value) end
---@param value function|string|string[]
---@return luavs.keepalived.word
function quorum_up(value) end
---@param value function|string|string[]
---@return luavs.keepalived.word
function quorum_down(value) end
---@param value function|string|string[]
---@return luavs.keepalived.word
function notify_up(value) end
---@param value function|string|string[]
---@return luavs.keepalived.word
function notify_down(value) end
---@param value function|string|string[]
---@return luavs.keepalived.word
function healthcheck(value) end
---@param value? boolean
---@return luavs.keepalived.word
function alpha(value) end
---@param value? boolean
---@return luavs.keepalived.word
function omega(value) end
---@param value? boolean
---@return luavs.keepalived.word
function inhibit_on_failure(value) end
---@param value? boolean
---@return luavs.keepalived.word
function sorry_server_inhibit(value) end
---@param value? boolean
---@return luavs.keepalived.word
function ops(value) end
---@param value? boolean
---@return luavs.keepalived.word
function sh_port(value) end
---@param value? boolean
---@return luavs.keepalived.word
function sh_fallback(value) end
---@param value? boolean
---@return luavs.keepalived.word
function mh_port(value) end
---@param value? boolean
---@return luavs.keepalived.word
function mh_fallback(value) end
---@param value? boolean
---@return luavs.keepalived.word
function flag_1(value) end
---@param value? boolean
---@return luavs.keepalived.word
function flag_2(value) end
---@param value? boolean
---@return luavs.keepalived.word
function flag_3(value) end
---@param value? boolean
---@return luavs.keepalived.word
function enable_sni(value) end
---@param value? boolean
---@return luavs.keepalived.word
function tls_compliant(value) end
---@param value? boolean
---@return luavs.keepalived.word
function misc_dynamic(value) end
