-- want: the resulting string is longer than 1048576 bytes
local function forever(f) every("10ms", function() while true do pcall(f) end end) end
forever(function() return ("x"):rep(1e10) end)
forever(function() local s = "x" while true do s = s .. s end end)
forever(function() local s = "x" while true do s = s .. s .. "y" end end)
forever(function() return ("%99.99f"):rep(1e4):format(1) end)
forever(function() return ("x"):rep(1e6):gsub("x", ("y"):rep(1e6)) end)
forever(function() return table.concat({ ("x"):rep(1e6), ("x"):rep(1e6) }) end)
forever(function() return ("x"):rep(1e6):upper():lower():reverse() end)
forever(function() return { ("x"):rep(1e6):byte(1, -1) } end)
forever(function() return json.encode({ ("\1"):rep(1e6) }) end)
every("10ms", function() local s = "" while true do s = s .. "x" end end)
every("10ms", function() error(("long"):rep(2e5)) end)
every("10ms", function() return ("x"):rep(1e10) end)
