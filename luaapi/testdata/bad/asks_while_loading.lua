local web = virtual_server "10.0.0.1:80" {
  real_server "192.168.0.1:80",
}
if #web:up() > 0 then -- want: nothing is known of it while the policy loads
  print("up")
end
