-- keepalived.words: the words of each block, as keepalived 2 has them. Of a word
-- that is understood there is a function that reads its value; of one that
-- means nothing here, the reason.
local read = require "keepalived.read"

local function one_of(...)
  local words, wanted = {}, {}
  for _, word in ipairs { ... } do
    words[word:lower()] = word
    wanted[#wanted + 1] = ("%q"):format(word)
  end
  local text = table.concat(wanted, ", ", 1, #wanted - 1) .. " or " .. wanted[#wanted]
  return function(v) return type(v) == "string" and words[v:lower()] or nil, text end
end

local function whole(low, high)
  return function(v)
    local n = tonumber(v)
    return n and n % 1 == 0 and n >= low and n <= high and n or nil, ("a whole number from %d to %d"):format(low, high)
  end
end

local function seconds(v)
  local n = tonumber(v)
  return n and n >= 0 and n or nil, "a number of seconds"
end

local function positive(v)
  local n = tonumber(v)
  return n and n > 0 and n or nil, "a number of seconds above 0"
end

local function text(v) return type(v) == "string" and v ~= "" and v or nil, "some text" end

local truths = { on = true, yes = true, ["true"] = true, off = false, no = false, ["false"] = false }
local function flag(v)
  if type(v) == "string" then v = truths[v] end
  if type(v) == "boolean" then return v end
  return nil, "nothing behind it, or true"
end

local function ip(v) return type(v) == "string" and v:match("^[%x.:]+$"), "an address such as \"10.0.0.1\"" end

-- "10.0.0.1 80" or "10.0.0.1:80", as LuaVS writes it.
local function endpoint(v)
  if type(v) ~= "string" then return nil, 'an address and port such as "10.0.0.1 80"' end
  local addr, port = v:match("^([%x.:]+)%s+(%d+)$")
  if not addr and v:match("^%d+%.%d+%.%d+%.%d+$") then addr, port = v, "0" end
  if not addr then return v end
  return (addr:find(":", 1, true) and "[" .. addr .. "]:" or addr .. ":") .. port
end

-- "NAT", "DR", or "TUN type gue port 6080 csum".
local function forwarding(v)
  local wanted = '"NAT", "DR", "TUN" or a tunnel such as "TUN type gue port 6080 csum"'
  local kind, rest = tostring(v):match("^(%a+)%s*(.*)$")
  local forward = ({ NAT = "nat", DR = "dr", TUN = "tunnel" })[(kind or ""):upper()]
  if not forward or rest ~= "" and forward ~= "tunnel" then return nil, wanted end
  if rest == "" then return { forward = forward } end
  local tunnel, more = rest:match("^type (%a+)%s*(.*)$")
  if tunnel == "gue" then
    local port, sum = more:match("^port (%d+)%s*(%a*)$")
    if port then
      return { forward = forward, tunnel = { type = "gue", port = tonumber(port), checksum = sum ~= "" and sum ~= "nocsum" and sum or nil } }
    end
  elseif (tunnel == "ipip" or tunnel == "gre") and more == "" then
    return { forward = forward, tunnel = tunnel }
  end
  return nil, wanted
end

-- A program with its arguments, in a text or a list.
local function command(v)
  if type(v) == "table" and type(v[1]) == "string" then return v end
  local list = {}
  for word in (type(v) == "string" and v or ""):gmatch("%S+") do
    if word:find("[\"'\\]") then return nil, 'a list of words where one has blanks or quotes in it, such as { "/bin/check", "two words" }' end
    list[#list + 1] = word
  end
  return #list > 0 and list or nil, 'a program such as "/usr/local/bin/check arg"'
end

-- What is run when something turns: a program, or a function that gets the event.
local function hook(v)
  if type(v) == "function" then return v end
  return command(v), "a function, or a program such as \"/usr/local/bin/notify arg\""
end

local function status(v)
  local list = {}
  for _, part in ipairs(type(v) == "table" and v or { v }) do
    for word in tostring(part):gmatch("%S+") do
      if not word:match("^%d%d%d$") and not word:match("^%d%d%d%-%d%d%d$") then return nil, 'codes such as 200 or "200 301-302"' end
      list[#list + 1] = tonumber(word) or word
    end
  end
  return #list > 0 and list or nil, 'codes such as 200 or "200 301-302"'
end

local function hex(v) return type(v) == "string" and v:match("^[%x%s.]+$"), "hexadecimal digits" end

local function with(words, more)
  for name, read_it in pairs(more) do words[name] = read_it end
  return words
end

local mails = "LuaVS sends no mails: on(\"down\", f) and on(\"up\", f) hear of it"
local no_warmup = "first checks are spread by themselves: leave it out"

-- What a virtual server gives to its real servers, and they to their checkers.
local function inherited(names)
  return with({
    names or {},
    delay_loop = positive, delay_before_retry = seconds, retry = whole(0, 999), connect_timeout = positive,
    alpha = flag, warmup = no_warmup,
  }, {})
end

local words = {}

words.virtual_server = with(inherited { lvs_sched = "lb_algo", lvs_method = "lb_kind", name = "name" }, {
  name = text, ip_family = one_of("inet", "inet6"), protocol = one_of("TCP", "UDP", "SCTP"),
  lb_algo = one_of("rr", "wrr", "lc", "wlc", "lblc", "lblcr", "sh", "mh", "dh", "fo", "ovf", "sed", "nq", "twos"),
  lb_kind = forwarding, virtualhost = text, weight = whole(0, 2147483647),
  persistence_timeout = function(v) return v == true and 360 or whole(1, 86400 * 31)(v) end,
  persistence_granularity = function(v) return tonumber(v) or text(v) end,
  persistence_engine = one_of("sip"),
  ops = flag, sh_port = flag, sh_fallback = flag, mh_port = flag, mh_fallback = flag, flag_1 = flag, flag_2 = flag, flag_3 = flag,
  quorum = whole(1, 2147483647), hysteresis = whole(0, 2147483647), quorum_up = hook, quorum_down = hook,
  sorry_server = endpoint, sorry_server_inhibit = flag, sorry_server_lvs_method = forwarding,
  inhibit_on_failure = flag, omega = flag,
  healthcheck = function(v) return type(v) == "function" and v or nil, "a function(service, dests)" end,
  real_server = read.below,
  ha_suspend = "LuaVS checks servers whether the address is here or not, so that it knows them when it takes over: leave it out",
  smtp_alert = mails, snmp_name = "there is no SNMP: name names it in the status",
  hashed = "write sh_port, sh_fallback, mh_port or mh_fallback", nat_mask = "is of kernels long gone: leave it out",
})

words.real_server = with(inherited { lvs_method = "lb_kind" }, {
  weight = whole(0, 2147483647), lb_kind = forwarding, virtualhost = text, name = text,
  uthreshold = whole(1, 2147483647), lthreshold = whole(1, 2147483647),
  inhibit_on_failure = flag, notify_up = hook, notify_down = hook,
  smtp_alert = mails, snmp_name = "there is no SNMP: name names it in the status",
  FILE_CHECK = "require \"keepalived\" has it not: write check.file in a policy of LuaVS",
  BFD_CHECK = "LuaVS speaks no BFD: leave it to a routing daemon",
  quorum = "belongs into the virtual_server", sorry_server = "belongs into the virtual_server", lb_algo = "belongs into the virtual_server",
})

-- Where every checker connects to.
local function checker(more)
  return with(with(inherited(), {
    connect_ip = ip, connect_port = whole(1, 65535), bindto = ip, bind_if = text, fwmark = whole(1, 4294967295),
    bind_port = "checks take any free port: leave it out", log_all_failures = "each change is logged with its reason: leave it out",
  }), more)
end

local http = {
  url = read.below, virtualhost = text, http_protocol = one_of("1.0", "1.1", "1.0C", "1.0K", "1.1C", "1.1K"), enable_sni = flag,
  fast_recovery = "each url is a check of its own, and all are asked at each delay_loop: leave it out",
  nb_get_retry = "is called retry now",
}
words.checkers = {
  HTTP_GET   = checker(http),
  SSL_GET    = checker(with({ tls_compliant = flag }, http)),
  TCP_CHECK  = checker {},
  SMTP_CHECK = checker { helo_name = text, host = "write connect_ip, connect_port and bindto into SMTP_CHECK itself" },
  DNS_CHECK  = checker { name = text, type = one_of("A", "NS", "CNAME", "SOA", "MX", "TXT", "AAAA", "SRV", "PTR") },
  MISC_CHECK = checker { misc_path = command, misc_timeout = positive, misc_dynamic = flag, user = text },
  UDP_CHECK  = checker {
    payload = hex, min_reply_length = whole(0, 65507), max_reply_length = whole(1, 65507),
    require_reply = function(v) if v == true then return true end return hex(v) end,
  },
  PING_CHECK = checker {},
}
for name in pairs(words.checkers) do
  words.real_server[name] = read.below
  words.virtual_server[name] = "belongs into a real_server"
end

words.url = {
  {}, path = text, status_code = status, virtualhost = text, regex = text,
  digest = "LuaVS compares no digests of pages: write regex = \"...\" for what the page has to hold",
  regex_no_match = "LuaVS looks for what has to be there: write a check.lua in a policy of LuaVS",
  regex_options = "write them into the expression, as in regex = \"(?i)ready\"",
  regex_stack = "its expressions need no stack: leave it out",
  regex_min_offset = "the whole page is looked at: leave it out", regex_max_offset = "the whole page is looked at: leave it out",
}

-- Blocks of keepalived that are not a balancer's.
words.elsewhere = {
  global_defs = "what it says are flags of luavs run", bfd_instance = "LuaVS speaks no BFD",
  vrrp_instance = "LuaVS moves no addresses: leave VRRP to keepalived", vrrp_sync_group = "LuaVS moves no addresses: leave VRRP to keepalived",
  vrrp_script = "LuaVS moves no addresses: leave VRRP to keepalived", static_ipaddress = "LuaVS sets no addresses",
  static_routes = "LuaVS sets no routes", SSL = "client certificates are fields of check.https in a policy of LuaVS",
}

words.endpoint = endpoint
return words
