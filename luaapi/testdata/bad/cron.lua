virtual_server "10.0.0.1:80" {
  check = {
    check.tcp { cron = "*/5 * * *" }, -- want: want five or six fields
    check.tcp { cron = "@every 5s" }, -- want: write every = "5s" for equal pauses
    check.tcp { cron = "0 0 30 2 *" }, -- want: it never comes
    check.tcp { cron = "TZ=0" }, -- want: "TZ=0"
    check.tcp { cron = "@hourly", every = "5s" }, -- want: cannot be together with every
    check.tcp { cron = "CRON_TZ=Mars/Base 0 3 * * *" }, -- want: Mars/Base
  },
}
cron("61 * * * *", function() end) -- want: above maximum
