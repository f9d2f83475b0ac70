-- want: ran longer than its budget
local spin = setmetatable({}, {
  __index = function() while true do end end,
  __tostring = function() while true do end end,
  __eq = function() while true do end end,
})
local other = setmetatable({}, getmetatable(spin))
local self_indexed = {}
setmetatable(self_indexed, { __index = self_indexed })
every("10ms", function() pcall(function() return spin.x end) print(self_indexed.x) end)
every("10ms", function() error(spin) end)
every("10ms", function() print(spin) end)
every("10ms", function() return spin == other end)
every("10ms", function() table.sort({ 3, 1, 2 }, function() while true do end end) end)
every("10ms", function() (("x"):rep(100)):gsub("x", function() while true do end end) end)
