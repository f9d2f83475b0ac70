virtual_server "10.0.0.1:80" {
  check = {
    check.file { path = "/run/maintenance" }, -- want: field "want": is missing: "absent"
    check.file { want = "absent" }, -- want: want either path, a file for all servers, or folder
    check.file { path = "/a", folder = "/b", want = "absent" }, -- want: want either path, a file for all servers, or folder
    check.file { path = "run/maintenance", want = "gone" }, -- want: field "path": want a whole path, which begins with /, got "run/maintenance" && field "want": want "absent", "present" or "number"
    check.file { folder = "/b", want = "number" }, -- want: field "folder": has no number
    check.file { path = "/a", want = "absent", names = "web1", weight = 2, reverse = true }, -- want: field "names": are looked for in a folder && field "weight": is for want = "number" && field "reverse": is for want
    check.file { folder = "/a", want = "absent", names = { "web1", "../web2" } }, -- want: "../web2" is no name of a file: item 2
    check.file "/run/maintenance", -- want: check.file: want its table, as in check.file { path = "/run/maintenance", want = "absent" }
  },
  real_server "192.168.0.1:80",
}
