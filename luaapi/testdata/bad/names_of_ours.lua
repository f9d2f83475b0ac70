policy = function(vs) return vs:up() end -- want: "policy" is a name of LuaVS: choose another, or write "local policy"
check = check.tcp { every = "5s" } -- want: "check" is a name of LuaVS
function on(event) end -- want: "on" is a name of LuaVS
local log = function() end
virtual_server "10.0.0.1:80" { check = check, real_server "192.168.0.1:80" }
