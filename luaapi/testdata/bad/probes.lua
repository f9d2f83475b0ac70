probes { at_once = 0 } -- want: field "at_once": want a whole number from 1 to 1000000, got 0
probes { atonce = 5 } -- want: probes is called already, in line 1 && unknown field "atonce" (did you mean "at_once"?) && want probes { at_once = 1000 }
virtual_server "10.0.0.1:80" { real_server "192.168.0.1:80" }
