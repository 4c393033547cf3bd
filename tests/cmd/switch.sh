#!/bin/sh
# gitmem switch: HEAD moves, nothing else does.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

head_is() {
	[ "$(head_of .gitmem)" = "refs/heads/$1" ]
}

test_case 'it moves HEAD and says so' <<'EOF'
	new_repo notes &&
	gitmem add -c 'one' >id &&
	gitmem branch other &&
	gitmem switch other >out 2>err &&
	test ! -s out &&
	echo "Switched to branch 'other'" >expect &&
	expect_equal expect err &&
	head_is other &&
	gitmem switch main 2>err &&
	head_is main &&
	gitmem -q switch other 2>err &&
	test ! -s err
EOF

test_case 'each branch has its own memories and its own stage' <<'EOF'
	new_repo stages &&
	gitmem add -c --key shared 'both' >id &&
	gitmem switch -q -c agent &&
	gitmem add --key staged 'waits here' >id &&
	gitmem switch -q main &&
	must_fail 1 gitmem commit -m x &&
	gitmem switch -q agent &&
	gitmem commit -m 'from the stage' >out &&
	gitmem switch -q main &&
	test "$(gitmem --json list | wc -l)" -eq 1 &&
	gitmem switch -q agent &&
	test "$(gitmem --json list | wc -l)" -eq 2
EOF

test_case '-c makes the branch, at HEAD or at a revision' <<'EOF'
	cd notes &&
	gitmem switch -q main &&
	gitmem add -c 'two' >id &&
	gitmem switch -c new 2>err &&
	echo "Switched to a new branch 'new'" >expect &&
	expect_equal expect err &&
	head_is new &&
	test "$(git --git-dir=.gitmem rev-parse new)" = "$(git --git-dir=.gitmem rev-parse main)" &&
	gitmem switch -q -c older main~1 &&
	test "$(git --git-dir=.gitmem rev-parse older)" = \
		"$(git --git-dir=.gitmem rev-parse main~1)"
EOF

test_case '- goes back and forth' <<'EOF'
	cd notes &&
	gitmem switch -q main &&
	gitmem switch -q new &&
	gitmem switch - 2>err &&
	echo "Switched to branch 'main'" >expect &&
	expect_equal expect err &&
	gitmem switch -q - &&
	head_is new &&
	test "$(git --git-dir=.gitmem rev-parse --symbolic-full-name '@{-1}')" = refs/heads/main
EOF

test_case 'the reflog of HEAD has what git would write' <<'EOF'
	cd notes &&
	gitmem switch -q main &&
	git --git-dir=.gitmem reflog -1 --format=%gs HEAD >actual &&
	echo 'checkout: moving from new to main' >expect &&
	expect_equal expect actual
EOF

test_case 'the branch HEAD is on' <<'EOF'
	cd notes &&
	gitmem switch main 2>err &&
	echo "Already on 'main'" >expect &&
	expect_equal expect err
EOF

test_case 'in a repository without a commit HEAD takes a new name' <<'EOF'
	new_repo unborn &&
	gitmem switch -q -c first &&
	head_is first &&
	gitmem add -c 'hello' >id &&
	gitmem branch >actual &&
	echo '* first' >expect &&
	expect_equal expect actual
EOF

test_case 'from a branch without a commit, -c takes no branch that is there' <<'EOF'
	new_repo half &&
	gitmem --branch there add -c 'x' >id &&
	must_fail 128 gitmem switch -c there 2>err &&
	grep -qx "error: a branch named 'there' exists already" err &&
	head_is main &&
	gitmem switch -q there &&
	head_is there
EOF

test_case 'HEAD may be detached before' <<'EOF'
	new_repo detached &&
	gitmem add -c 'one' >id &&
	git --git-dir=.gitmem update-ref --no-deref HEAD refs/heads/main &&
	must_fail 128 git --git-dir=.gitmem symbolic-ref HEAD &&
	gitmem switch main 2>err &&
	head_is main
EOF

test_case 'what it refuses' <<'EOF'
	cd notes &&
	cp .gitmem/HEAD before &&
	gitmem tag v1 && must_fail 128 gitmem switch v1 2>err &&
	grep -q "^hint: 'v1' is a commit: 'gitmem switch -c NAME v1'" err &&
	must_fail 128 gitmem switch nope 2>err &&
	printf "error: branch 'nope' does not exist\nhint: 'gitmem switch -c nope' makes it\n" \
		>expect &&
	expect_equal expect err &&
	must_fail 128 gitmem switch -c main 2>err &&
	grep -qx "error: a branch named 'main' exists already" err &&
	must_fail 128 gitmem switch -c x nope &&
	must_fail 128 gitmem switch 'a b' &&
	must_fail 129 gitmem switch &&
	must_fail 129 gitmem switch main other &&
	expect_equal before .gitmem/HEAD
EOF

test_case 'a branch that only a remote has is made, and follows that' <<'EOF'
	new_repo remote &&
	gitmem add -c 'one' >id &&
	git --git-dir=.gitmem update-ref refs/remotes/origin/topic main &&
	gitmem switch topic 2>err &&
	printf "%s\n" "branch 'topic' set up to track 'origin/topic'." "Switched to branch 'topic'" \
		>expect &&
	expect_equal expect err &&
	head_is topic &&
	test "$(gitmem config branch.topic.merge)" = refs/heads/topic &&
	gitmem switch -q main &&
	must_fail 128 gitmem switch --no-track nothing &&
	git --git-dir=.gitmem update-ref refs/remotes/other/twice main &&
	git --git-dir=.gitmem update-ref refs/remotes/origin/twice main &&
	must_fail 128 gitmem switch twice &&
	gitmem switch -q --track -c mine main &&
	test "$(gitmem config branch.mine.merge)" = refs/heads/main &&
	gitmem switch -q -c yours origin/topic &&
	test "$(gitmem config branch.yours.remote)" = origin &&
	gitmem switch -q --no-track -c theirs origin/topic &&
	must_fail 1 gitmem config branch.theirs.remote &&
	must_fail 129 gitmem switch --track main
EOF

test_case '- without a branch before' <<'EOF'
	new_repo fresh &&
	must_fail 128 gitmem switch - 2>err &&
	grep -q '^error: ' err &&
	head_is main
EOF

test_case 'with --json an error is one object' <<'EOF'
	cd notes &&
	must_fail 128 gitmem --json switch nope >out 2>err &&
	test ! -s out &&
	test "$(json_get err .error.code)" = not-found &&
	test "$(json_get err .error.message)" = "branch 'nope' does not exist"
EOF

done_testing
