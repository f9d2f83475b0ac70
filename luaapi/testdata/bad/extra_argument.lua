virtual_server("10.0.0.1:80", { scheduler = "rr" }) -- want: without a comma && was never given its table
