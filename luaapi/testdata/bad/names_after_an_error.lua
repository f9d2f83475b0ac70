farm() -- want: undefined name "farm"
mend() -- want: undefined name "mend"
later = 5
on("up", function() print(later, later2) end) -- want: undefined name "later2"
