on("down", remedy { max = 3 }) -- want: want one function without a name in the table
on("down", remedy { function() end, within = "often" }) -- want: field "within": want a duration
on("down", remedy { function() end, maxx = 3 }) -- want: unknown field "maxx" (did you mean "max"?)
on("down", remedy { function() end, only_if = true }) -- want: field "only_if": want a function, got true
