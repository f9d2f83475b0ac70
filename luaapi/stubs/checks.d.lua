---@meta
-- The checks a LuaVS policy declares, for the Lua language server.

---@class luavs.Check

---@class luavs.FallByCause
---@field [1]? integer for causes that have none of their own; 3 by default
---@field refused? integer
---@field timeout? integer
---@field unreachable? integer
---@field tls? integer
---@field protocol? integer
---@field status? integer
---@field header? integer
---@field body? integer
---@field exit? integer
---@field signal? integer
---@field verdict? integer

---@class luavs.CheckFields
---@field every? luavs.duration "2s" by default, or timeout if that is longer
---@field cron? string in place of every
---@field timeout? luavs.duration "1s" by default, or every if that is shorter
---@field rise? integer 2 by default
---@field fall? integer|luavs.FallByCause 3 by default
---@field fastinter? luavs.duration the pause while rise or fall is being counted
---@field downinter? luavs.duration the pause while the check is down and no answer speaks against it
---@field jitter? luavs.duration|string each run starts later by chance, by less than this: a duration or a part of every such as "10%"
---@field initial? "unknown"|"up"|"down"|"fully-up"|"fully-down" what is thought of the server before the first answer; "unknown" by default
---@field degraded_weight? integer|string the weight while its answers are degraded and advise none: 5 or "50%"
---@field rules? "haproxy"|"keepalived"|"ldirectord" another director's values of these fields, where they are not given
---@field addr? string of checks that connect: the address to ask
---@field port? integer of checks that connect: the port to ask
---@field via? "server"|"service" of checks over TCP: ask the server itself, or the virtual server's address by the way that its clients are led to this server
---@field source? string of checks that connect: the local address to ask from
---@field interface? string of checks that connect: the interface to ask through
---@field mark? integer of checks that connect: the firewall mark of the packets

---@class luavs.HTTPCheckFields
---@field path? string "/" by default
---@field method? string "GET" by default
---@field host? string the Host header
---@field headers? table<string, string> of the request
---@field auth? { user: string, password?: string }
---@field bearer? string a token
---@field request_body? string
---@field version? "1.0"|"1.1"|"2"
---@field redirects? integer how many are followed, to the same server only; 0 by default
---@field reuse? boolean the connection is kept for the next run
---@field proxy_protocol? "v1"|"v2"
---@field through? string an HTTP proxy to ask by, such as "10.0.0.5:3128"
---@field proxy_for? string the server is an HTTP proxy: fetch from this host
---@field proxy_auth? { user: string, password?: string }
---@field status? integer|string|(integer|string)[] 200-299 by default
---@field degraded_status? integer|string|(integer|string)[] accepted as degraded
---@field response_headers? table<string, string|boolean|{ match: string }>
---@field body? string a text that the body has to hold
---@field body_match? string
---@field json? table<string, string|number|boolean|{ min?: number, max?: number, match?: string, exists?: boolean }> by path, such as "db.connected"
---@field body_limit? integer
---@field degraded_latency? luavs.duration slower answers are degraded
---@field max_latency? luavs.duration slower answers fail

---@class luavs.TLSFields
---@field server_name? string the name for SNI and for the certificate
---@field verify? boolean true by default
---@field roots? string PEM certificates to trust in place of the system's
---@field certificate? string PEM, the check's own
---@field key? string PEM, of certificate
---@field alpn? string|string[] protocols to offer
---@field min_version? "1.0"|"1.1"|"1.2"|"1.3" "1.2" by default
---@field warn_before? luavs.duration a certificate that ends within this time is degraded
---@field fail_before? luavs.duration a certificate that ends within this time fails

---@class luavs.GRPCCheckFields
---@field service? string the service to ask for; the whole server by default
---@field authority? string the name of the server
---@field headers? table<string, string> metadata
---@field auth? { user: string, password?: string }
---@field bearer? string a token
---@field tls? boolean
---@field proxy_protocol? "v1"|"v2"

check = {}

---A turn of a conversation.
---@class luavs.Step
---@field send? string goes first
---@field send_hex? string the same in hexadecimal digits
---@field expect? string what the answer has to hold
---@field expect_match? string a regular expression (RE2) that it has to match
---@field expect_hex? string bytes that it has to hold, in hexadecimal digits; a dot is any digit

---@class luavs.TCPCheckFields: luavs.CheckFields, luavs.Step
---@field steps? luavs.Step[] a longer conversation
---@field proxy_protocol? "v1"|"v2" the PROXY protocol header that goes first
---@param fields? luavs.TCPCheckFields
---@return luavs.Check
function check.tcp(fields) end

---@class luavs.TLSCheckFields: luavs.TCPCheckFields, luavs.TLSFields
---@param fields? luavs.TLSCheckFields
---@return luavs.Check
function check.tls(fields) end

---@class luavs.UDPCheckFields: luavs.CheckFields, luavs.Step
---@field reply? boolean whether an answer is needed; true by default where something is expected of it
---@field min_length? integer bytes that the answer has at least
---@field max_length? integer bytes that it has at most
---@param fields? luavs.UDPCheckFields
---@return luavs.Check
function check.udp(fields) end

---@class luavs.DNSCheckFields: luavs.CheckFields
---@field name? string the name asked for; "." by default
---@field type? "A"|"AAAA"|"CNAME"|"MX"|"NS"|"PTR"|"SOA"|"SRV"|"TXT" "SOA" by default
---@field transport? "udp"|"tcp" "udp" by default, and tcp when the answer is cut short
---@field recursion? boolean false asks for what the server knows itself
---@field edns? integer the size of answers over UDP, 512 to 65535, 1232 by default; 0 asks without EDNS
---@field rcode? string|string[] accepted codes; "NOERROR" by default
---@field answer? string|string[] records that have to be there
---@field answer_match? string a regular expression (RE2) that one record has to match
---@field min_answers? integer so many records have to be there; 0 by default
---@param fields? luavs.DNSCheckFields
---@return luavs.Check
function check.dns(fields) end

---@class luavs.ICMPCheckFields: luavs.CheckFields
---@field count? integer requests that are sent at most, 1 to 100; 1 by default
---@field replies? integer how many of them have to be answered; 1 by default
---@field interval? luavs.duration between two requests; "200ms" by default
---@field size? integer bytes of data, 16 to 65000; 56 by default
---@field ttl? integer hops that a request may take
---@param fields? luavs.ICMPCheckFields
---@return luavs.Check
function check.icmp(fields) end

---@param fields? luavs.CheckFields|luavs.HTTPCheckFields
---@return luavs.Check
function check.http(fields) end
---@param fields? luavs.CheckFields|luavs.HTTPCheckFields|luavs.TLSFields
---@return luavs.Check
function check.https(fields) end
---gRPC's health service.
---@param fields? luavs.CheckFields|luavs.GRPCCheckFields|luavs.TLSFields
---@return luavs.Check
function check.grpc(fields) end
---@param fields luavs.CheckFields|{ [integer]: string, env?: table<string, string>, dir?: string, stdin?: string, user?: string, output_limit?: integer, convention?: "keepalived"|"ldirectord"|"haproxy", weight_from?: "exit"|"output" }
---@return luavs.Check
function check.exec(fields) end
---Asks an agent on the server, as HAProxy's agent-check does; port is needed.
---@param fields luavs.CheckFields|{ port: integer, send?: string }
---@return luavs.Check
function check.agent(fields) end
---Looks at a file on the director, at once when it changes: path or folder is needed.
---@param fields luavs.CheckFields|{ want: "absent"|"present"|"number", path?: string, folder?: string, names?: string|string[], weight?: integer, reverse?: boolean }
---@return luavs.Check
function check.file(fields) end
---Waits for reports (luavs report): down when none came for longer than ttl.
---@param fields { ttl: luavs.duration, name?: string, initial?: string }
---@return luavs.Check
function check.ttl(fields) end
---@param fields luavs.CheckFields|{ [1]: fun(rs: luavs.RealServer): boolean|"degraded"|nil, string?, luavs.cause|integer|string|nil }
---@return luavs.Check
function check.lua(fields) end
---Defines a kind of check: check.NAME {...}, with settings of these names and types.
---@param name string
---@param defaults table<string, string|number|boolean|string[]> a list of words: one of them, the first by default
---@param probe fun(rs: luavs.RealServer, o: table): boolean?, string?, luavs.cause? o has the settings, and addr and route for tcp.connect and udp.connect
---@param mistake? fun(o: table): string|false|nil what is wrong with the settings
function check.define(name, defaults, probe, mistake) end
---@param fields? luavs.CheckFields
---@return luavs.Check
function check.amqp(fields) end
---@param fields? luavs.CheckFields|{ user?: string, password?: string }
---@return luavs.Check
function check.ftp(fields) end
---@param fields? luavs.CheckFields|{ user?: string, password?: string, tls?: "none"|"starttls"|"implicit", server_name?: string, verify?: boolean, roots?: string }
---@return luavs.Check
function check.imap(fields) end
---@param fields? luavs.CheckFields|{ bind_dn?: string, password?: string, tls?: "none"|"implicit", server_name?: string, verify?: boolean, roots?: string }
---@return luavs.Check
function check.ldap(fields) end
---@param fields? luavs.CheckFields
---@return luavs.Check
function check.memcached(fields) end
---@param fields? luavs.CheckFields
---@return luavs.Check
function check.mysql(fields) end
---@param fields? luavs.CheckFields|{ group?: string }
---@return luavs.Check
function check.nntp(fields) end
---@param fields? luavs.CheckFields|{ max_stratum?: integer, max_offset?: number }
---@return luavs.Check
function check.ntp(fields) end
---@param fields? luavs.CheckFields|{ user?: string, password?: string, tls?: "none"|"starttls"|"implicit", server_name?: string, verify?: boolean, roots?: string }
---@return luavs.Check
function check.pop3(fields) end
---@param fields? luavs.CheckFields|{ user?: string, database?: string }
---@return luavs.Check
function check.postgresql(fields) end
---@param fields luavs.CheckFields|{ secret: string, user?: string, password?: string }
---@return luavs.Check
function check.radius(fields) end
---@param fields? luavs.CheckFields|{ role?: "any"|"master"|"replica", user?: string, password?: string }
---@return luavs.Check
function check.redis(fields) end
---@param fields? luavs.CheckFields|{ uri?: string, from?: string, transport?: "udp"|"tcp", status?: string }
---@return luavs.Check
function check.sip(fields) end
---@param fields? luavs.CheckFields|{ helo?: string, tls?: "none"|"starttls"|"implicit", server_name?: string, verify?: boolean, roots?: string }
---@return luavs.Check
function check.smtp(fields) end

---Up if each of its parts is; what a plain list is, too.
---@param checks luavs.Check[]
---@return luavs.Check
function check.all(checks) end
---Up if one of its parts is.
---@param checks luavs.Check[]
---@return luavs.Check
function check.any(checks) end
---Up if so many of its parts are: `check.at_least { 2, a, b, c }`.
---@param checks (integer|luavs.Check)[]
---@return luavs.Check
function check.at_least(checks) end
---Up if a function says so: `check.combine { a, b, function(results, rs) return true end }`.
---@param checks (luavs.Check|fun(results: luavs.CheckState[], rs: luavs.RealServer): boolean|"degraded"|nil, string?, luavs.cause|integer|string|nil)[]
---@return luavs.Check
function check.combine(checks) end
