#!/bin/sh
# gitmem rm: taking memories out of the next commit.

. "$(dirname "$0")/lib.sh"

git_here() {
	git --git-dir=.gitmem "$@"
}

test_case 'it stages the removal and says nothing' <<'EOF'
	new_repo notes &&
	gitmem add -c --key a one >id &&
	gitmem add -c --key b two >id2 &&
	silent gitmem rm a &&
	gitmem status --short >actual &&
	echo "D $(tail -c 9 id) keys/a.md" >expect &&
	expect_equal expect actual &&
	must_fail 128 gitmem show a &&
	gitmem show HEAD:a >out &&
	gitmem commit -m gone >out &&
	test "$(git_here ls-tree -r --name-only HEAD)" = keys/b.md &&
	gitmem show HEAD~1:a >out
EOF

test_case '-c commits this removal only and leaves the stage alone' <<'EOF'
	new_repo alone &&
	gitmem add -c --key a one >out &&
	gitmem add -c --key b two >out &&
	gitmem add --key c three >out &&
	gitmem edit b --content 'two and a half' &&
	gitmem status --short >expect &&
	silent gitmem rm -c -m 'no more a' a &&
	gitmem status --short >actual &&
	expect_equal expect actual &&
	test "$(git_here log -1 --format=%s)" = 'no more a' &&
	test "$(git_here ls-tree -r --name-only HEAD)" = keys/b.md &&
	silent gitmem rm -c b &&
	test "$(git_here log -1 --format=%s)" = 'remove 1 memory' &&
	test "$(git_here rev-parse 'HEAD^{tree}')" = 4b825dc642cb6eb9a060e54bf8d69288fbee4904
EOF

test_case 'several at once, by all their names' <<'EOF'
	new_repo several &&
	gitmem add -c --key a one >a &&
	gitmem add -c two >b &&
	gitmem add -c three >c &&
	silent gitmem rm a "$(cat a)" "$(cat b)" "$(tail -c 9 c)" &&
	gitmem commit >actual &&
	grep -qx ' 0 added, 0 changed, 3 removed' actual &&
	test "$(git_here log -1 --format=%s)" = 'remove 3 memories'
EOF

test_case 'one that does not exist stops them all' <<'EOF'
	cd notes &&
	must_fail 128 gitmem rm b nobody 2>err &&
	grep -qx "error: no memory 'nobody'" err &&
	gitmem status --short >actual &&
	test ! -s actual &&
	must_fail 129 gitmem rm &&
	must_fail 129 gitmem rm -m message b &&
	must_fail 129 gitmem rm --force b &&
	gitmem show b >out
EOF

test_case 'what was only staged is forgotten' <<'EOF'
	new_repo staged &&
	gitmem add --key draft text >id &&
	must_fail 128 gitmem rm -c draft &&
	silent gitmem rm draft &&
	gitmem status --short >actual &&
	test ! -s actual &&
	must_fail 1 gitmem commit &&
	must_fail 128 gitmem rm draft
EOF

test_case 'a removed memory can be made anew' <<'EOF'
	new_repo anew &&
	gitmem add -c --key k one >first &&
	gitmem rm k &&
	gitmem add --key k two >second &&
	must_fail 1 cmp -s first second &&
	gitmem commit -m anew >actual &&
	gitmem show --json k >actual &&
	test "$(json_get actual .id)" = "$(cat second)" &&
	must_fail 128 gitmem show "$(cat first)" &&
	gitmem rm k &&
	gitmem add --key K three >out &&
	gitmem commit -m 'other case' >out &&
	test "$(git_here ls-tree -r --name-only HEAD)" = keys/K.md
EOF

test_case 'on another branch' <<'EOF'
	cd alone &&
	gitmem add -c --key d four >out &&
	gitmem --branch side rm -c d &&
	gitmem show d >out &&
	must_fail 128 gitmem --branch side show d &&
	must_fail 128 gitmem --branch side rm d
EOF

done_testing
