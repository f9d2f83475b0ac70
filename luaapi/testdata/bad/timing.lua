virtual_server "10.0.0.1:80" {
  check = {
    check.tcp { downinter = "500ms", timeout = "1s" }, -- want: field "downinter": 500ms is shorter than timeout = 1s
    check.tcp { jitter = "100%" }, -- want: field "jitter": want a part of every such as "10%", above 0% and below 100%, or a duration, got "100%"
    check.tcp { jitter = "x%" }, -- want: field "jitter": want a part of every
    check.tcp { jitter = "2s" }, -- want: field "jitter": 2s is not shorter than every = 2s
    check.tcp { jitter = "10%", cron = "@hourly" }, -- want: field "jitter": 10% of what? With cron write a duration
    check.tcp { jitter = "soon" }, -- want: field "jitter": want a duration
    check.tcp { initial = "fully up" }, -- want: field "initial": want "unknown", "up", "down", "fully-up" or "fully-down", got "fully up" (did you mean "fully-up"?)
    check.tcp { fall = { 3, 4 } }, -- want: field "fall": want one number from 1 to 1000 for all causes
    check.tcp { fall = { "x" } }, -- want: field "fall": want one number from 1 to 1000 for all causes
    check.tcp { fall = { timeuot = 1 } }, -- want: unknown field "fall.timeuot"
    check.tcp { fall = { timeout = -1 } }, -- want: field "fall.timeout": want a whole number from 0 to 1000, got -1
    check.tcp { fall = { script = 1 } }, -- want: unknown field "fall.script"
    check.tcp { fall = "3" }, -- want: field "fall": want a whole number from 1 to 1000, got "3"
    check.tcp { rules = "keepalive" }, -- want: field "rules": want "haproxy", "keepalived" or "ldirectord", got "keepalive" (did you mean "keepalived"?)
    check.tcp { degraded_weight = "half" }, -- want: field "degraded_weight": weight "half": want a whole number from 0 up, or a percentage
    check.tcp { degraded_weight = {} }, -- want: field "degraded_weight": want a weight such as 5 or "50%", got a table
    check.tcp { alpha = true }, -- want: write initial = "down", a field of a check
  },
  downinter = "1m", -- want: is a field of a check
  real_server "192.168.0.1:80",
}
