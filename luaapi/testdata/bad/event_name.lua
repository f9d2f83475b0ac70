on("dwon", function() end) -- want: on: unknown event "dwon" (did you mean "down"?)
