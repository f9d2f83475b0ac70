-- want: stack overflow
local function plain(n) return 1 + plain(n + 1) end
local function nested() local ok, err = pcall(nested) error(err, 0) end
local function wrapped() return coroutine.wrap(wrapped)() end
local function by_gsub() return (("x"):gsub("x", by_gsub)) end
local function by_sort() table.sort({ 2, 1 }, by_sort) end
local meta = {}
meta.__index = function(t, k) return t[k .. "x"] end
meta.__tostring = function(t) return tostring(t) end
local chained = setmetatable({}, meta)
for _, f in ipairs { plain, nested, wrapped, by_gsub, by_sort, function() return chained.x end, function() return tostring(chained) end } do
  every("10ms", f)
end
every("10ms", function() local function f(...) return f(1, ...) end f() end)
