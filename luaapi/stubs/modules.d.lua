---@meta

-- The modules for what is outside: http, tcp, udp, exec; for text: json, log; for
-- binary protocols: bytes, hash.
-- Functions that wait return their result, or nil and a reason. They raise an
-- error only if they are called the wrong way, or while the policy loads.

---A duration: a text such as "1500ms", "5s", "1h30m" or "14d", or a number of seconds.
---@alias luavs.duration string|number

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
---@return string? reason
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

---------------------------------------------------------------------- exec --

---@class exec
exec = {}

---@class luavs.exec.command: luavs.exec.options
---@field [integer] string the program and its arguments; no shell

---A program that ran to its end. It can only be read.
---@class luavs.exec.result
---@field ok boolean code 0
---@field code integer -1 if a signal ended it
---@field signal? string such as "SIGKILL"
---@field stdout string
---@field stderr string
---@field truncated boolean it wrote more than was kept
---@field took number seconds

---How a program is run.
---@class luavs.exec.options
---@field timeout? luavs.duration default 5 s; then SIGTERM, 2 s later SIGKILL
---@field stdin? string
---@field env? table<string, string> besides PATH and LANG=C
---@field dir? string default /
---@field user? string one of --exec-user; default the first of them
---@field output_limit? integer bytes kept of each output; default 65536, up to 16 MiB

---@param command luavs.exec.command
---@return luavs.exec.result?
---@return string? reason it could not be started, or ran too long
function exec.run(command) end

---Runs a line by /bin/sh.
---@param line string what comes from outside in it has to be quoted
---@param options? luavs.exec.options
---@return luavs.exec.result?
---@return string? reason
function exec.shell(line, options) end

---Words as a shell reads them back.
---@param ... string
---@return string
function exec.quote(...) end

---------------------------------------------------------------------- file --

---Files in the folders that --allow-files names.
---@class file
file = {}

---@param path string a whole path
---@param options? { max?: integer } bytes; default 1 MiB, at most 16 MiB
---@return string?
---@return string? reason
function file.read(path, options) end

---The lines without their ends.
---@param path string
---@param options? { max?: integer }
---@return string[]?
---@return string? reason
function file.lines(path, options) end

---@param path string
---@return boolean?
---@return string? reason
function file.exists(path) end

---It can only be read.
---@class luavs.file.info
---@field size integer
---@field modified number as os.time counts
---@field folder boolean

---@param path string
---@return luavs.file.info?
---@return string? reason
function file.info(path) end

---Calls f when the file has come, gone or changed.
---@param path string
---@param f fun(path: string)
---@param options? { every?: luavs.duration } default 1 s
---@return luavs.Job
function file.watch(path, f, options) end

----------------------------------------------------------------------- env --

---@class env
env = {}

---A variable that --allow-env names.
---@param name string
---@param default? string
---@return string?
function env.get(name, default) end

---------------------------------------------------------------------- data --

---@class data
data = {}

---Reads a file in the policy's folder or below, while the policy loads: .json is
---what json.decode makes of it, .csv a list of tables by the names in its first
---row, .txt a list of lines. When the file changes the policy is loaded anew.
---@param name string
---@return any
function data.load(name) end

--------------------------------------------------------------------- store --

---Values that outlive a reload and a restart, a policy's own.
---@class store
store = {}

---May be called while the policy loads.
---@generic T
---@param name string
---@param default? T what it returns if there is none
---@return any value
---@return string? reason
function store.get(name, default) end

---@param name string at most 256 bytes
---@param value any what json.encode takes, at most 65536 bytes as JSON; not nil
---@param options? { ttl?: luavs.duration } how long it is kept; for good if there is none
---@return true? done
---@return string? reason
function store.set(name, value, options) end

---@param name string
---@return boolean was it was there
function store.delete(name) end

---May be called while the policy loads.
---@param prefix? string of the names
---@return string[] names sorted
function store.keys(prefix) end

---------------------------------------------------------------------- json --

---@class json
---@field null userdata what null is in Lua
json = {}

---@param value any
---@param options? { pretty?: boolean }
---@return string? text
---@return string? reason
function json.encode(value, options) end

---@param text string
---@return any value nil if it is no JSON
---@return string? reason
function json.decode(text) end

---Marks a table as an array, so that an empty one is [] and not {}.
---@generic T: table
---@param list T
---@return T list
function json.array(list) end

----------------------------------------------------------------------- log --

---@class log
log = {}

---@param message any
---@param fields? table<string, any>
function log.debug(message, fields) end

---@param message any
---@param fields? table<string, any>
function log.info(message, fields) end

---@param message any
---@param fields? table<string, any>
function log.warn(message, fields) end

---@param message any
---@param fields? table<string, any>
function log.error(message, fields) end

--------------------------------------------------------------------- bytes --

---@class bytes
bytes = {}

---Numbers and texts as bytes: > big-endian, < little-endian (as at first), b B a
---byte, i1-i8 and I1-I8 whole numbers, f d, s1-s8 a text after its length, z a text
---and a zero byte, cN a text of N bytes, xN zeros.
---@param format string
---@param ... number|string
---@return string
function bytes.pack(format, ...) end

---The way back: the values, and where the next one begins.
---@param format string
---@param data string
---@param from? integer 1 by default
---@return any value nil if data is too short
---@return any ...
function bytes.unpack(format, data, from) end

---@param a string
---@param b string of the same length
---@return string
function bytes.xor(a, b) end

---@param data string
---@return string digits
function bytes.hex(data) end

---------------------------------------------------------------------- hash --

---Digests as raw bytes; bytes.hex writes them out.
---@class hash
hash = {}

---@param text string
---@return string
function hash.md5(text) end

---@param text string
---@return string
function hash.sha1(text) end

---@param text string
---@return string
function hash.sha256(text) end

---@param text string
---@return string
function hash.sha512(text) end

---@param name "md5"|"sha1"|"sha256"|"sha512"
---@param key string
---@param text string
---@return string
function hash.hmac(name, key, text) end

-------------------------------------------------------------------- base64 --

---@class base64
base64 = {}

---@class luavs.base64.options
---@field url? boolean the alphabet of URLs; default false
---@field padding? boolean = at the end; default true

---@param data string
---@param options? luavs.base64.options
---@return string
function base64.encode(data, options) end

---@param text string
---@param options? luavs.base64.options
---@return string? data
---@return string? reason
function base64.decode(text, options) end

------------------------------------------------------------------------ re --

---Regular expressions of RE2. What is no expression raises an error.
---@class re
re = {}

---What the groups match, or the whole if there are none.
---@param text string
---@param expr string
---@return string? match nil if there is none
---@return string? ...
function re.match(text, expr) end

---The same as a table: 0 is the whole, 1 and so on the groups, also by name.
---@param text string
---@param expr string
---@return table<integer|string, string>?
function re.captures(text, expr) end

---All matches: texts, or tables as of re.captures if there are groups.
---@param text string
---@param expr string
---@param most? integer
---@return (string|table<integer|string, string>)[]
function re.find_all(text, expr, most) end

---@param text string
---@param expr string
---@param with string $1 and ${name} are groups, $$ is a dollar
---@param most? integer
---@return string
function re.replace(text, expr, with, most) end

---What stands between the matches.
---@param text string
---@param expr string
---@param most? integer so many parts; the last has the rest
---@return string[]
function re.split(text, expr, most) end

---@param text string
---@return string expr that matches the text itself
function re.quote(text) end

----------------------------------------------------------------------- url --

---@class url
url = {}

---The parts of a URL. What is not there is nil.
---@class luavs.url
---@field scheme? string
---@field user? string
---@field password? string
---@field host? string without brackets
---@field port? integer
---@field path? string
---@field query? table<string, string|string[]>
---@field fragment? string
---@field opaque? string of a URL without a path, such as mailto:a@b

---@param text string
---@return luavs.url?
---@return string? reason
function url.parse(text) end

---@param parts luavs.url
---@return string
function url.build(parts) end

---@param text string
---@return string
function url.escape(text) end

---@param text string
---@return string?
---@return string? reason
function url.unescape(text) end

---------------------------------------------------------------------- time --

---Times are numbers of seconds since 1970 in UTC. Zones are "UTC" (the default),
---"local" or names such as "Europe/Berlin". Layouts are "rfc3339" (the default),
---"http", "mail" or such as "%Y-%m-%d %H:%M:%S".
---@class time
time = {}

---@return number seconds
function time.now() end

---@param t number
---@param layout? string
---@param zone? string
---@return string
function time.format(t, layout, zone) end

---@param text string
---@param layout? string
---@param zone? string of texts that name none
---@return number? t
---@return string? reason
function time.parse(text, layout, zone) end

---@param t number
---@param zone? string
---@return { year: integer, month: integer, day: integer, hour: integer, min: integer, sec: integer, wday: integer, yday: integer, isdst: boolean }
function time.parts(t, zone) end

---@param zone string
---@param t? number default now
---@return string name such as "CET"
---@return integer offset seconds ahead of UTC
function time.zone(zone, t) end

---@param d luavs.duration
---@return number? seconds
---@return string? reason
function time.duration(d) end

------------------------------------------------------------------- metrics --

---Figures for Prometheus, with the daemon's own.
---@class metrics
metrics = {}

---@class luavs.counter
local counter = {}

---@param n? number 1 by default, never negative
---@param labels? table<string, string>
---@return true?
---@return string? reason
function counter:add(n, labels) end

---@class luavs.gauge
local gauge = {}

---@param n? number 1 by default
---@param labels? table<string, string>
---@return true?
---@return string? reason
function gauge:add(n, labels) end

---@param n number
---@param labels? table<string, string>
---@return true?
---@return string? reason
function gauge:set(n, labels) end

---Something that grows.
---@param name string letters, digits and _
---@param help? string
---@return luavs.counter
function metrics.counter(name, help) end

---Something that goes up and down.
---@param name string letters, digits and _
---@param help? string
---@return luavs.gauge
function metrics.gauge(name, help) end
