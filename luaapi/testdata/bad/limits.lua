limits { memory = "lots" } -- want: field "memory": want a size such as "64MB" (kB, MB or GB) or a number of bytes, got "lots"
limits { memory = "1kB", budget = "2s", sockets = -1, memmory = 1 } -- want: limits is called already, in line 1 && field "memory": want 1MB to 64GB, got "1kB" && field "budget": want 1s or shorter, got 2s: the other checks && field "sockets": want a whole number from 0 to 1000000, got -1 && unknown field "memmory" (did you mean "memory"?)
virtual_server "10.0.0.1:80" { real_server "192.168.0.1:80" }
