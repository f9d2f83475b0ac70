local a, b = check.tcp {}, check.http {}
local says = check.combine { a, function() return true end }
virtual_server "10.0.0.1:80" {
  check = {
    check.any {}, -- want: has no checks: want a list of them
    check.any { a, "b" }, -- want: item 2: want a check such as check.tcp {}, got "b"
    check.all { a, every = "5s" }, -- want: unknown field "every"
    check.at_least { a, b }, -- want: item 1: want how many of the checks must be up, from 1 to 1, got an object
    check.at_least { 3, a, b }, -- want: item 1: want how many of the checks must be up, from 1 to 2, got 3
    check.at_least {}, -- want: has no checks
    check.combine { a, b }, -- want: want checks and then a function
    check.combine { function() return true end }, -- want: has no checks && item 8 of "check": check.combine says
    check.combine { check.any { a, b }, function() return true end }, -- want: item 1: want a check that asks something && item 9 of "check": check.combine says
    check.any { a, says }, -- want: item 2: check.combine says all of its server
    check.any(a, b), -- want: check.any: want its table, as in check.any { check.tcp {}, check.http {} }, got an object
    says, -- want: item 12 of "check": check.combine says all of its server
  },
  real_server "192.168.0.1:80",
}
