-- want: ran longer than its budget
local loop = {}
loop.loop = loop
local wide = "[" .. ("[],"):rep(80000) .. "[]]"
local function forever(f) every("10ms", function() while true do pcall(f) end end) end
forever(function() return json.encode(loop) end)
forever(function() return json.decode(("["):rep(5e5)) end)
forever(function() return json.decode(wide) end)
forever(function() return json.decode('"' .. ("\\u0000"):rep(1e5) .. '"') end)
every("10ms", function() while true do json.decode(wide) end end)
