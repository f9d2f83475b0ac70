---@meta

-- The modules for the machine LuaVS runs on, and what it keeps there: exec, file,
-- env, data, store, log, metrics.

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

---Calls f as soon as the file has come, gone or changed. It is also looked at
---every second, for file systems that report no changes.
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
