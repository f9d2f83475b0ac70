-- want: ran longer than its budget
for _ = 1, 10 do
  every("10ms", function() while true do local t = { {}, {}, { {} } } end end)
  every("10ms", function() while true do local s = ("x"):rep(1e6) end end)
  every("10ms", function() while true do coroutine.wrap(function() end)() end end)
  every("10ms", function() while true do collectgarbage() collectgarbage("count") end end)
end
