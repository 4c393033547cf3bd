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

# Nothing in the repository's plain files holds the text.
forgotten() {
	! grep -rq -- "$1" .gitmem
}

test_case '-c takes what is staged of the memory along' <<'EOF'
	new_repo along &&
	gitmem add -c --key k one >out &&
	gitmem add --key other kept >out &&
	gitmem status --short >expect &&
	gitmem edit k --content 'a secret' &&
	silent gitmem rm -c k &&
	gitmem status --short >actual &&
	expect_equal expect actual &&
	must_fail 128 gitmem show k &&
	forgotten 'a secret' &&
	gitmem commit >out 2>err &&
	test ! -s err &&
	must_fail 128 gitmem show k &&
	gitmem add --key draft secret >out &&
	git_here rev-parse HEAD >before &&
	silent gitmem rm -c draft &&
	git_here rev-parse HEAD >after &&
	expect_equal before after &&
	gitmem status --short >actual &&
	test ! -s actual &&
	test -z "$(ls -A .gitmem/stage)" &&
	gitmem fsck
EOF

test_case '-c of a memory whose move is staged' <<'EOF'
	new_repo moved &&
	gitmem add -c --key old one >out &&
	gitmem edit old --key new &&
	silent gitmem rm -c new &&
	test -z "$(git_here ls-tree -r --name-only HEAD)" &&
	gitmem status --short >actual &&
	test ! -s actual
EOF

test_case 'a staged text that is removed is on the disk no more' <<'EOF'
	new_repo privacy &&
	gitmem add --key keep 'to stay' >out &&
	gitmem add --key p 'staged pw' >out &&
	gitmem edit p --content 'staged pw two' &&
	silent gitmem rm p &&
	forgotten 'staged pw' &&
	gitmem show keep >out &&
	grep -qx 'to stay' out &&
	silent gitmem rm keep &&
	test -z "$(ls -A .gitmem/stage)"
EOF

# on_top CACHEINFO: commit a tree with one more file, as stock git does.
on_top() {
	export GIT_INDEX_FILE="$PWD/index" &&
		git_here read-tree HEAD &&
		git_here update-index --add --cacheinfo "$1" &&
		top_tree=$(git_here write-tree --missing-ok) &&
		unset GIT_INDEX_FILE &&
		top=$(GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=b GIT_COMMITTER_NAME=a \
			GIT_COMMITTER_EMAIL=b git_here commit-tree "$top_tree" -p HEAD -m hand) &&
		git_here update-ref HEAD "$top"
}

test_case 'an id that two files carry is ambiguous, a path is not' <<'EOF'
	new_repo copies &&
	damaged . &&
	gitmem add -c --key k text >id &&
	on_top "100644,$(git_here rev-parse HEAD:keys/k.md),memories/copy.md" &&
	must_fail 128 gitmem rm "$(cat id)" 2>err &&
	grep -q 'keys/k.md' err &&
	grep -q 'memories/copy.md' err &&
	gitmem rm -c memories/copy.md &&
	test "$(git_here ls-tree -r --name-only HEAD)" = keys/k.md &&
	gitmem rm -c "$(cat id)" &&
	test -z "$(git_here ls-tree -r --name-only HEAD)"
EOF

test_case 'a memory that cannot be read can be removed' <<'EOF'
	new_repo unread &&
	damaged . &&
	gitmem add -c --key keep text >out &&
	on_top 100644,1234567890123456789012345678901234567890,keys/gone.md &&
	on_top 100644,1234567890123456789012345678901234567890,keys/lost.md &&
	must_fail 128 gitmem show gone &&
	silent gitmem rm -c gone &&
	silent gitmem rm keys/lost.md &&
	gitmem commit -m lost >out &&
	test "$(git_here ls-tree -r --name-only HEAD)" = keys/keep.md
EOF

test_case 'a blank message is none' <<'EOF'
	cd notes &&
	must_fail 129 gitmem rm -c -m '' b &&
	must_fail 129 gitmem rm -c -m ' ' b
EOF

done_testing
