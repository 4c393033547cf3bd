# The Test Anything Protocol, for shell tests. Sourced, never run.
#
#   tap_ok TITLE            one case passed
#   tap_not_ok TITLE FILE   one case failed; FILE is shown as its reason
#   tap_skip TITLE WHY      one case could not be run here
#   tap_result TITLE FILE   passed when FILE is empty, else failed because of what it holds
#   tap_done                print the plan; the code is 0 when nothing failed
# shellcheck shell=sh

tap_count=0
tap_failures=0

# A `#` in a title would begin a directive.
tap_line() {
	tap_count=$((tap_count + 1))
	printf '%s %d - %s%s\n' "$1" "$tap_count" "$(printf '%s' "$2" | tr -d '#\n')" "$3"
}

tap_ok() {
	tap_line ok "$1" ''
}

tap_not_ok() {
	tap_failures=$((tap_failures + 1))
	tap_line 'not ok' "$1" ''
	sed 's/^/#   /' "$2"
}

tap_skip() {
	tap_line ok "$1" " # SKIP $2"
}

tap_result() {
	if [ -s "$2" ]; then
		tap_not_ok "$1" "$2"
	else
		tap_ok "$1"
	fi
}

tap_done() {
	printf '1..%d\n' "$tap_count"
	[ "$tap_failures" -eq 0 ]
}
