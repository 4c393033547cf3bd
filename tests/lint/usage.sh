#!/bin/sh
# Every command of the table tells the same everywhere: `-h`, manual page, README, tests.

. "$(dirname "$0")/../tap.sh"
top=$(CDPATH='' cd -- "$(dirname "$0")/../.." && pwd) || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/gitmem-lint-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

if [ ! -x "${GITMEM:-}" ]; then
	echo 'Bail out! GITMEM does not name the program to test'
	exit 1
fi
unset GITMEM_DIR GITMEM_BRANCH
cd "$work" || exit 1
HOME=$work
export HOME

# The usage lines of a command as it prints them.
usage_of() {
	"$GITMEM" "$1" -h | sed -n -e 's/^usage: //p' -e 's/^   or: //p'
}

# The same lines of a page in scdoc(5): one a line, without the marks of its syntax.
synopsis_of() {
	sed -n '/^# SYNOPSIS$/,/^# DESCRIPTION$/p' "$1" |
		sed -e '/^#/d' -e '/^$/d' -e 's/++$//' -e 's/[*_\\]//g'
}

# The options of a table in the help, long ones where there is one.
options_of() {
	"$GITMEM" "$1" -h | sed -n \
		-e 's/^    -[A-Za-z0-9], \(--[a-z-]*\).*/\1/p' \
		-e 's/^    \(--[a-z-]*\).*/\1/p' \
		-e 's/^    \(-[A-Za-z0-9]\)\( .*\)*$/\1/p'
}

check_usage() {
	usage_of "$1" >expect
	synopsis_of "$2" >actual
	[ -s expect ] || echo 'it prints no usage'
	diff -u expect actual
}

# What -h lists stands in the page, as a word of its own.
check_options() {
	options_of "$1" | while IFS= read -r option; do
		grep -qE "\\*$option(\\*|=)" "$2" || echo "the page says nothing of $option"
	done
}

# A page has its sections, the usual ones in this order.
check_sections() {
	printf '# %s\n' NAME SYNOPSIS DESCRIPTION OPTIONS OUTPUT JSON 'EXIT STATUS' EXAMPLES \
		'SEE ALSO' >known
	grep -xF -f known "$1" >actual
	grep -xF -f actual known >expect
	diff -u expect actual
	for section in NAME SYNOPSIS DESCRIPTION 'EXIT STATUS' EXAMPLES 'SEE ALSO'; do
		grep -qx "# $section" "$1" || echo "no section $section"
	done
}

# A wrong option is wrong usage, said once, and names the way out.
check_unknown_option() {
	"$GITMEM" "$1" --no-such-option >out 2>err </dev/null
	code=$?
	[ "$code" -eq 129 ] || echo "code $code instead of 129"
	[ ! -s out ] || cat out
	grep -qx "error: unknown option '--no-such-option'" err || cat err
	grep -qx "hint: 'gitmem $1 -h' shows the usage" err || cat err
}

check_help() {
	"$GITMEM" "$1" -h >out 2>err </dev/null || echo "code $?"
	cat err
	"$GITMEM" "$1" --help >expect 2>&1 </dev/null
	diff -u expect out
	"$GITMEM" help "$1" >expect 2>&1 </dev/null
	diff -u expect out
	awk 'length($0) > 100 { print "over 100 columns: " $0 }' out
}

# check TITLE FUNCTION ARGUMENT...
check() {
	title=$1
	shift
	"$@" >"$work/found" 2>&1
	tap_result "$title" "$work/found"
}

"$GITMEM" --json help | sed -n 's/^{"command":"\([a-z-]*\)",.*/\1/p' >commands
if [ "$(wc -l <commands)" -lt 10 ]; then
	echo 'Bail out! gitmem help --json lists no commands'
	exit 1
fi

# mentions FILE PATTERN
mentions() {
	grep -qE -e "$2" "$1" || echo "no line of $1 fits '$2'"
}

exists() {
	[ -f "$1" ] || echo "there is no $1"
}

while IFS= read -r command; do
	page=$top/docs/man/gitmem-$command.1.scd
	check "$command has tests" exists "$top/tests/cmd/$command.sh"
	check "$command stands in the table of README.md" \
		mentions "$top/README.md" "^\\| .*\`$command\`"
	check "$command stands in gitmem(1)" mentions "$top/docs/man/gitmem.1.scd" "^\\*.*\\b$command\\*"
	check "$command answers -h, --help and help alike" check_help "$command"
	check "$command refuses an unknown option" check_unknown_option "$command"
	if [ ! -f "$page" ]; then
		echo "there is no $page" >found
		tap_not_ok "$command has a manual page" found
		continue
	fi
	check "$command is called as its manual page says" check_usage "$command" "$page"
	check "every option of $command stands in its manual page" check_options "$command" "$page"
	check "the manual page of $command has its sections" check_sections "$page"
done <commands

# catches TITLE FUNCTION ARGUMENT...: the check speaks.
catches() {
	title=$1
	shift
	"$@" >out 2>&1
	if [ -s out ]; then
		tap_ok "the check sees $title"
	else
		echo 'it went unseen' >out
		tap_not_ok "the check sees $title" out
	fi
}

printf '# SYNOPSIS\n\n*gitmem version* [--other]\n\n# DESCRIPTION\n' >page
catches 'a synopsis that differs' check_usage version page
catches 'a page without an option' check_options init page
catches 'a page without its sections' check_sections page
tap_done
