#!/bin/sh
# web.sh 1|2 starts one of the two web servers of the quickstart, which run.sh
# started and you stopped.
set -eu
cd "$(dirname "$0")/../.."

dir=build/quickstart
n=${1:-}
case $n in
1 | 2) ;;
*)
	echo "usage: $0 1|2" >&2
	exit 2
	;;
esac
"$dir/webserver" "127.0.0.1:808$n" "web$n" &
echo $! >"$dir/web$n.pid"
