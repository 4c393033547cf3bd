#!/bin/sh
# tests/count_cases.py counts what was run, and takes nothing for green that is not.

. "$(dirname "$0")/../tap.sh"
here=$(CDPATH='' cd -- "$(dirname "$0")" && pwd) || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/gitmem-lint-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
python=${PYTHON:-python3}

# counts TITLE LINE CODE [RESULT RETURNCODE OUTPUT]: a log in which one program ended so gives
# this last line and exit code. OUTPUT stands as it would inside a JSON string.
counts() {
	: >"$work/log"
	if [ $# -gt 3 ]; then
		printf '{"name": "x", "result": "%s", "returncode": %s, "stdout": "%s"}\n' \
			"$4" "$5" "$6" >"$work/log"
	fi
	"$python" "$here/../count_cases.py" "gcc=$work/log" >"$work/out" 2>&1
	code=$?
	if [ "$(tail -n 1 "$work/out")" = "$2" ] && [ "$code" -eq "$3" ]; then
		tap_ok "$1"
	else
		echo "code $code; wanted '$2' and code $3" >>"$work/out"
		tap_not_ok "$1" "$work/out"
	fi
}

counts 'cases that pass' '2 passed, 0 failed' 0 OK 0 '1..2\nok 1 - a\nok 2 - b\n'
cp "$work/log" "$work/good"
counts 'a plan at the end' '1 passed, 0 failed' 0 OK 0 'ok 1 - a\n1..1\n'
counts 'a case that fails' '1 passed, 1 failed' 1 FAIL 0 '1..2\nnot ok 1 - a\n# why\nok 2 - b\n'
counts 'the exit code of a failed case is no second failure' '1 passed, 1 failed' 1 \
	ERROR 1 '1..2\nnot ok 1 - a\nok 2 - b\n'
counts 'a skipped case' '1 passed, 0 failed, 1 skipped' 0 \
	OK 0 '1..2\nok 1 - a # SKIP no clang\nok 2 - b\n'
counts 'no plan' '1 passed, 1 failed' 1 OK 0 'ok 1 - a\n'
counts 'no output at all' '0 passed, 1 failed' 1 SKIP 0 ''
counts 'fewer cases than planned' '1 passed, 1 failed' 1 OK 0 '1..3\nok 1 - a\n'
counts 'more cases than planned' '2 passed, 1 failed' 1 OK 0 '1..1\nok 1 - a\nok 2 - b\n'
counts 'a crash behind the last case' '1 passed, 1 failed' 1 ERROR -11 '1..1\nok 1 - a\n'
counts 'a crash after a failed case' '0 passed, 2 failed' 1 ERROR -6 '1..2\nnot ok 1 - a\n'
counts 'an exit code without a failed case' '1 passed, 1 failed' 1 ERROR 3 '1..1\nok 1 - a\n'
counts 'a time-out' '1 passed, 1 failed' 1 TIMEOUT -15 '1..2\nok 1 - a\n'
counts 'a bail-out' '1 passed, 1 failed' 1 OK 0 '1..3\nok 1 - a\nBail out! no disk\n'
counts 'nothing but skipped is no success' '0 passed, 0 failed, 1 skipped' 1 \
	SKIP 0 '1..0 # SKIP no tool\n'
counts 'an empty log' '0 passed, 0 failed' 1
counts 'a damaged log' '0 passed, 1 failed' 1 OK 0 '"'

"$python" "$here/../count_cases.py" "gcc=$work/good" "clang=$work/absent" >"$work/out" 2>&1
if [ "$(tail -n 1 "$work/out")" = '2 passed, 1 failed' ]; then
	tap_ok 'a build without results is a failure beside the others'
else
	tap_not_ok 'a build without results is a failure beside the others' "$work/out"
fi
tap_done
