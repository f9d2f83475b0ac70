---@meta

-- The modules that work on texts and bytes: json, bytes, hash, base64, re, url,
-- time. None of them waits.

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
