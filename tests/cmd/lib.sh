# What command tests share. A test file in this folder looks like this:
#
#	#!/bin/sh
#	. "$(dirname "$0")/lib.sh"
#
#	test_case 'add prints the id and nothing else' <<'EOF'
#		new_repo notes &&
#		gitmem add 'The staging host is stage.example.com' >actual 2>err &&
#		grep -Ex '[0-9a-f-]{36}' actual &&
#		test ! -s err
#	EOF
#
#	done_testing
#
# Every case runs in a subshell of its own that starts in the scratch folder; files stay for
# later cases, variables and the current folder do not. Its commands are joined by `&&`; a
# case with a gap in that chain fails, for nobody would see a command fail before the gap.
# What a case prints is shown when it fails.
#
# Repositories are in the default layout, of segments, where stock git works on a copy of them
# (lib_git.sh). GITMEM_TEST_OBJECT_STORE=git runs all of it on repositories in Git's layout; a
# case that is about Git's files, or in which stock git changes them, is a test_git_case.
#
# The program is $GITMEM, which meson sets; by hand: GITMEM=build/gcc/cmd/gitmem sh FILE.
# shellcheck shell=sh

lib_here=$(CDPATH='' cd -- "$(dirname "$0")" && pwd)
# shellcheck source=../tap.sh
. "$lib_here/../tap.sh"

if [ ! -x "${GITMEM:-}" ]; then
	echo 'Bail out! GITMEM does not name the program to test'
	exit 1
fi
lib_bin=$(CDPATH='' cd -- "$(dirname "$GITMEM")" && pwd)
lib_slow=${GITMEM_TEST_SLOW:-}
lib_sample=${GITMEM_TEST_SAMPLE:-}
# shellcheck disable=SC2034 # for tests with random cases
lib_seed=${GITMEM_TEST_SEED:-}
lib_faults=${GITMEM_TEST_FAULTS:-}
lib_store=${GITMEM_TEST_OBJECT_STORE:-zstd}
lib_git_copy=${GITMEM_TEST_GIT_COPY:-$lib_bin/../tests/cmd/git-copy}
lib_git=$(command -v git)

# Nothing of the person who runs the tests may leak in.
for lib_name in $(env | sed -n \
	-e 's/^\(GIT_[A-Za-z0-9_]*\)=.*/\1/p' \
	-e 's/^\(GITMEM_[A-Za-z0-9_]*\)=.*/\1/p' \
	-e 's/^\(XDG_[A-Za-z0-9_]*\)=.*/\1/p'); do
	unset "$lib_name"
done
unset GITMEM NO_COLOR CLICOLOR CLICOLOR_FORCE EDITOR VISUAL COLUMNS LINES CDPATH MAIL EMAIL

lib_state=$(mktemp -d "${TMPDIR:-/tmp}/gitmem-test-XXXXXX") || exit 1
lib_state=$(cd "$lib_state" && pwd -P)
SCRATCH=$lib_state/scratch
mkdir "$SCRATCH" "$lib_state/home" "$lib_state/lint" "$lib_state/tmp"
: >"$lib_state/damaged"

PATH=$lib_bin:$PATH
HOME=$lib_state/home
TMPDIR=$lib_state/tmp
TZ=UTC
LC_ALL=C.UTF-8
TERM=dumb
PAGER='cat'
PYTHON=${PYTHON:-python3}
GITMEM_AGENT=tester
GITMEM_AUTHOR_DATE=2026-01-02T03:04:05Z
GITMEM_COMMITTER_DATE=2026-01-02T03:04:05Z
GIT_CONFIG_NOSYSTEM=1
# A finding of a sanitizer ends the process with a code that is no refusal of ours.
ASAN_OPTIONS=exitcode=77:detect_leaks=1:abort_on_error=0:allocator_may_return_null=1
UBSAN_OPTIONS=exitcode=77:halt_on_error=1:print_stacktrace=1
LSAN_OPTIONS=exitcode=77
export SCRATCH PATH HOME TMPDIR TZ LC_ALL TERM PAGER PYTHON GITMEM_AGENT GITMEM_AUTHOR_DATE \
	GITMEM_COMMITTER_DATE GIT_CONFIG_NOSYSTEM ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS
umask 022

# shellcheck source=lib_git.sh
. "$lib_here/lib_git.sh"
case $lib_store in
zstd) ;;
git)
	mkdir -p "$HOME/.config/gitmem"
	printf '[init]\n\tobjectStore = git\n' >"$HOME/.config/gitmem/config"
	;;
*)
	echo "Bail out! GITMEM_TEST_OBJECT_STORE is '$lib_store', not zstd or git"
	exit 1
	;;
esac

lib_finished=
lib_leave() {
	lib_code=$?
	trap - EXIT
	chmod -R u+rwx "$lib_state" 2>/dev/null
	cd / && rm -rf "$lib_state"
	if [ -z "$lib_finished" ]; then
		echo 'Bail out! the test file ended without done_testing'
		exit 1
	fi
	exit "$lib_code"
}
trap lib_leave EXIT
trap 'exit 1' HUP INT TERM

# True when every command of the script is joined to the one before: then none of them runs
# after this first one fails.
lib_is_chained() {
	(
		cd "$lib_state/lint" || exit 1
		eval "(exit 117) && $1"
	) >/dev/null 2>&1 </dev/null
	[ $? -eq 117 ]
}

# test_case TITLE [SCRIPT]: the script stands in the second argument or on standard input.
test_case() {
	if [ $# -ge 2 ]; then
		lib_script=$2
	else
		lib_script=$(cat)
	fi
	if ! lib_is_chained "$lib_script"; then
		echo 'the commands of this case are not all joined by &&' >"$lib_state/out"
		tap_not_ok "$1" "$lib_state/out"
		return
	fi
	(
		cd "$SCRATCH" || exit 1
		eval "$lib_script"
	) >"$lib_state/out" 2>&1 </dev/null
	lib_code=$?
	if [ "$lib_code" -eq 0 ]; then
		tap_ok "$1"
	else
		echo "(the case ended with code $lib_code)" >>"$lib_state/out"
		tap_not_ok "$1" "$lib_state/out"
	fi
}

# test_skip TITLE WHY: in the place of a case that cannot be run here.
test_skip() {
	tap_skip "$1" "$2"
}

# True where repositories are in Git's layout.
git_layout() {
	[ "$lib_store" = git ]
}

# Stock git on the repository itself, whatever its layout.
real_git() {
	"$lib_git" "$@"
}

# test_git_case TITLE [SCRIPT]: a test_case that is skipped where refs and objects are in segments.
test_git_case() {
	if ! git_layout; then
		[ $# -ge 2 ] || cat >/dev/null
		test_skip "$1" 'it is about the files of the git layout'
	else
		test_case "$@"
	fi
}

# True when the slow tests were asked for (GITMEM_TEST_SLOW=1).
slow_tests() {
	[ -n "$lib_slow" ] && [ "$lib_slow" != 0 ]
}

# True when a sample is enough, for another build tries all (GITMEM_TEST_SAMPLE=1).
sampled() {
	[ -n "$lib_sample" ] && [ "$lib_sample" != 0 ]
}

# True when the program was built with the fault seam (base/fault.h).
has_faults() {
	[ "$lib_faults" = 1 ]
}

# next_fault KIND N: which write, flush, rename or allocation is to fail after the N-th. Of the
# allocations some, ever further apart.
next_fault() {
	if sampled; then
		echo $(($2 + 1 + $2 / 2))
	elif [ "$1" != alloc ]; then
		echo $(($2 + 1))
	elif slow_tests; then
		echo $(($2 + 1 + $2 / 50))
	else
		echo $(($2 + 1 + $2 / 4))
	fi
}

# must_fail CODE COMMAND...: it refuses with exactly this code. A crash is no refusal.
must_fail() {
	lib_want=$1
	shift
	"$@"
	lib_got=$?
	if [ "$lib_got" -ne "$lib_want" ]; then
		printf 'must_fail: code %d instead of %d: %s\n' "$lib_got" "$lib_want" "$*" >&2
		return 1
	fi
}

# expect_equal EXPECTED ACTUAL
expect_equal() {
	diff -u "$1" "$2"
}

# silent COMMAND...: it succeeds and says nothing.
silent() {
	"$@" >"$lib_state/silent" 2>&1
	lib_got=$?
	if [ "$lib_got" -ne 0 ]; then
		printf 'silent: code %d: %s\n' "$lib_got" "$*" >&2
	elif [ -s "$lib_state/silent" ]; then
		printf 'silent: not silent: %s\n' "$*" >&2
		lib_got=1
	fi
	cat "$lib_state/silent" >&2
	return "$lib_got"
}

# new_repo [DIR]: a fresh folder with a repository, which becomes the current folder.
new_repo() {
	lib_repo=${1:-repo-$tap_count}
	if [ -e "$lib_repo" ]; then
		printf "new_repo: '%s' is there already\n" "$lib_repo" >&2
		return 1
	fi
	mkdir -p "$lib_repo" && cd "$lib_repo" && gitmem init >/dev/null
}

# head_of DIR: the branch HEAD is on ("refs/heads/main"), in whatever layout.
head_of() {
	git --git-dir="$1" symbolic-ref HEAD
}

# json_get FILE .key[.key|.INDEX]...: the value of each JSON line of the file, one per line;
# text as it is, everything else as JSON. Fails when a line has no such value.
json_get() {
	"$PYTHON" -c '
import json, sys

with open(sys.argv[1], encoding="utf-8") as lines:
    for line in lines:
        value = json.loads(line)
        for key in sys.argv[2].split(".")[1:]:
            if key:
                value = value[int(key)] if isinstance(value, list) else value[key]
        print(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
' "$1" "$2"
}

# write_some NAME: commit memories of one writer's own, one after the other.
write_some() {
	for lib_i in 1 2 3; do
		gitmem -q add -c --key "w$1/$lib_i" "by $1" >/dev/null || return 1
	done
}

# damaged DIR: done_testing leaves the repository in DIR alone, the test has broken it.
damaged() {
	(CDPATH='' cd -- "$1" && pwd -P) >>"$lib_state/damaged"
}

# Run a command that looks for faults; say what it said only when it found some.
lib_judge() {
	"$@" >"$lib_state/judge" 2>&1
	lib_got=$?
	if [ "$lib_got" -ne 0 ]; then
		cat "$lib_state/judge"
		echo "(code $lib_got: $*)"
	else
		grep -E '^(error|warning|fatal|missing|broken|bad|hash mismatch)' "$lib_state/judge"
	fi
}

# One repository, named by its .gitmem folder, as gitmem and stock git see it.
lib_check_repository() {
	lib_judge gitmem -C "$1/.." fsck
	lib_judge git --git-dir="$1" fsck --strict --no-progress
	if git --git-dir="$1" rev-parse -q --verify HEAD >/dev/null 2>&1; then
		lib_judge git --git-dir="$1" log --stat --all
	fi
}

# Check every repository that the cases left behind, then print the plan.
done_testing() {
	find "$SCRATCH" -name .gitmem -type d -prune 2>/dev/null | LC_ALL=C sort \
		>"$lib_state/repositories"
	while IFS= read -r lib_repo; do
		if grep -qxF -e "$lib_repo" -e "${lib_repo%/.gitmem}" "$lib_state/damaged"; then
			continue
		fi
		lib_check_repository "$lib_repo" >"$lib_state/out" 2>&1 </dev/null
		tap_result "gitmem and git find no fault in ${lib_repo#"$SCRATCH"/}" "$lib_state/out"
	done <"$lib_state/repositories"
	lib_finished=1
	tap_done
	exit $?
}
