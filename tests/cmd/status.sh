#!/bin/sh
# gitmem status: what is staged, and how things stand.

. "$(dirname "$0")/lib.sh"

git_here() {
	git --git-dir=.gitmem "$@"
}

test_case 'a new repository' <<'EOF'
	new_repo empty &&
	gitmem status >actual 2>err &&
	test ! -s err &&
	printf 'On branch main\nNo commits yet\nNothing is staged\n' >expect &&
	head -n 3 actual >top &&
	expect_equal expect top &&
	grep -q '^Index: ' actual &&
	silent gitmem status --short &&
	gitmem status --json >actual &&
	test "$(json_get actual .branch)" = main &&
	test "$(json_get actual .head)" = null &&
	test "$(json_get actual .staged)" = '[]' &&
	test "$(json_get actual .upstream)" = null
EOF

test_case 'what is staged' <<'EOF'
	new_repo notes &&
	gitmem add -c --key a one >a &&
	gitmem add -c --key b two >b &&
	gitmem add -c --key m three >m &&
	gitmem edit a --content 'one and a half' &&
	gitmem rm b &&
	gitmem edit m --key moved &&
	gitmem add --key c four >c &&
	gitmem status --short >actual &&
	{
		echo "M $(tail -c 9 a) keys/a.md" &&
		echo "D $(tail -c 9 b) keys/b.md" &&
		echo "A $(tail -c 9 c) keys/c.md" &&
		echo "M $(tail -c 9 m) keys/moved.md"
	} >expect &&
	expect_equal expect actual &&
	gitmem list >list &&
	gitmem status >actual &&
	{
		echo 'On branch main' &&
		echo 'Staged for the next commit:' &&
		echo "  changed  $(tail -c 9 a)  keys/a.md" &&
		echo "  removed  $(tail -c 9 b)  keys/b.md" &&
		echo "  added    $(tail -c 9 c)  keys/c.md" &&
		echo "  changed  $(tail -c 9 m)  keys/moved.md" &&
		echo 'Index: current, 3 memories'
	} >expect &&
	expect_equal expect actual
EOF

test_case 'as JSON' <<'EOF'
	cd notes &&
	gitmem --json status >actual &&
	test "$(wc -l <actual)" -eq 1 &&
	test "$(json_get actual .branch)" = main &&
	test "$(json_get actual .head)" = "$(git_here rev-parse HEAD)" &&
	test "$(json_get actual .staged.0.status)" = M &&
	test "$(json_get actual .staged.0.id)" = "$(cat a)" &&
	test "$(json_get actual .staged.1.status)" = D &&
	test "$(json_get actual .staged.3.path)" = keys/moved.md &&
	test "$(json_get actual .staged.3.old_path)" = keys/m.md &&
	test "$(json_get actual .index)" = current
EOF

test_case 'an index that is missing or broken is stale, and is not made' <<'EOF'
	cd notes &&
	rm -rf .gitmem/recall/* &&
	gitmem status >actual &&
	grep -q '^Index: stale' actual &&
	gitmem status --json >actual &&
	test "$(json_get actual .index)" = stale &&
	echo garbage >.gitmem/recall/index.db &&
	gitmem status >actual &&
	grep -q '^Index: stale' actual &&
	rm -rf .gitmem/recall/* &&
	gitmem reindex >out 2>&1 &&
	gitmem status >actual &&
	grep -qx 'Index: current, 3 memories' actual
EOF

test_case 'against the upstream' <<'EOF'
	new_repo upstream &&
	gitmem add -c base >out &&
	git_here update-ref refs/remotes/origin/main HEAD &&
	git_here config branch.main.remote origin &&
	git_here config branch.main.merge refs/heads/main &&
	gitmem add -c ours >out &&
	gitmem status >actual &&
	grep -qx "Upstream 'origin/main': 1 ahead, 0 behind" actual &&
	gitmem --json status >actual &&
	test "$(json_get actual .upstream)" = origin/main &&
	test "$(json_get actual .ahead)" = 1 &&
	test "$(json_get actual .behind)" = 0 &&
	git_here update-ref -d refs/remotes/origin/main &&
	gitmem status >actual &&
	grep -qx "Upstream 'origin/main' is gone" actual &&
	gitmem --json status >actual &&
	test "$(json_get actual .ahead)" = null
EOF

test_case 'a detached HEAD and other branches' <<'EOF'
	new_repo heads &&
	gitmem add -c base >out &&
	gitmem --branch side add --key s staged >out &&
	gitmem --branch side status >actual &&
	grep -q 'keys/s.md$' actual &&
	gitmem --branch side commit >out &&
	gitmem --branch side status >actual &&
	head -n 1 actual >top &&
	echo 'On branch side' >expect &&
	expect_equal expect top &&
	must_fail 128 gitmem --branch nobody status 2>err &&
	grep -qx "error: branch 'nobody' does not exist" err &&
	git_here update-ref --no-deref HEAD "$(git_here rev-parse main)" &&
	gitmem add --key d detached >out &&
	gitmem status >actual &&
	grep -qx 'HEAD detached' actual &&
	grep -q 'keys/d.md$' actual &&
	gitmem --json status >actual &&
	test "$(json_get actual .branch)" = null &&
	gitmem --branch main status --short >actual &&
	test ! -s actual
EOF

test_case 'it writes nothing, and a read-only repository has a status' <<'EOF'
	cd notes &&
	find .gitmem | LC_ALL=C sort >before &&
	gitmem status >expect &&
	find .gitmem | LC_ALL=C sort >after &&
	expect_equal before after &&
	chmod -R a-w .gitmem &&
	gitmem status >actual &&
	chmod -R u+w .gitmem &&
	expect_equal expect actual
EOF

test_case 'wrong usage' <<'EOF'
	cd notes &&
	must_fail 129 gitmem status unexpected &&
	must_fail 129 gitmem status --nonsense &&
	cd .. && mkdir outside && cd outside &&
	must_fail 128 gitmem status 2>err &&
	grep -q '^error: not a gitmem repository' err
EOF

test_case 'an embedding that is set is told' <<'EOF'
	new_repo embedding &&
	gitmem add -c 'Maya edits in Helix' >id && gitmem recall helix >out &&
	gitmem status >actual && must_fail 1 grep Embedding actual &&
	gitmem status --json >actual &&
	test "$(json_get actual .embedding.kind)" = lsa &&
	test "$(json_get actual .embedding.due)" = false &&
	gitmem config recall.embedding none &&
	gitmem status >actual && grep -qx 'Embedding: none' actual &&
	gitmem status --json >actual && test "$(json_get actual .embedding.kind)" = none &&
	printf '[recall]\n\tembedding = nonsense\n' >>.gitmem/config &&
	gitmem status --json >actual 2>err &&
	test "$(json_get actual .embedding.kind)" = null && grep -q nonsense err
EOF

done_testing
