#!/bin/sh
# gitmem bisect: the commit that brought something about, found in few steps.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

commit_of() {
	gitmem --json log -n 1 "$1" >commit.json && json_get commit.json .commit
}

# Ten commits; the sixth of them, main~4, gives the question another answer.
test_case 'since which commit does this question get that answer' <<'EOF'
	new_repo story &&
	for i in 1 2 3 4 5; do
		gitmem add -c --key "host/$i" "The host number $i answers questions of $i people" >id || exit 1
	done &&
	gitmem add -c 'The staging host is stage.example.com' >id &&
	for i in 6 7 8 9; do
		gitmem add -c --key "host/$i" "The host number $i answers questions of $i people" >id || exit 1
	done &&
	gitmem add -c --key last 'One more' >id &&
	culprit=$(commit_of HEAD~5) &&
	head_of .gitmem >head.before &&
	commit_of main >main.before &&
	gitmem bisect start HEAD HEAD~9 >out 2>err &&
	test ! -s err &&
	grep -qx 'Bisecting: 4 revisions left to test after this (roughly 2 steps)' out &&
	gitmem bisect run sh -c '! gitmem recall -k 1 staging host | grep -q stage.example.com' \
		>out 2>err &&
	test ! -s err &&
	grep -qx "$culprit is the first bad commit" out &&
	tail -n 1 out >actual &&
	echo 'bisect found first bad commit' >expect &&
	expect_equal expect actual &&
	head_of .gitmem >actual &&
	expect_equal head.before actual &&
	commit_of main >actual &&
	expect_equal main.before actual
EOF

test_case 'reset forgets all of it' <<'EOF'
	cd story &&
	git --git-dir=.gitmem for-each-ref refs/bisect >refs &&
	grep -q refs/bisect/bad refs &&
	silent gitmem bisect reset &&
	git --git-dir=.gitmem for-each-ref refs/bisect >refs &&
	test ! -s refs &&
	find .gitmem -maxdepth 1 -name 'BISECT_*' >files &&
	test ! -s files &&
	gitmem bisect reset 2>err &&
	grep -qx 'there is no bisection' err &&
	must_fail 128 gitmem bisect log 2>err &&
	printf "error: there is no bisection\nhint: 'gitmem bisect start' begins one\n" >expect &&
	expect_equal expect err &&
	must_fail 128 gitmem bisect good &&
	must_fail 128 gitmem bisect run true
EOF

test_case 'random histories are bisected as stock git does it' <<'EOF'
	mkdir random && cd random &&
	"$PYTHON" "$lib_here/bisect_random.py" 20260204 5
EOF

test_case 'it tells what it waits for, as git does' <<'EOF'
	cd story &&
	gitmem bisect start >out &&
	echo 'status: waiting for both good and bad commits' >expect &&
	expect_equal expect out &&
	gitmem bisect good HEAD~9 HEAD~8 >out &&
	echo 'status: waiting for bad commit, 2 good commits known' >expect &&
	expect_equal expect out &&
	gitmem bisect start >out &&
	gitmem bisect bad >out &&
	echo 'status: waiting for good commit(s), bad commit known' >expect &&
	expect_equal expect out &&
	gitmem --json bisect bad HEAD~1 >out &&
	test "$(json_get out .status)" = waiting &&
	test "$(json_get out .bad)" = "$(commit_of HEAD~1)" &&
	must_fail 129 gitmem bisect bad HEAD HEAD~1 &&
	must_fail 128 gitmem bisect good nonsense &&
	must_fail 128 gitmem bisect run true 2>err &&
	grep -qx 'error: a good and a bad revision must be known first' err &&
	gitmem bisect next >out 2>err &&
	echo 'warning: bisecting only with a bad commit' >expect &&
	expect_equal expect err &&
	grep -q '^Bisecting: ' out &&
	gitmem bisect reset
EOF

test_case 'exit codes of the command mean what they mean to git' <<'EOF'
	cd story &&
	third=$(commit_of HEAD~3) &&
	export third &&
	gitmem bisect start HEAD HEAD~9 >out &&
	must_fail 128 gitmem bisect run sh -c 'exit 128' >out 2>err &&
	grep -q "^error: exit code 128 from 'sh' '-c' 'exit 128' ends the run" err &&
	must_fail 128 gitmem bisect run sh -c 'kill -SEGV $$' >out 2>err &&
	grep -q '^error: exit code 139 from ' err &&
	must_fail 128 gitmem bisect run ./no-such-command >out 2>err &&
	grep -qx 'error: the command exits with 127 on a good commit too' err &&
	git --git-dir=.gitmem for-each-ref --format='%(refname)' refs/bisect >refs &&
	test "$(wc -l <refs)" -eq 2 &&
	gitmem bisect run sh -c '
		test "$GITMEM_AT" != "$third" || exit 125
		test "$(gitmem --json list | wc -l)" -lt 7' >out 2>err &&
	grep -qx "$(commit_of HEAD~4) is the first bad commit" out &&
	gitmem bisect start HEAD HEAD~9 >out &&
	must_fail 1 gitmem bisect run sh -c 'exit 125' >out 2>err &&
	grep -qx "There are only 'skip'ped commits left to test." out &&
	grep -qx 'We cannot bisect more!' out &&
	grep -qx "$third" out &&
	grep -qx 'error: bisect run cannot continue any more' err &&
	gitmem bisect log >log &&
	grep -q '^# only skipped commits left to test$' log &&
	grep -q '^# possible first bad commit: ' log
EOF

test_case 'what stands behind run belongs to the command' <<'EOF'
	cd story &&
	gitmem bisect start HEAD HEAD~9 >out &&
	gitmem bisect run sh -c 'echo "$0 $*" >words; exit 1' --json -- -q --branch=x >out 2>err &&
	echo '--json -- -q --branch=x' >expect &&
	expect_equal expect words &&
	grep -q ' is the first bad commit$' out &&
	must_fail 129 gitmem bisect run &&
	gitmem bisect reset
EOF

test_case 'a branch that is named is the one of the command too' <<'EOF'
	cd story &&
	gitmem branch other HEAD~1 &&
	gitmem --branch other bisect start HEAD HEAD~3 >out &&
	test "$(git --git-dir=.gitmem rev-parse refs/bisect/bad)" = "$(commit_of other)" &&
	gitmem --branch other bisect run sh -c 'echo "$GITMEM_BRANCH" >branch' >out &&
	echo other >expect &&
	expect_equal expect branch &&
	gitmem bisect reset
EOF

test_case 'with --json each step is an object' <<'EOF'
	cd story &&
	gitmem --json bisect start HEAD HEAD~9 >out &&
	test "$(json_get out .status)" = testing &&
	test "$(json_get out .left)" = 4 &&
	test "$(json_get out .steps)" = 2 &&
	test "$(json_get out .commit)" = "$(git --git-dir=.gitmem rev-parse HEAD~5)" &&
	gitmem --json bisect run sh -c 'echo noise; if gitmem list | grep -q host/7; then exit 3; fi' >out 2>err &&
	grep -qx noise err &&
	grep '"tested"' out >tested &&
	grep -q '"exit_code":3,"term":"bad"' tested &&
	tail -n 1 out >last &&
	test "$(json_get last .status)" = found &&
	test "$(json_get last .commit)" = "$(git --git-dir=.gitmem rev-parse HEAD~3)" &&
	test "$(json_get last .found.changed.0.path)" = keys/host/7.md &&
	gitmem bisect log >log &&
	gitmem --json bisect log >out &&
	json_get out .log >actual &&
	sed '$a\' log | grep . >expect &&
	grep . actual >actual.lines &&
	expect_equal expect actual.lines
EOF

test_case 'a log can be replayed' <<'EOF'
	cd story &&
	gitmem bisect log >log &&
	grep -q '^gitmem bisect start ' log &&
	gitmem bisect reset &&
	gitmem add -c --key later 'HEAD has moved on' >id &&
	gitmem bisect replay log >out &&
	tail -n 20 out | grep -qx "$(commit_of HEAD~4) is the first bad commit" &&
	gitmem bisect log >actual &&
	expect_equal log actual &&
	sed 's/^gitmem bisect/git bisect/' log >log.git &&
	gitmem bisect replay log.git >out &&
	gitmem bisect log >actual &&
	expect_equal log actual &&
	echo "gitmem bisect start 'never ends" >broken &&
	must_fail 128 gitmem bisect replay broken 2>err &&
	grep -q 'a quote does not end' err &&
	must_fail 129 gitmem bisect replay &&
	gitmem bisect reset
EOF

test_case 'a merge can be taken as one change' <<'EOF'
	new_repo merges &&
	gitmem add -c 'one' >id &&
	for n in 1 2 3; do
		gitmem --branch topic add -c "topic $n" >id && gitmem add -c "main $n" >id || exit 1
	done &&
	gitmem merge -q topic &&
	gitmem add -c 'two' >id &&
	gitmem bisect start --first-parent HEAD main~5 >out &&
	gitmem bisect run sh -c '! gitmem list | grep -q "topic 2"' >out &&
	grep -qx "$(commit_of HEAD~1) is the first bad commit" out &&
	gitmem bisect log >log &&
	grep -q "^gitmem bisect start '--first-parent' " log &&
	gitmem bisect replay log >out &&
	grep -qx "$(commit_of HEAD~1) is the first bad commit" out &&
	must_fail 129 gitmem bisect good --first-parent &&
	gitmem bisect reset &&
	find .gitmem -maxdepth 1 -name 'BISECT_*' >files &&
	test ! -s files
EOF

test_case 'only commits that change a memory are looked at' <<'EOF'
	new_repo one-memory &&
	gitmem add -c --key user/editor vim >id &&
	for i in 1 2 3 4 5 6 7; do
		gitmem add -c "noise $i" >id &&
		gitmem edit -c user/editor --content "editor $i" || exit 1
	done &&
	gitmem bisect start HEAD HEAD~14 -- user/editor >out &&
	grep -q '^Bisecting: 3 revisions left' out &&
	gitmem bisect run sh -c 'echo "$GITMEM_AT" >>tested
		! gitmem show "$GITMEM_AT:user/editor" | grep -q "editor [4-7]"' >out &&
	grep -qx "$(commit_of HEAD~6) is the first bad commit" out &&
	while read -r commit; do
		gitmem show "$commit" | grep -q keys/user/editor.md || exit 1
	done <tested &&
	gitmem bisect log | grep -q " '--' 'user/editor'$" &&
	must_fail 1 gitmem bisect start HEAD HEAD~14 -- no/such/memory 2>err &&
	grep -qx 'error: no testable commit was found' err &&
	gitmem bisect reset
EOF

test_case 'other words for good and bad' <<'EOF'
	cd story &&
	gitmem bisect start >out &&
	gitmem bisect new HEAD >out &&
	echo 'status: waiting for old commit(s), new commit known' >expect &&
	expect_equal expect out &&
	must_fail 129 gitmem bisect good HEAD~3 2>err &&
	grep -q "none of the terms 'new' and 'old'" err &&
	gitmem bisect old HEAD~2 >out &&
	grep -q '^Bisecting: 0 revisions' out &&
	gitmem bisect new >out &&
	grep -q ' is the first new commit$' out &&
	gitmem bisect start --term-bad=fast --term-good slow HEAD HEAD~2 >out &&
	gitmem bisect slow >out &&
	grep -qx "$(commit_of HEAD) is the first fast commit" out &&
	git --git-dir=.gitmem rev-parse -q --verify refs/bisect/fast >/dev/null &&
	gitmem bisect log | grep -q "^gitmem bisect start '--term-bad=fast' '--term-good=slow' " &&
	must_fail 129 gitmem bisect start --term-bad=good HEAD HEAD~2 &&
	must_fail 129 gitmem bisect start --term-bad=skip &&
	must_fail 129 gitmem bisect start --term-bad=a --term-good=a &&
	must_fail 129 gitmem bisect start --term-bad='a b' &&
	must_fail 129 gitmem bisect good --term-bad=x &&
	gitmem bisect reset &&
	must_fail 129 gitmem bisect nonsense &&
	must_fail 129 gitmem bisect
EOF

test_case 'good and bad that do not fit together' <<'EOF'
	new_repo askew &&
	gitmem add -c 'one' >id &&
	gitmem add -c 'two' >id &&
	gitmem branch side &&
	gitmem add -c 'three' >id &&
	gitmem --branch side add -c 'four' >id &&
	must_fail 128 gitmem bisect start main~1 main 2>err &&
	grep -q '^error: some good revisions are not ancestors of the bad one$' err &&
	must_fail 128 gitmem bisect start main main 2>err &&
	grep -qx "error: $(commit_of main) was both good and bad" err &&
	gitmem bisect start main side >out &&
	head -n 1 out >actual &&
	echo 'Bisecting: a merge base must be tested' >expect &&
	expect_equal expect actual &&
	must_fail 1 gitmem bisect bad 2>err &&
	grep -qx "error: the merge base $(commit_of main~1) is bad" err &&
	gitmem bisect start main side >out &&
	gitmem bisect skip >out 2>err &&
	grep -q "^warning: the merge base $(commit_of main~1) is skipped" err &&
	grep -q ' is the first bad commit$\|^Bisecting\|only' out &&
	gitmem bisect start main side >out &&
	gitmem bisect good >out &&
	grep -qx "$(commit_of main) is the first bad commit" out &&
	gitmem bisect reset
EOF

test_case 'gc keeps what a bisection needs' <<'EOF'
	new_repo kept &&
	for i in 1 2 3 4 5 6 7 8; do
		gitmem add -c "memory $i" >id || exit 1
	done &&
	bad=$(commit_of main) &&
	gitmem switch -q -c rest main~7 &&
	gitmem branch -D main >out 2>&1 &&
	gitmem bisect start "$bad" HEAD >out &&
	gitmem gc --prune=now >packed 2>&1 &&
	gitmem repack --object-store git >converted 2>&1 &&
	gitmem repack --object-store zstd >converted 2>&1 &&
	gitmem repack --object-store git >converted 2>&1 &&
	sed -n 's/^\[\(.*\)\].*/\1/p' out >expect &&
	expect_equal expect .gitmem/BISECT_HEAD &&
	gitmem bisect run sh -c 'test "$(gitmem list | wc -l)" -lt 5' >out &&
	grep -q ' is the first bad commit$' out &&
	gitmem bisect reset
EOF

test_case 'a signal ends the command and the run, and nothing is lost' <<'EOF'
	cd one-memory &&
	gitmem bisect start HEAD HEAD~14 >out &&
	git --git-dir=.gitmem for-each-ref refs/bisect >before &&
	{ gitmem bisect run sh -c 'echo $$ >pid; exec sleep 60' >out 2>err & } &&
	run=$! &&
	until [ -s pid ]; do sleep 0.05; done &&
	kill -TERM "$run" &&
	must_fail 143 wait "$run" &&
	must_fail 1 kill -0 "$(cat pid)" 2>/dev/null &&
	git --git-dir=.gitmem for-each-ref refs/bisect >actual &&
	expect_equal before actual &&
	gitmem bisect run true >out &&
	grep -q ' is the first bad commit$' out &&
	gitmem bisect reset
EOF

test_case 'in an empty repository there is nothing to bisect' <<'EOF'
	new_repo empty &&
	must_fail 128 gitmem bisect start HEAD &&
	gitmem bisect start >out &&
	must_fail 128 gitmem bisect bad 2>err &&
	grep -qx "error: branch 'main' has no commit yet" err &&
	gitmem bisect reset
EOF

test_case 'subcommands complete' <<'EOF'
	gitmem completion --words -- bisect r >found &&
	cut -f 1 found >actual &&
	printf 'run\nreplay\nreset\n' >expect &&
	expect_equal expect actual &&
	cd story &&
	gitmem completion --words -- bisect start o | cut -f 1 >actual &&
	grep -qx other actual
EOF

done_testing
