-- keepalived.read: how the blocks of the dialect are read. A block is a table
-- with words in it, written lb_algo = "wrr" or lb_algo "wrr"; a word without a
-- value is a flag; blocks stand in blocks.
local _, loader = ...
local read = {}

local word_of = {} -- by the function that a word is

-- What a block's list of words has for a block that may stand in it.
read.below = {}

-- The function that a word is: it notes its value, and where it is written.
function read.word(name)
  local function f(value)
    local at = loader.caller()
    return { word = name, value = value, at = at, used = loader.expect(at, name .. ": is in no block, such as virtual_server") }
  end
  word_of[f] = name
  return f
end

-- Notes that what is in the table of a block has its place.
function read.place(fields)
  for _, it in pairs(fields) do
    if type(it) == "table" and it.used then it.used() end
  end
  return fields
end

-- A block that is written at a place; path leads to it from there.
function read.block(kind, at, fields, path)
  return { block = kind, at = at, fields = read.place(fields), path = path or {} }
end

-- A block that has to stand in another one.
function read.part(kind, at, fields)
  local block = read.block(kind, at, fields)
  block.used = loader.expect(at, kind .. ": is in no block, such as " .. (kind == "url" and "HTTP_GET" or "real_server"))
  return block
end

local function mistake(block, field, text)
  local path = { unpack(block.path) }
  if field then path[#path + 1] = field end
  loader.mistake(block.at, text, unpack(path))
end
read.mistake = mistake

function read.show(value)
  return type(value) == "string" and ("%q"):format(value) or type(value) == "table" and "a table" or tostring(value)
end

local function sorted_names(t)
  local names = {}
  for name in pairs(t) do
    if type(name) == "string" then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

-- Notes a value of a word. tell says what is wrong with it.
local function set(into, words, word, value, tell)
  word = words[1][word] or word -- an old name
  local convert = words[word]
  if type(convert) == "string" then return tell(word .. ": " .. convert) end
  if type(convert) ~= "function" then
    return tell(("unknown word %q%s"):format(word, loader.hint(word, sorted_names(words))))
  end
  if into[word] ~= nil then return tell(word .. ": is in this block already") end
  local v, wanted = convert(value)
  if v == nil then return tell(("%s: want %s, got %s"):format(word, wanted, read.show(value))) end
  into[word] = v
end

-- An entry without a name: a word with its value, a flag, or a block.
local function item(block, words, n, it, values, blocks)
  local here = function(text) mistake(block, tostring(n), text) end
  if type(it) == "table" and it.word then
    set(values, words, it.word, it.value, function(text) loader.mistake(it.at, text) end)
  elseif type(it) == "table" and it.block and words[it.block] == read.below then
    blocks[#blocks + 1] = it
  elseif type(it) == "table" and it.block then
    local why = words[it.block]
    loader.mistake(it.at, type(why) == "string" and it.block .. ": " .. why or it.block .. " does not belong into " .. block.block)
  elseif word_of[it] then
    set(values, words, word_of[it], true, here)
  else
    here(('want a word with its value, such as lb_algo "wrr", or a block, got %s'):format(read.show(it))
      .. (it == "string" and ' (type "A" calls a function of Lua: write type = "A")' or ""))
  end
end

-- Reads a block: the values of its words, and the blocks in it.
function read.read(block, words)
  local values, blocks, fields = {}, {}, block.fields
  for n, it in ipairs(fields) do item(block, words, n, it, values, blocks) end
  for _, name in ipairs(sorted_names(fields)) do
    local value = fields[name]
    if words[name] == read.below and type(value) == "table" and value.block then
      blocks[#blocks + 1] = value
    elseif words[name] == read.below and type(value) == "table" then
      local path = { unpack(block.path) }
      path[#path + 1] = name
      blocks[#blocks + 1] = read.block(name, block.at, value, path)
    else
      set(values, words, name, value, function(text) mistake(block, name, text) end)
    end
  end
  return values, blocks
end

return read
