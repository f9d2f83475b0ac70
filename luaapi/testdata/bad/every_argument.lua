every("soon", function() end) -- want: every: want a duration such as "1500ms", "5s" or "1h", got "soon"
