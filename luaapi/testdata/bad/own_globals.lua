failures = 0

function helper() end -- want: nothing uses the function "helper": remove it, or write "local function helper"

local function note(n)
  noted = n -- want: "noted" is a global variable that only functions set
  failures = n
end
note(1)

on("down", function(ev)
  failurs = failures + noted -- want: did you mean "failures"?
end)
