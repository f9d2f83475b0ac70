-- A long farm, as a list beside the policy has it. The benchmarks write the list.
local tcp, farm, vips = check.tcp { every = "1h" }, {}, {}
for _, s in ipairs(data.load "farm.csv") do
  if not farm[s.vip] then
    farm[s.vip] = { scheduler = "wrr", check = tcp }
    vips[#vips + 1] = s.vip
  end
  table.insert(farm[s.vip], real_server(s.addr) { weight = s.weight })
end
for _, vip in ipairs(vips) do virtual_server(vip)(farm[vip]) end

