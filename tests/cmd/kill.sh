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

# Of what they began fsck only warns; the check at the end tells that nothing needs it.
clean_up() {
	gitmem fsck >out 2>&1 || return
	sed -n "s/^warning: file '\(.*\)': \(it was cut off\|nothing in the store\) .*/\1/p" out >left &&
		while read -r file; do
			rm "$file" || return
		done <left
}

test_case "4 writers killed, $rounds rounds" 'new_repo killed && kill_writers && clean_up'

done_testing
