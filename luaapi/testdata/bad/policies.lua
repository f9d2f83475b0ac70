local function farm(policy)
  return { real_server "192.168.0.1:80", real_server "192.168.0.2:80", policy = policy }
end
virtual_server "10.0.0.1:80" {
  real_server "192.168.0.1:80",
  policy = policy.keepalived {
    qourum = 2, -- want: unknown field "qourum" (did you mean "quorum"?)
    quorum_up = "/bin/notify", -- want: field "quorum_up": want a function, got "/bin/notify"
  },
}
virtual_server "10.0.0.2:80" {
  real_server "192.168.0.1:80",
  policy = policy.keepalived { quorum = 2 }, -- want: the quorum could never be gained
}
virtual_server "10.0.0.3:80" {
  real_server "192.168.0.1:80",
  policy = policy.ldirectord { fallback = "localhost" }, -- want: names are not resolved
}
virtual_server "10.0.0.4:80" {
  real_server "192.168.0.1:80",
  policy = policy.weighted { every = "10s" }, -- want: want one function without a name in the table
}
virtual_server "10.0.0.5:80" {
  real_server "192.168.0.1:80",
  policy = policy.weighted { function() return 1 end, every = "ten" }, -- want: field "policy.every": want a duration
}
virtual_server "10.0.0.6:80" {
  real_server "192.168.0.1:80",
  policy = policy.canary { share = 5 }, -- want: field "share": want a string, got 5 && share: want what the canaries get of the traffic, such as "5%"
}
virtual_server "10.0.0.7:80" {
  real_server "192.168.0.1:80" { tags = { canary = true } },
  policy = policy.canary { share = "5%" }, -- want: each of the real servers has tags = { canary = true }: want some canaries, and some others
}
virtual_server "10.0.0.8:80" {
  real_server "192.168.0.1:80",
  policy = policy.canary { share = "5%", tag = "new" }, -- want: none of the real servers has tags = { new = true }
}
virtual_server "10.0.0.9:80" (farm(policy.blue_green { active = "blue" })) -- want: blue: want a list of addresses of real servers
virtual_server "10.0.0.10:80" (farm(policy.blue_green { blue = { "192.168.0.1:80" }, green = { "192.168.0.3:80" }, active = "blue" })) -- want: green: 192.168.0.3:80 is no real server of this virtual server
virtual_server "10.0.0.11:80" (farm(policy.blue_green { blue = { "192.168.0.1:80" }, green = { "192.168.0.1:80" }, active = "blue" })) -- want: green: 192.168.0.1:80 is in blue already
virtual_server "10.0.0.12:80" (farm(policy.blue_green { blue = { "192.168.0.1:80" }, green = { "192.168.0.2:80" }, active = "red" })) -- want: active: want "blue", "green", or a function that returns one of them, got red
virtual_server "10.0.0.13:80" {
  real_server "192.168.0.1:80", real_server "192.168.0.2:80", real_server "192.168.0.3:80",
  policy = policy.blue_green { blue = { "192.168.0.1:80" }, green = { "192.168.0.2:80" }, active = "blue" }, -- want: 192.168.0.3:80 is neither in blue nor in green, and would never serve
}
virtual_server "10.0.0.14:80" {
  real_server "192.168.0.1:80",
  policy = policy.blue_grene {}, -- want: policy has no "blue_grene" (did you mean "blue_green"?)
}
