-- keepalived.checkers: the checks that checkers are.
local _, loader = ...
local read, words = require "keepalived.read", require "keepalived.words"

-- The value of a word in the innermost block that has it.
local function first(word, ...)
  for _, values in ipairs { ... } do
    if values[word] ~= nil then return values[word] end
  end
end

-- The fields that every check has: when it runs, what turns its verdict, and
-- where it connects to.
local function common(block, values, rs, vs)
  local function of(word) return first(word, values, rs, vs) end
  local every, retry, pause = of("delay_loop") or 60, of("retry"), of("delay_before_retry")
  local timeout = values.misc_timeout or block.block ~= "MISC_CHECK" and of("connect_timeout") or nil
  if timeout and timeout > every then
    read.mistake(block, nil, ("a timeout of %g s is longer than delay_loop, %g s: a run has to end before the next one"):format(timeout, every))
    timeout = every
  end
  return {
    rules = "keepalived", every = every, timeout = timeout,
    fall = retry and retry + 1,
    fastinter = pause and pause > 0 and pause < every and pause or nil,
    initial = of("alpha") and "down" or nil,
    addr = values.connect_ip, port = values.connect_port,
    source = values.bindto, interface = values.bind_if, mark = values.fwmark,
  }
end

local function http(kind)
  return function(block, values, blocks, rs, vs)
    local list = {}
    if #blocks == 0 then blocks = { read.block("url", block.at, {}, block.path) } end
    for i, below in ipairs(blocks) do
      local url, fields = read.read(below, words.url), common(block, values, rs, vs)
      fields.path, fields.status, fields.body_match = url.path, url.status_code, url.regex
      fields.host = first("virtualhost", url, values, rs, vs)
      fields.version = values.http_protocol and values.http_protocol:sub(1, 3)
      if kind == "https" then
        fields.verify = false -- keepalived looks at no certificate
        if values.enable_sni then fields.server_name = fields.host end
      end
      list[i] = loader.check(below.at, kind, fields)
    end
    return list
  end
end

-- A checker that is one check, with what more(fields, values) adds.
local function one(kind, more)
  return function(block, values, _, rs, vs)
    local fields = common(block, values, rs, vs)
    if more then more(fields, values, block) end
    return { loader.check(block.at, kind, fields) }
  end
end

local makers = {
  HTTP_GET = http("http"),
  SSL_GET = http("https"),
  TCP_CHECK = one("tcp"),
  SMTP_CHECK = one("smtp", function(f, v) f.helo = v.helo_name end),
  DNS_CHECK = one("dns", function(f, v) f.name, f.type = v.name, v.type end),
  MISC_CHECK = one("exec", function(f, v, block)
    if not v.misc_path then read.mistake(block, nil, "MISC_CHECK: misc_path is missing: the program to run") end
    for i, word in ipairs(v.misc_path or { "true" }) do f[i] = word end
    f.addr, f.port, f.source, f.interface, f.mark = nil
    f.weight_from, f.user = v.misc_dynamic and "exit" or nil, v.user
  end),
  UDP_CHECK = one("udp", function(f, v)
    f.send_hex, f.min_length, f.max_length = v.payload, v.min_reply_length, v.max_reply_length
    if v.require_reply == true then f.reply = true else f.expect_hex = v.require_reply end
  end),
  PING_CHECK = one("icmp", function(f) f.port = nil end),
}

-- The checks of a real server.
return function(blocks, rs, vs)
  local checks = {}
  for _, block in ipairs(blocks) do
    local values, below = read.read(block, words.checkers[block.block])
    for _, check in ipairs(makers[block.block](block, values, below, rs, vs)) do
      checks[#checks + 1] = check
    end
  end
  return checks
end
