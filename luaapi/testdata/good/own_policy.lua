local function mine(given)
  local o = options("mine", given, { least = 1, mode = { "a", "b" }, extra = false })
  return {
    adds = { "192.168.0.9:80", { "192.168.0.8:80", weight = 3 } },
    check = function(vs)
      if #vs.servers < o.least then return "least: there are only " .. #vs.servers end
    end,
    decide = function(vs) return vs:up() end,
  }
end
virtual_server "10.0.0.1:80" {
  real_server "192.168.0.1:80", real_server "192.168.0.2:80",
  policy = mine { least = 2 },
  on = { up = function(ev) end, down = function(ev) end, change = function(ev) end, drift = function(ev) end },
}
