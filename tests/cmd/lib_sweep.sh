# Sourced behind lib.sh by tests in which each allocation, write, flush and rename of a command
# fails once: an error, and a sound repository.
# shellcheck shell=sh disable=SC2154 # what begins with lib_ is of lib.sh

if ! has_faults; then
	test_skip 'faults' 'the program was built without -Dfault_injection=true'
	done_testing
fi

# lib.sh took it out of the environment, for the program's sake.
if slow_tests; then
	GITMEM_TEST_SLOW=1
	export GITMEM_TEST_SLOW
fi
if sampled; then
	GITMEM_TEST_SAMPLE=1
	export GITMEM_TEST_SAMPLE
fi

# sweep [OPTION...] TEMPLATE KIND COMMAND...
# Where there are segments, most commands rename nothing.
sweep() {
	if git_layout; then
		"$PYTHON" "$lib_here/sweep.py" "$@"
	else
		"$PYTHON" "$lib_here/sweep.py" --none "$@"
	fi
}

# sweeps TITLE OPTION...: the four kinds as a case each.
sweeps_kinds='alloc write fsync rename'
sweeps() {
	sweeps_title=$1
	shift
	for sweeps_kind in $sweeps_kinds; do
		# shellcheck disable=SC2001 # a word among others
		test_case "$sweeps_title: $sweeps_kind" "sweep $(echo "$*" | sed "s/KIND/$sweeps_kind/")"
	done
}
