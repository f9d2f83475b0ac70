-- want: lines of this policy were dropped: it logs too much
for _ = 1, 5 do
  every("10ms", function() while true do print(("x"):rep(1e6)) end end)
  every("10ms", function() while true do log.error("x", { a = ("y"):rep(1e6) }) sleep(0) end end)
end
every("10ms", function() error({ message = "error " .. math.random() }) end)
