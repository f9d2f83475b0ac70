package ipvstest

// scripts hold what Linux 6.1 answers. A line is a command of ipvsadm, with
// the errno it gives after "!"; lines that begin with = are the whole table
// that should be there, in the form of ipvsadm -Sn with thresholds.
var scripts = []struct{ name, text string }{
	{"a service of each protocol at one address", `
		-A -t 10.0.0.1:80 -s rr
		-A -u 10.0.0.1:80 -s wrr
		-A --sctp-service 10.0.0.1:80 -s lc
		= -A -t 10.0.0.1:80 -s rr
		= -A -u 10.0.0.1:80 -s wrr
		= -A --sctp-service 10.0.0.1:80 -s lc`},
	{"IPv6 services and destinations", `
		-A -t [2001:db8::1]:80 -s rr
		-A -f 7 -6 -s rr
		-A -f 7 -s rr
		-a -t [2001:db8::1]:80 -r [2001:db8::9]:8080 -m -w 3
		-a -f 7 -6 -r [2001:db8::9]:80 -g
		-a -f 7 -r 10.0.0.9:80 -g
		-D -f 7 -6
		= -A -t [2001:db8::1]:80 -s rr
		= -a -t [2001:db8::1]:80 -r [2001:db8::9]:8080 -m -w 3
		= -A -f 7 -s rr
		= -a -f 7 -r 10.0.0.9:80 -g -w 1`},
	{"every scheduler", `
		-A -f 1 -s rr
		-A -f 2 -s wrr
		-A -f 3 -s lc
		-A -f 4 -s wlc
		-A -f 5 -s lblc
		-A -f 6 -s lblcr
		-A -f 7 -s dh
		-A -f 8 -s sh
		-A -f 9 -s sed
		-A -f 10 -s nq
		-A -f 11 -s fo
		-A -f 12 -s ovf
		-A -f 13 -s mh
		-A -f 14 -s none
		-A -f 15 -s nosuch ! ENOENT
		-E -f 1 -s nosuch ! ENOENT
		-E -f 1 -s mh
		= -A -f 1 -s mh
		= -A -f 2 -s wrr
		= -A -f 3 -s lc
		= -A -f 4 -s wlc
		= -A -f 5 -s lblc
		= -A -f 6 -s lblcr
		= -A -f 7 -s dh
		= -A -f 8 -s sh
		= -A -f 9 -s sed
		= -A -f 10 -s nq
		= -A -f 11 -s fo
		= -A -f 12 -s ovf
		= -A -f 13 -s mh
		= -A -f 14 -s none`},
	{"scheduler flags and one-packet scheduling", `
		-A -u 10.0.0.1:53 -s sh -o -b sh-port
		-A -u 10.0.0.1:54 -s mh -b mh-fallback,mh-port
		-A -u 10.0.0.1:55 -s rr -b flag-1,flag-2,flag-3
		-A -f 7 -s rr -o
		-A -t 10.0.0.1:53 -s rr -o ! EINVAL
		= -A -u 10.0.0.1:53 -s sh -o -b sh-port
		= -A -u 10.0.0.1:54 -s mh -b mh-fallback,mh-port
		= -A -u 10.0.0.1:55 -s rr -b flag-1,flag-2,flag-3
		= -A -f 7 -s rr -o`},
	{"names of schedulers and persistence engines", `
		-A -f 1 -s sixteen-bytes-xx ! EINVAL
		-A -f 1 -s fifteen-bytes-x ! ENOENT
		-A -f 1 -s rr --pe nosuch ! ENOENT
		-A -f 1 -s rr --pe sixteen-bytes-xx ! EINVAL
		-A -u 10.0.0.1:5060 -s rr -p 60 --pe sip
		-E -u 10.0.0.1:5060 -s rr -p 60 --pe nosuch ! ENOENT
		= -A -u 10.0.0.1:5060 -s rr -p 60 --pe sip
		-E -u 10.0.0.1:5060 -s rr -p 60
		= -A -u 10.0.0.1:5060 -s rr -p 60`},
	{"persistence and netmasks", `
		-A -t 10.0.0.1:0 -s rr ! EINVAL
		-A -t 10.0.0.1:0 -s rr -p
		-A -t 10.0.0.1:80 -s rr -p 4294967 -M 255.255.255.0
		-A -t 10.0.0.1:81 -s rr -p 4294968 ! EINVAL
		-A -t 10.0.0.1:82 -s rr -p 1 -M 0.0.0.0
		-A -t 10.0.0.1:83 -s rr -p 1 -M 255.0.255.0
		-A -t 10.0.0.1:84 -s rr -p 1 -M 255.255.255.255
		-A -t 10.0.0.1:85 -s rr -p 1 -M ffff:: ! EINVAL
		-A -t 10.0.0.1:86 -s rr -M 255.255.0.0 ! EINVAL
		-A -t [2001:db8::1]:80 -s rr -p 300 -M 64
		-A -t [2001:db8::1]:81 -s rr -p 300 -M 1
		-A -t [2001:db8::1]:82 -s rr -p 300 -M 128
		-A -f 7 -6 -s rr -p 300 -M 127
		= -A -t 10.0.0.1:0 -s rr -p 360
		= -A -t 10.0.0.1:80 -s rr -p 4294967 -M 255.255.255.0
		= -A -t 10.0.0.1:82 -s rr -p 1 -M 0.0.0.0
		= -A -t 10.0.0.1:83 -s rr -p 1 -M 255.0.255.0
		= -A -t 10.0.0.1:84 -s rr -p 1
		= -A -t [2001:db8::1]:80 -s rr -p 300 -M 64
		= -A -t [2001:db8::1]:81 -s rr -p 300 -M 1
		= -A -t [2001:db8::1]:82 -s rr -p 300
		= -A -f 7 -6 -s rr -p 300 -M 127`},
	{"a service twice, and one that is not there", `
		-A -t 10.0.0.1:80 -s rr
		-A -t 10.0.0.1:80 -s wrr ! EEXIST
		-A -t 10.0.0.1:80 -s nosuch ! EEXIST
		-E -t 10.0.0.1:81 -s rr ! ESRCH
		-E -t 10.0.0.1:81 -s nosuch ! ESRCH
		-D -t 10.0.0.1:81 ! ESRCH
		-a -t 10.0.0.1:81 -r 10.0.0.9:80 -m ! ESRCH
		-e -t 10.0.0.1:81 -r 10.0.0.9:80 -m ! ESRCH
		-d -t 10.0.0.1:81 -r 10.0.0.9:80 ! ESRCH
		= -A -t 10.0.0.1:80 -s rr
		-D -t 10.0.0.1:80
		-D -t 10.0.0.1:80 ! ESRCH
		= nothing`},
	{"a destination twice, and one that is not there", `
		-A -t 10.0.0.1:80 -s rr
		-a -t 10.0.0.1:80 -r 10.0.0.9:80 -m
		-a -t 10.0.0.1:80 -r 10.0.0.9:80 -m -w 5 ! EEXIST
		-a -t 10.0.0.1:80 -r 10.0.0.9:81 -m
		-e -t 10.0.0.1:80 -r 10.0.0.8:80 -m ! ENOENT
		-d -t 10.0.0.1:80 -r 10.0.0.8:80 ! ENOENT
		-d -t 10.0.0.1:80 -r 10.0.0.9:81
		= -A -t 10.0.0.1:80 -s rr
		= -a -t 10.0.0.1:80 -r 10.0.0.9:80 -m -w 1
		-d -t 10.0.0.1:80 -r 10.0.0.9:80
		-d -t 10.0.0.1:80 -r 10.0.0.9:80 ! ENOENT
		-a -t 10.0.0.1:80 -r 10.0.0.9:80 -g
		= -A -t 10.0.0.1:80 -s rr
		= -a -t 10.0.0.1:80 -r 10.0.0.9:80 -g -w 1`},
	{"every forwarding method and encapsulation", `
		-A -t 10.0.0.1:80 -s rr
		-a -t 10.0.0.1:80 -r 10.0.0.10:80 -m
		-a -t 10.0.0.1:80 -r 10.0.0.11:80 -g
		-a -t 10.0.0.1:80 -r 10.0.0.12:80 -i
		-a -t 10.0.0.1:80 -r 10.0.0.13:80 -l
		-a -t 10.0.0.1:80 -r 10.0.0.14:80 -i --tun-type gue --tun-port 6080
		-a -t 10.0.0.1:80 -r 10.0.0.15:80 -i --tun-type gue --tun-port 6080 --tun-csum
		-a -t 10.0.0.1:80 -r 10.0.0.16:80 -i --tun-type gue --tun-port 65535 --tun-remcsum
		-a -t 10.0.0.1:80 -r 10.0.0.17:80 -i --tun-type gre
		-a -t 10.0.0.1:80 -r 10.0.0.18:80 -i --tun-type gre --tun-csum
		-a -t 10.0.0.1:80 -r 10.0.0.20:80 -i --tun-type gue ! EINVAL
		-a -t 10.0.0.1:80 -r 10.0.0.20:80 -i --tun-type gre --tun-remcsum ! EINVAL
		-a -t 10.0.0.1:80 -r 10.0.0.20:80 -i --tun-csum ! EINVAL
		-a -t 10.0.0.1:80 -r 10.0.0.20:80 -m --tun-type gre ! EINVAL
		-e -t 10.0.0.1:80 -r 10.0.0.10:80 -i --tun-type gre
		= -A -t 10.0.0.1:80 -s rr
		= -a -t 10.0.0.1:80 -r 10.0.0.10:80 -i -w 1 --tun-type gre --tun-nocsum
		= -a -t 10.0.0.1:80 -r 10.0.0.11:80 -g -w 1
		= -a -t 10.0.0.1:80 -r 10.0.0.12:80 -i -w 1 --tun-type ipip
		= -a -t 10.0.0.1:80 -r 10.0.0.13:80 -l -w 1
		= -a -t 10.0.0.1:80 -r 10.0.0.14:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-nocsum
		= -a -t 10.0.0.1:80 -r 10.0.0.15:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-csum
		= -a -t 10.0.0.1:80 -r 10.0.0.16:80 -i -w 1 --tun-type gue --tun-port 65535 --tun-remcsum
		= -a -t 10.0.0.1:80 -r 10.0.0.17:80 -i -w 1 --tun-type gre --tun-nocsum
		= -a -t 10.0.0.1:80 -r 10.0.0.18:80 -i -w 1 --tun-type gre --tun-csum
		-e -t 10.0.0.1:80 -r 10.0.0.10:80 -m
		-e -t 10.0.0.1:80 -r 10.0.0.10:80 -i
		-d -t 10.0.0.1:80 -r 10.0.0.14:80
		-D -t 10.0.0.1:80
		= nothing`},
	{"weights, thresholds and ports at their ends", `
		-A -t 10.0.0.1:65535 -s rr
		-a -t 10.0.0.1:65535 -r 10.0.0.10:65535 -m -w 0
		-a -t 10.0.0.1:65535 -r 10.0.0.11:0 -m -w 2147483647
		-a -t 10.0.0.1:65535 -r 10.0.0.12:1 -m -x 2147483647 -y 2147483647
		-a -t 10.0.0.1:65535 -r 10.0.0.13:1 -m -x 2147483648 ! EINVAL
		-a -t 10.0.0.1:65535 -r 10.0.0.13:1 -m -x 1 -y 2 ! ERANGE
		-a -t 10.0.0.1:65535 -r 10.0.0.13:1 -m -y 1 ! ERANGE
		= -A -t 10.0.0.1:65535 -s rr
		= -a -t 10.0.0.1:65535 -r 10.0.0.10:65535 -m -w 0
		= -a -t 10.0.0.1:65535 -r 10.0.0.11:0 -m -w 2147483647
		= -a -t 10.0.0.1:65535 -r 10.0.0.12:1 -m -w 1 -x 2147483647 -y 2147483647`},
	{"an update replaces all that was set before", `
		-A -u 10.0.0.1:80 -s sh -p 60 -M 255.255.0.0 -o -b sh-port
		-a -u 10.0.0.1:80 -r 10.0.0.9:80 -i -w 5 -x 100 -y 50 --tun-type gre --tun-csum
		-E -u 10.0.0.1:80 -s sh
		-e -u 10.0.0.1:80 -r 10.0.0.9:80 -m -w 0
		= -A -u 10.0.0.1:80 -s sh
		= -a -u 10.0.0.1:80 -r 10.0.0.9:80 -m -w 0
		-E -u 10.0.0.1:80 -s mh -p 60 -M 255.255.0.0 -o -b mh-port
		-e -u 10.0.0.1:80 -r 10.0.0.9:80 -i -w 5 -x 100 -y 50 --tun-type gre --tun-csum
		= -A -u 10.0.0.1:80 -s mh -p 60 -M 255.255.0.0 -o -b mh-port
		= -a -u 10.0.0.1:80 -r 10.0.0.9:80 -i -w 5 -x 100 -y 50 --tun-type gre --tun-csum`},
	{"families may only mix in a tunnel", `
		-A -t 10.0.0.1:80 -s rr
		-A -t [2001:db8::1]:80 -s rr
		-a -t 10.0.0.1:80 -r [2001:db8::9]:80 -m ! EINVAL
		-a -t 10.0.0.1:80 -r [2001:db8::9]:80 -g ! EINVAL
		-a -t 10.0.0.1:80 -r [2001:db8::9]:80 -l ! EINVAL
		-a -t 10.0.0.1:80 -r [2001:db8::9]:80 -i
		-a -t [2001:db8::1]:80 -r 10.0.0.9:80 -m ! EINVAL
		-a -t [2001:db8::1]:80 -r 10.0.0.9:80 -i
		-e -t [2001:db8::1]:80 -r 10.0.0.9:80 -i -w 2
		-e -t [2001:db8::1]:80 -r 10.0.0.9:80 -g ! EINVAL
		= -A -t 10.0.0.1:80 -s rr
		= -a -t 10.0.0.1:80 -r [2001:db8::9]:80 -i -w 1 --tun-type ipip
		= -A -t [2001:db8::1]:80 -s rr
		= -a -t [2001:db8::1]:80 -r 10.0.0.9:80 -i -w 2 --tun-type ipip
		-d -t 10.0.0.1:80 -r [2001:db8::9]:80
		-d -t [2001:db8::1]:80 -r 10.0.0.9:80
		= -A -t 10.0.0.1:80 -s rr
		= -A -t [2001:db8::1]:80 -s rr`},
	{"addresses that are no server's", `
		-A -t 10.0.0.1:80 -s rr
		-A -t [2001:db8::1]:80 -s rr
		-a -t 10.0.0.1:80 -r 0.0.0.0:80 -m ! EINVAL
		-a -t 10.0.0.1:80 -r 224.0.0.1:80 -m ! EINVAL
		-a -t 10.0.0.1:80 -r 255.255.255.255:80 -m ! EINVAL
		-a -t 10.0.0.1:80 -r [::ffff:10.0.0.9]:80 -m ! EINVAL
		-a -t [2001:db8::1]:80 -r [::]:80 -m ! EINVAL
		-a -t [2001:db8::1]:80 -r [ff02::1]:80 -m ! EINVAL
		-a -t [2001:db8::1]:80 -r [fe80::1]:80 -m ! EINVAL
		-a -t [2001:db8::1]:80 -r [fe80::1%lo]:80 -m ! EINVAL
		-a -t 10.0.0.1:80 -r 127.0.0.1:80 -m
		-a -t 10.0.0.1:80 -r 240.0.0.1:80 -m
		-a -t [2001:db8::1]:80 -r [::1]:80 -m
		= -A -t 10.0.0.1:80 -s rr
		= -a -t 10.0.0.1:80 -r 127.0.0.1:80 -m -w 1
		= -a -t 10.0.0.1:80 -r 240.0.0.1:80 -m -w 1
		= -A -t [2001:db8::1]:80 -s rr
		= -a -t [2001:db8::1]:80 -r [::1]:80 -m -w 1`},
	{"an address of the director keeps the forwarding method it was given", `
		-A -t 10.0.0.1:80 -s rr
		-a -t 10.0.0.1:80 -r 127.0.0.1:80 -m
		-a -t 10.0.0.1:80 -r 127.0.0.2:80 -g
		-a -t 10.0.0.1:80 -r 127.0.0.3:80 -i
		-a -t 10.0.0.1:80 -r 127.0.0.4:80 -l
		-a -t 10.0.0.1:80 -r 127.0.0.5:80 -l
		-e -t 10.0.0.1:80 -r 127.0.0.5:80 -m
		-a -t 10.0.0.1:80 -r 127.0.0.6:80 -m
		-e -t 10.0.0.1:80 -r 127.0.0.6:80 -l
		-A -t [2001:db8::1]:80 -s rr
		-a -t [2001:db8::1]:80 -r [::1]:80 -l
		-e -t [2001:db8::1]:80 -r [::1]:80 -m
		= -A -t 10.0.0.1:80 -s rr
		= -a -t 10.0.0.1:80 -r 127.0.0.1:80 -m -w 1
		= -a -t 10.0.0.1:80 -r 127.0.0.2:80 -g -w 1
		= -a -t 10.0.0.1:80 -r 127.0.0.3:80 -i -w 1 --tun-type ipip
		= -a -t 10.0.0.1:80 -r 127.0.0.4:80 -l -w 1
		= -a -t 10.0.0.1:80 -r 127.0.0.5:80 -m -w 1
		= -a -t 10.0.0.1:80 -r 127.0.0.6:80 -l -w 1
		= -A -t [2001:db8::1]:80 -s rr
		= -a -t [2001:db8::1]:80 -r [::1]:80 -m -w 1`},
	{"deleting a service deletes its destinations", `
		-A -t 10.0.0.1:80 -s rr
		-a -t 10.0.0.1:80 -r 10.0.0.9:80 -m
		-D -t 10.0.0.1:80
		= nothing
		-A -t 10.0.0.1:80 -s rr
		= -A -t 10.0.0.1:80 -s rr`},
	{"a flush deletes everything", `
		-C
		-A -t 10.0.0.1:80 -s rr
		-a -t 10.0.0.1:80 -r 10.0.0.9:80 -m
		-A -f 4294967295 -s rr
		= -A -t 10.0.0.1:80 -s rr
		= -a -t 10.0.0.1:80 -r 10.0.0.9:80 -m -w 1
		= -A -f 4294967295 -s rr
		-C
		= nothing`},
}
