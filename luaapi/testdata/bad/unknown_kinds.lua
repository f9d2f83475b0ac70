-- A kind that there is not does not hide the mistakes behind it.
virtual_server "10.0.0.1:80" {
  schedular = "wrr", -- want: unknown field "schedular" (did you mean "scheduler"?)
  check  = { check.tcp {}, check.htp {} }, -- want: check has no "htp" (did you mean "http"?)
  policy = policy.standart {}, -- want: policy has no "standart" (did you mean "standard"?)
  real_server "192.168.0.1:80" {
    weight = -3, -- want: field "weight": want a whole number from 0 to 2147483647, got -3
  },
}
