#!/bin/sh
# gitmem log and revisions of random histories, beside stock git. GITMEM_TEST_SEED repeats a run.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

seed=$lib_seed
[ -n "$seed" ] || seed=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
echo "# seed $seed"

compare() {
	"$PYTHON" "$lib_here/log_random.py" "$@"
}

test_case 'logs, revisions and merge bases of thousands of commits' <<'EOF'
	compare history "$seed" r 3000 80 &&
	damaged r
EOF

test_case 'many small histories' <<'EOF'
	for i in 1 2 3 4; do
		compare history "$seed-$i" "small-$i" 60 50 &&
			damaged "small-$i" || exit 1
	done
EOF

test_case 'memories that move' <<'EOF'
	for i in 1 2 3; do
		compare memories "$seed-$i" "moved-$i" 150 40 &&
			damaged "moved-$i" && damaged "moved-$i-shadow" || exit 1
	done
EOF

if slow_tests; then
	test_case 'and many more of all' <<'EOF'
		for i in $(seq 100); do
			compare history "$seed-slow-$i" "h-$i" $((i * 5)) 60 &&
				compare memories "$seed-slow-$i" "m-$i" $((i * 3)) 60 &&
				rm -rf "h-$i"* "m-$i"* || exit 1
		done
EOF
fi

done_testing
