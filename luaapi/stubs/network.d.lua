---@meta

-- The modules for the network: http, tcp, tls, udp, dns, icmp.
-- Functions that wait return their result, or nil and a reason. They raise an
-- error only if they are called the wrong way, or while the policy loads.

---------------------------------------------------------------------- http --

---@class http
http = {}

---@class luavs.http.options
---@field headers? table<string, string>
---@field query? table<string, string|string[]> added to the query of the URL
---@field body? string at most one of body, json and form
---@field json? any sent as JSON, with its Content-Type
---@field form? table<string, string|string[]> sent as application/x-www-form-urlencoded
---@field auth? { user: string, password?: string } HTTP basic; or bearer, not both
---@field bearer? string a token
---@field timeout? luavs.duration of the whole exchange; default 5 s, least 1 ms
---@field max_body? integer bytes; default 1 MiB, at most 16 MiB
---@field verify? boolean default true: the certificate must be valid
---@field server_name? string for SNI and the certificate; default the URL's host
---@field roots? string certificates to trust in place of the system's: PEM, or the whole path of a file
---@field certificate? string a certificate to show: PEM, or a whole path
---@field key? string its key
---@field min_version? "1.0"|"1.1"|"1.2"|"1.3" of TLS; default 1.2
---@field proxy? string http://, https:// or socks5://
---@field source? string the local address to ask from
---@field interface? string the interface to ask through
---@field mark? integer the firewall mark of the packets
---@field follow? boolean default false: a redirect is an answer like any other; true follows up to 10

---@class luavs.http.request: luavs.http.options
---@field url string http:// or https://
---@field method? string default "GET"

---An answer, whatever its status. It can only be read.
---@class luavs.http.result
---@field ok boolean the status is 200 to 299
---@field status integer
---@field url string that answered
---@field body string as it was sent: nothing is unpacked
---@field headers table<string, string> names in lower case; a lookup ignores case
---@field took number seconds
local result = {}

---The body decoded as json.decode does.
---@return any value nil if it is no JSON
---@return string? reason
function result:json() end

---@param request luavs.http.request
---@return luavs.http.result?
---@return string? reason
---@return luavs.cause? cause
function http.request(request) end

---@param url string
---@param options? luavs.http.options
---@return luavs.http.result?
---@return string? reason
---@return luavs.cause? cause
function http.get(url, options) end

---@param url string
---@param options? luavs.http.options
---@return luavs.http.result?
---@return string? reason
---@return luavs.cause? cause
function http.head(url, options) end

---@param url string
---@param options? luavs.http.options
---@return luavs.http.result?
---@return string? reason
---@return luavs.cause? cause
function http.post(url, options) end

---@param url string
---@param options? luavs.http.options
---@return luavs.http.result?
---@return string? reason
---@return luavs.cause? cause
function http.put(url, options) end

---@param url string
---@param options? luavs.http.options
---@return luavs.http.result?
---@return string? reason
---@return luavs.cause? cause
function http.patch(url, options) end

---@param url string
---@param options? luavs.http.options
---@return luavs.http.result?
---@return string? reason
---@return luavs.cause? cause
function http.delete(url, options) end

----------------------------------------------------------------------- tcp --

---@class tcp
tcp = {}

---How to connect.
---@class luavs.outgoing
---@field timeout? luavs.duration default 5 s
---@field source? string the local address to ask from
---@field interface? string the interface to ask through
---@field mark? integer the firewall mark of the packets

---What went wrong, as the third result of tcp and udp and for try.
---@alias luavs.cause "refused"|"timeout"|"unreachable"|"tls"|"protocol"|"status"|"body"|"verdict"|"local"

---How to speak TLS.
---@class luavs.tls.options
---@field timeout? luavs.duration default 5 s
---@field server_name? string for SNI and the certificate; default the host
---@field verify? boolean default true: the certificate must be valid
---@field roots? string certificates to trust in place of the system's: PEM, or the whole path of a file
---@field certificate? string a certificate to show: PEM, or a whole path
---@field key? string its key
---@field alpn? string|string[] protocols to offer
---@field min_version? "1.0"|"1.1"|"1.2"|"1.3" default 1.2

---A connection. It is closed when the task that made it ends.
---@class luavs.connection
local connection = {}

---@param addr string "10.0.0.1:25", "[2001:db8::1]:25" or "mail.example.com:25"
---@param options? luavs.outgoing
---@return luavs.connection?
---@return string? reason
---@return luavs.cause? cause
function tcp.connect(addr, options) end

---@param data string
---@param options? { timeout?: luavs.duration } default 5 s
---@return true?
---@return string? reason
---@return luavs.cause? cause
function connection:send(data, options) end

---Receives a number of bytes, a line (without its end), or all until the server
---closes. After a failure what came is still there for the next receive.
---@param amount integer|"line"|"all" 1 to 65536 bytes
---@param options? { timeout?: luavs.duration } default 5 s
---@return string?
---@return string? reason
---@return luavs.cause? cause
function connection:receive(amount, options) end

---Receives everything up to the end of a text, or with re = true of what a
---regular expression (Go's) matches.
---@param text string
---@param options? { re?: boolean, timeout?: luavs.duration, max?: integer } 5 s, 65536 bytes
---@return string?
---@return string? reason
---@return luavs.cause? cause
function connection:expect(text, options) end

---Begins TLS: after connect for a port that speaks TLS only, or after the
---protocol's own STARTTLS.
---@param options? luavs.tls.options
---@return true?
---@return string? reason
---@return luavs.cause? cause
function connection:starttls(options) end

function connection:close() end

----------------------------------------------------------------------- tls --

---@class tls
tls = {}

---@class luavs.tls.connect: luavs.outgoing, luavs.tls.options

---Connects and makes a handshake.
---@param addr string "10.0.0.1:443"
---@param options? luavs.tls.connect
---@return luavs.connection?
---@return string? reason
---@return luavs.cause? cause
function tls.connect(addr, options) end

---The certificate that a server shows, good or not. It can only be read.
---@class luavs.tls.certificate
---@field valid boolean good for the server's name, today, of an authority that is trusted
---@field problem? string why it is not
---@field names string[] and addresses
---@field subject string
---@field issuer string
---@field not_before number as os.time counts
---@field not_after number
---@field days_left number negative when it has ended
---@field serial string hexadecimal
---@field sha256 string hexadecimal
---@field version string of TLS
---@field alpn string the protocol that was agreed on, or ""

---@param addr string "10.0.0.1:443"
---@param options? luavs.tls.connect without verify
---@return luavs.tls.certificate?
---@return string? reason
---@return luavs.cause? cause
function tls.inspect(addr, options) end

----------------------------------------------------------------------- udp --

---@class udp
udp = {}

---A socket that speaks to one server. It is closed when its task ends.
---@class luavs.socket
local socket = {}

---@param addr string "10.0.0.1:123"
---@param options? luavs.outgoing
---@return luavs.socket?
---@return string? reason
---@return luavs.cause? cause
function udp.connect(addr, options) end

---Sends one datagram.
---@param data string at most 65535 bytes
---@param options? { timeout?: luavs.duration } default 5 s
---@return true?
---@return string? reason
---@return luavs.cause? cause
function socket:send(data, options) end

---Receives one datagram of the server.
---@param options? { timeout?: luavs.duration, max?: integer } 5 s, 65535 bytes
---@return string?
---@return string? reason
---@return luavs.cause? cause
function socket:receive(options) end

function socket:close() end

----------------------------------------------------------------------- dns --

---@class dns
dns = {}

---@class luavs.dns.options
---@field type? "A"|"AAAA"|"SRV"|"TXT"|"PTR"|"MX"|"NS"|"CNAME" default A
---@field server? string the address of a name server; default as the machine has it
---@field timeout? luavs.duration default 5 s

---A record of SRV or MX; others are texts.
---@class luavs.dns.record
---@field host string
---@field port? integer of SRV
---@field priority? integer of SRV
---@field weight? integer of SRV
---@field preference? integer of MX

---@param name string or an address, for PTR
---@param options? luavs.dns.options
---@return (string|luavs.dns.record)[]? records
---@return number|string ttl for how many seconds they hold; without records: the reason
---@return luavs.cause? cause
function dns.lookup(name, options) end

---------------------------------------------------------------------- icmp --

---@class icmp
icmp = {}

---@class luavs.icmp.options: luavs.outgoing
---@field count? integer 1 to 100; default 1
---@field interval? luavs.duration default 200 ms
---@field size? integer bytes of data, 16 to 65000; default 56
---@field ttl? integer hops

---Times are in seconds. It can only be read.
---@class luavs.icmp.result
---@field sent integer
---@field received integer
---@field loss number 0 to 1
---@field min number
---@field avg number
---@field max number

---@param addr string no name
---@param options? luavs.icmp.options
---@return luavs.icmp.result? nil if nothing was answered
---@return string? reason
---@return luavs.cause? cause
function icmp.ping(addr, options) end
