-- want: the policy holds more than 16 MB of memory, which is its limit
limits { memory = "16MB" }
local kept = {}
local function forever(f) every("10ms", function() while true do pcall(f) end end) end
forever(function() local co = coroutine.create(function() while true do end end) coroutine.resume(co) end)
forever(function() local co co = coroutine.wrap(function() co() end) co() end)
forever(function() coroutine.wrap(function() while true do coroutine.yield() end end)() end)
every("10ms", function()
  while true do
    local co = coroutine.create(function() coroutine.yield() end)
    coroutine.resume(co)
    kept[#kept + 1] = co
  end
end)
