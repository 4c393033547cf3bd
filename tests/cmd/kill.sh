#!/bin/sh
# Writers that are killed at any moment: nothing acknowledged is lost, and nobody is blocked.

. "$(dirname "$0")/lib.sh"

rounds=20
if slow_tests; then
	rounds=200
fi

kill_writers() {
	"$PYTHON" "$lib_here/kill.py" "$rounds" >out 2>&1 && return
	cat out
	return 1
}

test_case "4 writers killed, $rounds rounds" 'new_repo killed && kill_writers'

done_testing
