---@meta

-- The kernel level: services and destinations as IPVS has them, in the words of
-- ipvsadm. One call is one request. What the kernel refuses is a Lua error.

---@class ipvs
ipvs = {}

---@class luavs.ipvs.key
---@field addr? string "10.0.0.1", or "10.0.0.1:80" with the port
---@field port? integer 0 to 65535
---@field protocol? "tcp"|"udp"|"sctp" default "tcp"
---@field fwmark? integer 1 to 4294967295, in place of addr, port and protocol
---@field family? "inet"|"inet6" of a firewall mark; default "inet"

---@class luavs.ipvs.service.options: luavs.ipvs.key
---@field scheduler? string default "wlc"
---@field scheduler_flags? string|string[] "sh-fallback", "sh-port", "mh-fallback", "mh-port", "flag-1", "flag-2", "flag-3"
---@field persistence? string|number whole seconds up to 4294967; 0, the default, for none
---@field persistence_netmask? string|integer "255.255.255.0" or the length of a prefix
---@field one_packet? boolean udp only
---@field pe? string a persistence engine, such as "sip"

---Writing a field acts at once if the kernel has the service. The fields of the
---key cannot be written.
---@class luavs.ipvs.service
---@field addr? string without the port; nil for a firewall mark
---@field port? integer
---@field protocol? "tcp"|"udp"|"sctp"
---@field fwmark? integer
---@field family "inet"|"inet6"
---@field scheduler string
---@field scheduler_flags string[]
---@field persistence number seconds
---@field persistence_netmask? string|integer a mask for IPv4, the length of a prefix for IPv6
---@field one_packet boolean
---@field pe string "" for none
---@field dests luavs.ipvs.dest[] a new list, read from the kernel now
---@field stats luavs.ipvs.stats
local service = {}

---@class luavs.ipvs.dest.options
---@field addr string "192.168.0.1", or "192.168.0.1:80" with the port
---@field port? integer 0 to 65535
---@field weight? integer 0 to 2147483647; default 1
---@field forward? "nat"|"dr"|"tunnel"|"local" default "nat"
---@field tunnel? "ipip"|"gre"|luavs.ipvs.tunnel how a tunnel wraps; default "ipip"
---@field upper_threshold? integer connections; 0, the default, for no limit
---@field lower_threshold? integer connections; 0 for three quarters of the upper

---@class luavs.ipvs.tunnel
---@field type? "ipip"|"gue"|"gre" default "ipip"
---@field port? integer gue only, and needed there
---@field checksum? "none"|"csum"|"remcsum" default "none"

---Writing a field acts at once if the destination is in a service. The address
---cannot be written.
---@class luavs.ipvs.dest
---@field addr string without the port
---@field port integer
---@field weight integer
---@field forward "nat"|"dr"|"tunnel"|"local"
---@field tunnel? luavs.ipvs.tunnel nil unless forward is "tunnel"
---@field upper_threshold integer
---@field lower_threshold integer
---@field active_connections integer read from the kernel
---@field inactive_connections integer read from the kernel
---@field persistent_connections integer read from the kernel
---@field stats luavs.ipvs.stats read from the kernel

---Rates are per second. Numbers are exact up to 2^53. They can only be read.
---@class luavs.ipvs.stats
---@field connections integer
---@field in_packets integer
---@field out_packets integer
---@field in_bytes integer
---@field out_bytes integer
---@field connection_rate integer
---@field in_packet_rate integer
---@field out_packet_rate integer
---@field in_byte_rate integer
---@field out_byte_rate integer

---@class luavs.ipvs.info
---@field version string
---@field connection_table integer buckets

---In seconds.
---@class luavs.ipvs.timeouts
---@field tcp number
---@field tcpfin number
---@field udp number

---@class luavs.ipvs.daemon
---@field role "master"|"backup"
---@field interface string
---@field sync_id integer
---@field max_len integer bytes of a message
---@field group string
---@field port integer
---@field ttl integer

---@class luavs.ipvs.connection.filter
---@field protocol? "tcp"|"udp"|"sctp"
---@field client? string an address or a network
---@field virtual? string an address, with or without a port
---@field destination? string an address, with or without a port
---@field state? string such as "ESTABLISHED"
---@field service? string such as "tcp 10.0.0.1:80"
---@field templates? "with"|"without"|"only" those of persistence
---@field limit? integer

---@class luavs.ipvs.connection
---@field protocol string empty for the template of a firewall mark
---@field client string
---@field virtual string empty for the template of a firewall mark
---@field destination string
---@field state string
---@field expires number seconds
---@field template boolean
---@field fwmark integer
---@field pe string
---@field pe_data string

---Makes an object; the kernel knows nothing of it until it is added.
---@param options luavs.ipvs.service.options
---@return luavs.ipvs.service
function ipvs.service(options) end

---Makes an object; the kernel knows nothing of it until it is added.
---@param options luavs.ipvs.dest.options
---@return luavs.ipvs.dest
function ipvs.dest(options) end

---All services of the kernel, sorted.
---@return luavs.ipvs.service[]
function ipvs.services() end

---The service the kernel has at a key, such as "10.0.0.1:80", "udp 10.0.0.1:53",
---"fwmark 7 inet6" or { addr = "10.0.0.1", port = 80 }; nil if it has none.
---@param key string|luavs.ipvs.key
---@return luavs.ipvs.service?
function ipvs.find(key) end

---Deletes all services.
function ipvs.flush() end

---Sets the counters of all services to zero.
function ipvs.zero() end

---Sends the changes that f makes in one go when f has returned; none if f fails.
---@param f fun()
function ipvs.batch(f) end

---What IPVS the kernel has.
---@return luavs.ipvs.info
function ipvs.info() end

---How long connections without packets are kept; those that are named in the
---table are changed first.
---@param change? { tcp?: luavs.duration, tcpfin?: luavs.duration, udp?: luavs.duration }
---@return luavs.ipvs.timeouts
function ipvs.timeouts(change) end

---A variable of net.ipv4.vs, such as "expire_nodest_conn"; with a value it is
---changed first.
---@param name string
---@param value? number|string|boolean
---@return number|string
function ipvs.sysctl(name, value) end

---The sync daemons that run.
---@return luavs.ipvs.daemon[]
function ipvs.daemons() end

---@param options { role: "master"|"backup", interface: string, sync_id?: integer, max_len?: integer, group?: string, port?: integer, ttl?: integer }
function ipvs.start_daemon(options) end

---@param role "master"|"backup"
function ipvs.stop_daemon(role) end

---Connections that the kernel tracks, and whether there are more than limit.
---@param filter? luavs.ipvs.connection.filter
---@return luavs.ipvs.connection[] connections
---@return boolean more
function ipvs.connections(filter) end

function service:add() end

---Makes the kernel's service look like the object.
function service:update() end

---Deletes the service with its destinations.
function service:delete() end

---Sets the counters of the service and its destinations to zero.
function service:zero() end

---@param dest luavs.ipvs.dest
function service:add_dest(dest) end

---Adds many in one go.
---@param list luavs.ipvs.dest[]
function service:add_dests(list) end

---Makes the kernel's destination look like the object.
---@param dest luavs.ipvs.dest
function service:update_dest(dest) end

---@param dest luavs.ipvs.dest
function service:del_dest(dest) end

---The destination with an address, such as "192.168.0.1:80", as the kernel has
---it now; nil if it has none. A destination may stand for its address.
---@param addr string|luavs.ipvs.dest
---@return luavs.ipvs.dest?
function service:find_dest(addr) end
