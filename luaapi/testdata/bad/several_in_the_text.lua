virtual_server "10.0.0.1:80" {
  scheduler = "wrr"
  forward = "nat", -- want: `,` or `}` is missing before `forward`
  check = check.http { path: "/", every = "2s" }, -- want: a field is written name = value
  real_server "192.168.0.1:80" { weight = 1 },
}
on("down", function(ev)
  local failed = 0
  failed += 1 -- want: Lua has no `+=`
  if ev.reason != nil && failed = 2 then -- want: "not equal" is written `~=` && `==` compares
    print(ev.reason)
  end
end)
every(10s, function() print "up" end) -- want: a duration is text
