-- want: this policy has 100 connections and requests, which is the limit
limits { sockets = 100 }
on("start", function()
  for _ = 1, 300 do
    spawn(function()
      local kept = {}
      while true do
        local conn, err = tcp.connect("127.0.0.1:1", { timeout = "100ms" })
        kept[#kept + 1] = udp.connect("127.0.0.1:9")
        local _, why = http.get("http://127.0.0.1:1/", { timeout = "100ms" })
        if why and why:find("limit") then error(why) end
        sleep(0.005)
      end
    end)
  end
end)
