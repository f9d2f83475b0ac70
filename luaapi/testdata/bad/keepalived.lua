require "keepalived"

virtual_server "10.0.0.1 80" {
  lb_algo "wwr", -- want: lb_algo: want "rr", "wrr",
  lb_knid = "NAT", -- want: unknown word "lb_knid" (did you mean "lb_kind"?)
  lb_kind "FULLNAT", -- want: lb_kind: want "NAT", "DR", "TUN"
  delay_loop = "soon", -- want: delay_loop: want a number of seconds above 0, got "soon"
  ha_suspend, -- want: ha_suspend: LuaVS checks servers whether the address is here or not
  smtp_alert = true, -- want: smtp_alert: LuaVS sends no mails
  lvs_method = "DR",
  quorum (0), -- want: quorum: want a whole number from 1 to
  lvs_sched "sorted", -- want: lb_algo: want
  "fast", -- want: want a word with its value, such as lb_algo "wrr", or a block, got "fast"
  TCP_CHECK {}, -- want: TCP_CHECK: belongs into a real_server
  uthreshold = 5, -- want: unknown word "uthreshold"
  real_server "192.168.0.1 80" {
    weight = 1, -- want: weight: is in this block already
    weight (2),
    wieght = 2, -- want: unknown word "wieght" (did you mean "weight"?)
    quorum (1), -- want: quorum: belongs into the virtual_server
    FILE_CHECK {}, -- want: FILE_CHECK: require "keepalived" has it not
    url { path "/" }, -- want: url does not belong into real_server
    HTTP_GET {
      connect_timeout (90), -- want-any: a timeout of 90 s is longer than delay_loop, 60 s: a run has to end before the next one
      url { pahth = "/", digest "640205b7b0fc66c1ea91c463fac6334d" }, -- want: unknown word "pahth" (did you mean "path"?) && digest: LuaVS compares no digests of pages
      url { status_code "2xx" }, -- want: status_code: want codes such as 200 or "200 301-302", got "2xx"
      url { regex = "(" }, -- want: field "body_match"
      warmup = 3, -- want: warmup: first checks are spread by themselves: leave it out
    },
    DNS_CHECK { type "A" }, -- want: type "A" calls a function of Lua: write type = "A"
    MISC_CHECK { misc_path "/bin/check 'two words'" }, -- want: misc_path: want a list of words where one has blanks or quotes in it && misc_path is missing
    UDP_CHECK { payload = "xyz" }, -- want: payload: want hexadecimal digits, got "xyz"
  },
}

virtual_server "10.0.0.2 80" {
  quorum (5), -- want-any: field "policy": quorum + hysteresis is 5, and all servers together weigh only 1
  real_server "192.168.0.1 80" {},
}

virtual_server "group web" { real_server "192.168.0.7 80" {} } -- want: there is no virtual_server_group "web" before it
virtual_server "10.0.0.3 http" {} -- want: want an address and port
real_server "192.168.0.9 80" {} -- want: real_server 192.168.0.9:80 is in no virtual server
vrrp_instance "VI_1" {} -- want: vrrp_instance: LuaVS moves no addresses: leave VRRP to keepalived
