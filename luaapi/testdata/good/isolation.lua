isolation { hosts = 10, hold = "5m" }
on("isolated", function() log.error("our switch is gone") end)
on("connected", function() log.info("it is back") end)
virtual_server "10.0.0.1:80" { real_server "192.168.0.1:80" }
