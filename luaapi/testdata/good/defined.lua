-- Kinds of checks that Lua code defines: here, and in the library.
check.define("gopher", { selector = "/", lines = 3, quick = false, mode = { "old", "new" } }, function(rs, o)
  return true
end)

virtual_server "10.0.0.1:70" {
  check = {
    check.gopher {},
    check.gopher { selector = "/about", lines = 3, quick = true, mode = "new", every = "5s", rise = 1, port = 71 },
    check.redis { role = "master", password = "s3cret" },
    check.redis(),
  },
  real_server "192.168.0.1:70",
}
