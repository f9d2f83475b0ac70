---@meta
-- Where servers may be listed besides the policy's text.

---@class luavs.Source
local Source = {}

---@class luavs.SourceFields
---@field every? luavs.duration the pause between questions, "1s" or longer
---@field timeout? luavs.duration
---@field allow_empty? boolean an empty list means that there are none; otherwise it is refused
---@field at_once? boolean whom it lists serves before the first check has answered

---@class luavs.FileSourceFields: luavs.SourceFields
---@field path string ends in .json, .yaml or .yml

---@class luavs.DNSSourceFields: luavs.SourceFields
---@field name string
---@field type? "A"|"AAAA"|"SRV" "A" by default
---@field port? integer of A and AAAA; that of the virtual server by default
---@field family? "inet"|"inet6" of SRV: which addresses of its targets; "inet" by default
---@field resolver? string address of a name server; those of /etc/resolv.conf by default

---@class luavs.HTTPSourceFields: luavs.SourceFields
---@field url string
---@field headers? table<string, string>
---@field bearer? string
---@field auth? { user: string, password: string }
---@field insecure? boolean the certificate is not looked at

---@class luavs.ScriptSourceFields: luavs.SourceFields
---@field [1] fun(): (string|table)[]?, string? the list; or nil and a reason

---A list in a file, which is followed.
---@param fields luavs.FileSourceFields
---@return luavs.Source
function source.file(fields) end

---The addresses of a name.
---@param fields luavs.DNSSourceFields
---@return luavs.Source
function source.dns(fields) end

---A list in JSON.
---@param fields luavs.HTTPSourceFields
---@return luavs.Source
function source.http(fields) end

---A function that lists servers.
---@param fields luavs.ScriptSourceFields
---@return luavs.Source
function source.lua(fields) end

---@class luavs.SourceState
---@field name string
---@field servers integer how many it lists
---@field age number seconds since its last answer that could be used; -1 before the first
---@field problem string why its last answer could not be used; empty if it could
