#!/bin/sh
# run.sh shows LuaVS at work on this machine alone: it starts two small web
# servers on loopback and a daemon that watches them, with a simulated kernel,
# so it needs no privilege and changes nothing. `make run` builds and calls it.
set -eu
cd "$(dirname "$0")/../.."

dir=build/quickstart
mkdir -p "$dir"
CGO_ENABLED=0 go build -o "$dir/webserver" ./examples/quickstart/webserver

answers() {
	build/luavs exec --dataplane memory -e "assert(tcp.connect('127.0.0.1:808$1')):close()" 2>/dev/null
}
for n in 1 2; do
	if answers "$n"; then
		echo "run: somebody else has the port 127.0.0.1:808$n; is another \`make run\` at work?" >&2
		exit 1
	fi
done

luavs=
stop() {
	if [ -n "$luavs" ] && kill "$luavs" 2>/dev/null; then wait "$luavs" || true; fi
	for n in 1 2; do
		kill "$(cat "$dir/web$n.pid")" 2>/dev/null || true
		rm -f "$dir/web$n.pid"
	done
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM

for n in 1 2; do
	examples/quickstart/web.sh "$n"
done
for n in 1 2; do
	until answers "$n"; do
		kill -0 "$(cat "$dir/web$n.pid")" 2>/dev/null || {
			echo "run: no web server on 127.0.0.1:808$n; is the port taken?" >&2
			exit 1
		}
	done
done

cat <<TEXT
LuaVS watches two web servers, 127.0.0.1:8081 and 8082, and keeps a simulated
kernel as examples/quickstart/policy.lua wants it. In another terminal, here:

  kill \$(cat $dir/web1.pid)      stop one: within two seconds it leaves the table
  examples/quickstart/web.sh 1                start it again: it comes back
  build/luavs status --listen $dir/luavs.sock
                                              what is up and down, why, since when
  \$EDITOR examples/quickstart/policy.lua      change a weight and save: it is reloaded;
                                              forget a brace: the old policy runs on

Ctrl-C ends it. Lines with msg=kernel are what the kernel is told.

TEXT
# Beside the shell, so that the shell hears of its own end and ends all of it.
build/luavs run --dataplane memory --listen "$dir/luavs.sock" examples/quickstart/policy.lua &
luavs=$!
wait "$luavs"
