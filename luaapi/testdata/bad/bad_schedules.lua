-- Calls that make no sense are mistakes beside others; the file is read on.
every("5x", function() end) -- want: every: want a duration
every("1us", function() end) -- want: every: want
cron("61 * * * *", function() end) -- want: cron: "61 * * * *"
cron(5, function() end) -- want: cron: want a line such as
after("5s") -- want: after: want a function as the second argument, got nil
on("upp", function() end) -- want: on: unknown event "upp" (did you mean "up"?)
on("up", 5) -- want: on: want a function as the second argument, got 5
