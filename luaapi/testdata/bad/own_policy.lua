local function mine(given)
  local o = options("mine", given, { least = 1, mode = { "a", "b" } })
  return {
    check = function(vs)
      if #vs.servers < o.least then return "least: there are only " .. #vs.servers end
    end,
    decide = function(vs) return vs:up() end,
  }
end
virtual_server "10.0.0.1:80" {
  real_server "192.168.0.1:80",
  policy = mine { least = 2 }, -- want: least: there are only 1
}
virtual_server "10.0.0.2:80" {
  real_server "192.168.0.1:80",
  policy = mine {
    laest = 2, -- want: unknown field "laest" (did you mean "least"?)
    mode = "c", -- want: want "a" or "b", got "c"
  },
}
virtual_server "10.0.0.3:80" {
  policy = { -- want: is missing
    decides = function(vs) return {} end, -- want: unknown field "policy.decides" (did you mean "decide"?)
    check = function(vs) error("no") end, -- want: no
  },
}
