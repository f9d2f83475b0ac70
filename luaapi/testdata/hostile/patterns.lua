-- want: is too expensive for this string
local function forever(f) every("10ms", function() while true do pcall(f) end end) end
forever(function() return ("a"):rep(30):find(("a*"):rep(20) .. "b") end)
forever(function() return ("x" .. (" "):rep(20000) .. "y"):match("^%s*(.-)%s*$") end)
forever(function() return ("a"):rep(20000):find(".-.-b") end)
forever(function() return ("a"):rep(500000):find(".-b") end)
forever(function() return ("a"):rep(900000):find("^.*b") end)
forever(function() return ("("):rep(50000):find(("%b()"):rep(20)) end)
forever(function() for _ in ("a"):rep(1e5):gmatch(".-.-b") do end end)
forever(function() return ("a"):rep(5e5):gsub("a", "b") end)
forever(function() return ("a"):rep(1e6):find(("a"):rep(5e5) .. "b", 1, true) end)
every("10ms", function() return ("a"):rep(20000):find(".-.-b") end)
