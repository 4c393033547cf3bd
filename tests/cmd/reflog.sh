#!/bin/sh
# gitmem reflog: where branches have been, as stock git tells it.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

git_here() {
	git --git-dir=.gitmem "$@"
}

# The same arguments, the same words.
same_as_git() {
	gitmem reflog "$@" >actual && git_here reflog "$@" >expect && expect_equal expect actual
}

test_case 'without a commit there is none' <<'EOT'
	new_repo empty &&
	silent gitmem reflog &&
	silent gitmem --json reflog &&
	must_fail 128 gitmem reflog main 2>err &&
	grep -qx "error: unknown revision 'main'" err &&
	must_fail 128 gitmem --branch nope reflog 2>err &&
	grep -qx "error: branch 'nope' does not exist" err
EOT

test_case 'it tells what git tells' <<'EOT'
	new_repo notes &&
	gitmem add -c -m 'one' 'one' >id &&
	gitmem add -c -m 'two' 'two' >id &&
	gitmem switch -q -c side &&
	gitmem add -c -m 'three' 'three' >id &&
	gitmem switch -q main &&
	gitmem -q reset --hard HEAD~1 &&
	gitmem branch -m side other &&
	same_as_git &&
	test "$(wc -l <actual)" -eq 6 &&
	for ref in HEAD @ main other heads/other refs/heads/main; do
		same_as_git "$ref" || exit 1
		same_as_git show "$ref" || exit 1
	done &&
	same_as_git -n 2 &&
	same_as_git -1 other
EOT

test_case 'where it has been can be named' <<'EOT'
	cd notes &&
	gitmem reflog main | sed 's/^\([0-9a-f]*\) \([^ ]*\): .*/\1 \2/' >list &&
	test -s list &&
	while read -r commit name; do
		git_here rev-parse --short "$commit" >expect || exit 1
		git_here rev-parse --short "$name" >actual || exit 1
		expect_equal expect actual || exit 1
		gitmem show "$name" >out || exit 1
	done <list &&
	gitmem --json log -n 1 'main@{1}' >log &&
	test "$(json_get log .message)" = two
EOT

test_case 'it prints JSON' <<'EOT'
	cd notes &&
	gitmem --json reflog main >actual &&
	json_get actual .selector >selectors &&
	printf 'main@{0}\nmain@{1}\nmain@{2}\n' >expect &&
	expect_equal expect selectors &&
	json_get actual .message >messages &&
	git_here reflog --format=%gs main >expect &&
	expect_equal expect messages &&
	json_get actual .commit >commits &&
	git_here reflog --format=%H main >expect &&
	expect_equal expect commits &&
	test "$(json_get actual .previous | tail -n 1)" = null &&
	test "$(json_get actual .name | head -n 1)" = tester &&
	test "$(json_get actual .email | head -n 1)" = tester@localhost &&
	test "$(json_get actual .time | head -n 1)" = 2026-01-02T03:04:05Z
EOT

test_case 'with --branch it is that branch without a name' <<'EOT'
	cd notes &&
	gitmem --branch other reflog >actual &&
	gitmem reflog other >expect &&
	expect_equal expect actual
EOT

test_case 'a ref without a log has no entries' <<'EOT'
	cd notes &&
	git_here update-ref refs/tags/v1 main &&
	silent gitmem reflog v1
EOT

# Four commits and a reset, a month each; the third and the fourth commit are left behind.
old_repo() {
	new_repo "$1" &&
		for month in 1 2 3 4; do
			GITMEM_COMMITTER_DATE=2026-0$month-01T00:00:00Z \
				gitmem add -c -m "number $month" --key "k/$month" "text $month" >id ||
				return 1
		done &&
		GITMEM_COMMITTER_DATE=2026-05-01T00:00:00Z gitmem -q reset --hard main~2
}

entries_of() {
	git_here reflog --format='%gs' "$1"
}

test_case 'old entries are forgotten, in one log or in all' <<'EOT'
	old_repo old &&
	gitmem reflog expire --dry-run --expire 2026-02-15 --expire-unreachable never main >out &&
	echo 'would forget 2 of 5 entries' >expect &&
	expect_equal expect out &&
	gitmem reflog expire --expire 2026-02-15 --expire-unreachable never main 2>err &&
	echo 'forgot 2 of 5 entries' >expect &&
	expect_equal expect err &&
	entries_of main >actual &&
	printf 'reset: moving to main~2\ncommit: number 4\ncommit: number 3\n' >expect &&
	expect_equal expect actual &&
	entries_of HEAD >actual && test "$(wc -l <actual)" -eq 5 &&
	test "$(git_here rev-parse 'main@{1}^')" = "$(git_here rev-parse 'main@{2}')" &&
	gitmem --json reflog expire --expire 2026-02-15 --expire-unreachable never --all >actual &&
	test "$(json_get actual .expired)" = 2 &&
	entries_of HEAD >actual && test "$(wc -l <actual)" -eq 3
EOT

test_case 'what no ref leads to goes sooner, and with the next gc for good' <<'EOT'
	old_repo unreachable &&
	lost=$(git_here rev-parse 'main@{1}') &&
	gitmem -q gc --prune now &&
	gitmem show "$lost" >out &&
	gitmem tag third "$lost^" &&
	gitmem -q reflog expire --expire never --expire-unreachable 2026-04-15 --all &&
	entries_of main >actual &&
	{
		echo 'reset: moving to main~2' &&
		echo 'commit: number 3' &&
		echo 'commit: number 2' &&
		echo 'commit (initial): number 1'
	} >expect &&
	expect_equal expect actual &&
	gitmem -q reflog expire --expire never --expire-unreachable now --all &&
	gitmem -q gc --prune now &&
	must_fail 128 gitmem show "$lost" 2>err &&
	gitmem show third >out &&
	test "$(gitmem show k/2 | tail -n 1)" = 'text 2'
EOT

test_case 'gc forgets nothing, unless a setting says so' <<'EOT'
	old_repo settings &&
	git_here reflog >expect &&
	gitmem -q gc --prune now &&
	git_here reflog >actual &&
	expect_equal expect actual &&
	gitmem config gc.reflogExpireUnreachable 2026-04-15 &&
	gitmem -q gc --dry-run >out &&
	git_here reflog >actual &&
	expect_equal expect actual &&
	gitmem -q gc &&
	entries_of main >actual &&
	{
		echo 'reset: moving to main~2' &&
		echo 'commit: number 2' &&
		echo 'commit (initial): number 1'
	} >expect &&
	expect_equal expect actual &&
	gitmem config gc.reflogExpire nonsense &&
	must_fail 128 gitmem gc 2>err &&
	grep -qx "error: gc.reflogExpire: 'nonsense' is not a time" err
EOT

test_git_case 'stock git forgets the same' <<'EOT'
	for how in '--expire=2026-02-15 --expire-unreachable=never' \
		'--expire=never --expire-unreachable=2026-04-15' \
		'--expire=never --expire-unreachable=now' '--expire=now'; do
		n=$((${n:-0} + 1))
		old_repo "oracle$n" || exit 1
		cp -a .gitmem copy
		# shellcheck disable=SC2086 # several options
		real_git --git-dir=copy reflog expire $how main HEAD || exit 1
		# shellcheck disable=SC2086
		gitmem -q reflog expire $how main HEAD || exit 1
		for ref in main HEAD; do
			real_git --git-dir=copy reflog "$ref" >expect
			git_here reflog "$ref" >actual
			expect_equal expect actual || exit 1
		done
		rm -rf copy
		cd ..
	done
EOT

test_case 'what is written afterwards is noted as ever' <<'EOT'
	old_repo after &&
	gitmem -q reflog expire --expire now --all &&
	silent gitmem reflog main &&
	gitmem add -c -m new 'new' >id &&
	same_as_git main &&
	test "$(wc -l <actual)" -eq 1 &&
	gitmem -q reflog expire --expire now main &&
	gitmem reset -q --hard HEAD~1 &&
	same_as_git main &&
	test "$(wc -l <actual)" -eq 1
EOT

test_case 'wrong usage' <<'EOT'
	cd notes &&
	must_fail 128 gitmem reflog nope &&
	must_fail 129 gitmem reflog main other &&
	must_fail 129 gitmem reflog show main other &&
	must_fail 129 gitmem reflog -n x &&
	must_fail 129 gitmem reflog --expire now &&
	must_fail 129 gitmem reflog expire &&
	must_fail 129 gitmem reflog expire --all main &&
	must_fail 129 gitmem reflog expire --expire nonsense main &&
	must_fail 128 gitmem reflog expire --expire now nope
EOT

if has_faults; then
	test_case 'what fails forgets nothing else' <<'EOT'
		for kind in write fsync rename alloc; do
			old_repo "swept-$kind" || exit 1
			tip=$(git_here rev-parse main)
			n=0
			while n=$(next_fault $kind $n); do
				GITMEM_FAULT=$kind:$n GITMEM_FAULT_REPORT=report gitmem -q \
					reflog expire --expire 2026-02-15 --expire-unreachable never --all 2>err
				[ "$(cat report)" = hit ] || break
				gitmem fsck >faults || exit 1
				[ "$(git_here rev-parse main)" = "$tip" ] || exit 1
				for ref in main HEAD; do
					gitmem reflog "$ref" | sed 's/^.*: \(.*: .*\)/\1/' | head -n 3 >actual
					printf 'reset: moving to main~2\ncommit: number 4\ncommit: number 3\n' >expect
					expect_equal expect actual || exit 1
				done
			done
			gitmem reflog main >actual
			[ "$(wc -l <actual)" -eq 3 ] || exit 1
			gitmem -q gc || exit 1 # a segment that could not be sealed is litter
			cd ..
		done
EOT
fi

done_testing
