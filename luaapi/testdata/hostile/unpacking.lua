-- want: ran longer than its budget
local function forever(f) every("10ms", function() while true do pcall(f) end end) end
local list = {}
for i = 1, 1e5 do list[i] = i end
forever(function() return unpack({}, 1, 1e8) end)
forever(function() return unpack(list) end)
forever(function() return select("#", unpack(list, 1, 6e4)) end)
forever(function() return math.max(unpack(list, 1, 6e4)) end)
forever(function() table.sort(list, function() return true end) end)
forever(function() table.insert(list, 1, 0) table.remove(list, 1) end)
forever(function() for _ in pairs(list) do next(list, 5e4) end end)
every("10ms", function() while true do table.remove(list, 1) table.insert(list, 1, 0) end end)
