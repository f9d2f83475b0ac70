#!/bin/sh
# run.sh LUAVS [SECONDS [SERVERS]] compares what checks cost: LuaVS beside
# HAProxy, in the same minute, each asking SERVERS (4000) addresses of one local
# nginx once a second for SECONDS (15), first over TCP, then over HTTP. It
# prints the CPU time of the whole process for each check, user and system, and
# the memory of each server, which is what SERVERS cost more than one.
#
# Needs nginx and haproxy (Debian packages).
set -eu
# As root it is alone in a network of its own: connections of others do not count.
if [ -z "${ALONE:-}" ] && unshare -n true 2>/dev/null; then
	# shellcheck disable=SC2016 # the other shell expands them
	ALONE=1 exec unshare -n sh -c 'ip link set lo up && exec "$0" "$@"' "$0" "$@"
fi
luavs=$(realpath "$1")
seconds=${2:-15}
servers=${3:-4000}
port=${PORT:-18080}
PATH=$PATH:/usr/sbin

dir=$(mktemp -d)
pids=
finish() {
	for p in $pids; do kill "$p" 2>/dev/null || true; done
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 130' INT TERM
# shellcheck disable=SC3045 # dash and bash have it
ulimit -n "$(ulimit -H -n)"

# addresses are of 127.0.0.0/8, so that every server is another one.
addresses() {
	awk -v n="$1" -v p="$port" 'BEGIN { for (i = 0; i < n; i++) printf "127.1.%d.%d:%d\n", i / 250, i % 250 + 1, p }'
}

cat >"$dir/nginx.conf" <<CONF
daemon off; master_process off; pid $dir/nginx.pid; error_log $dir/error.log;
worker_rlimit_nofile 20000;
events { worker_connections 9000; }
http {
	access_log off; default_type text/plain;
	client_body_temp_path $dir/a; proxy_temp_path $dir/b; fastcgi_temp_path $dir/c; uwsgi_temp_path $dir/d; scgi_temp_path $dir/e;
	server { listen $port backlog=4096; location / { return 200 "ready\n"; } }
}
CONF
nginx -p "$dir" -c "$dir/nginx.conf" 2>/dev/null &
pids=$!

haproxy_conf() { # KIND SERVERS
	echo "global
  maxconn 100
  stats socket $dir/haproxy.sock
defaults
  mode tcp
  timeout connect 1s
  timeout client 1s
  timeout server 1s
backend farm"
	[ "$1" = tcp ] || echo "  option httpchk GET /
  http-check expect status 200"
	addresses "$2" | awk '{ printf "  server s%d %s check inter 1s\n", NR, $1 }'
}

policy() { # KIND SERVERS
	echo "local servers = {}"
	echo "local check = check.$1 { every = \"1s\", timeout = \"1s\" }"
	echo "local list = { check = check, name = \"farm\" }"
	addresses "$2" | awk '{ printf "list[#list + 1] = real_server \"%s\" {}\n", $1 }'
	echo 'virtual_server "10.0.0.1:80" (list)'
}

# used prints the CPU time of a process so far, in microseconds.
used() {
	sed 's/.*) //' "/proc/$1/stat" | awk -v hz="$(getconf CLK_TCK)" '{ printf "%d", ($12 + $13) * 1000000 / hz }'
}

# opened prints how many connections programs here have begun so far (ActiveOpens,
# RFC 4022): one a check, so that a director that falls behind does not look cheap.
opened() { awk '/^Tcp:/ { if (!col) { for (i = 1; i <= NF; i++) if ($i == "ActiveOpens") col = i } else print $col }' /proc/net/snmp; }

memory() { awk '/^VmRSS/ { print $2 }' "/proc/$1/status"; }

start() { # WHO KIND SERVERS
	case $1 in
	haproxy)
		haproxy_conf "$2" "$3" >"$dir/haproxy.cfg"
		haproxy -db -f "$dir/haproxy.cfg" >"$dir/haproxy.out" 2>&1 &
		;;
	luavs)
		policy "$2" "$3" >"$dir/policy.lua"
		"$luavs" run --dataplane memory --state none --listen "$dir/luavs.sock" "$dir/policy.lua" >"$dir/luavs.out" 2>&1 &
		;;
	esac
	pid=$!
	pids="$pids $pid"
	sleep 4 # all have been asked once, and the rhythm is found
	kill -0 "$pid" 2>/dev/null || { tail "$dir/$1.out" >&2; exit 1; }
}

stop() {
	kill "$pid"
	wait "$pid" 2>/dev/null || true
}

measure() { # WHO KIND
	start "$1" "$2" 1
	least=$(memory "$pid")
	stop
	start "$1" "$2" "$servers"
	before=$(used "$pid") opens=$(opened)
	sleep "$seconds"
	after=$(used "$pid") checks=$(($(opened) - opens))
	most=$(memory "$pid")
	stop
	cost=$(echo "$before $after $checks" | awk '{ printf "%.1f", ($2 - $1) / $3 }')
	echo "$1 $2: $cost us a check, $((checks / seconds)) checks a second, $(((most - least) * 1024 / servers)) bytes a server"
}

for kind in tcp http; do
	measure haproxy "$kind"
	theirs=$cost
	measure luavs "$kind"
	echo "$kind: $(echo "$cost $theirs" | awk '{ printf "%.2f", $1 / $2 }') of haproxy's CPU time"
done
