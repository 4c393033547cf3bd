#!/bin/sh
# gitmem show: commits, memories and files, by all their names.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

git_here() {
	git --git-dir=.gitmem "$@"
}

test_case 'without a commit there is nothing to show' <<'EOF'
	new_repo empty &&
	must_fail 128 gitmem show >actual 2>err &&
	test ! -s actual &&
	grep -qx "error: branch 'main' has no commit yet" err &&
	must_fail 128 gitmem show HEAD
EOF

test_case 'a commit begins as in the log and tells what it changed' <<'EOF'
	new_repo notes &&
	gitmem add -c --key user/editor --tag old 'Maya edits in Helix
every day' >id &&
	gitmem add -c 'The staging host is stage.example.com' >id2 &&
	gitmem add -c --key user/editor --tag vim 'Maya edits in Vim
every day' >out &&
	gitmem show >actual &&
	{
		gitmem log -v -1 &&
		printf '\nchanged %s keys/user/editor.md\n' "$(tail -c 9 id)" &&
		printf '  updated: (none) -> 2026-01-02T03:04:05Z\n' &&
		printf '  tags: old -> old, vim\n' &&
		printf '  Maya edits in [-Helix-]{+Vim+}\n  every day\n'
	} >expect &&
	expect_equal expect actual &&
	gitmem show HEAD >actual &&
	expect_equal expect actual &&
	gitmem show "$(git_here rev-parse --short HEAD)" >actual &&
	expect_equal expect actual &&
	gitmem show HEAD~2 >actual &&
	grep -qx "added $(tail -c 9 id) keys/user/editor.md" actual &&
	grep -qx '  type: semantic' actual &&
	grep -qx '  tags: old' actual &&
	grep -qx '  +every day' actual
EOF

test_case 'a memory that was written anew under another id is reworded' <<'EOF'
	new_repo reworded &&
	gitmem add -c 'The staging host is stage.example.com since May' >old &&
	gitmem rm "$(cat old)" &&
	gitmem add 'The staging host is stage.example.com since June' >new &&
	gitmem commit -m again >out &&
	gitmem show >actual &&
	grep -q "^reworded $(tail -c 9 old) -> $(tail -c 9 new) memories/.* (90% alike)$" actual &&
	tail -n 1 actual >last &&
	echo '  The staging host is stage.example.com since [-May-]{+June+}' >expect &&
	expect_equal expect last &&
	gitmem show --json >actual &&
	test "$(json_get actual .diff.0.reworded.similarity)" = 90
EOF

test_case 'several are shown one after the other' <<'EOF'
	cd notes &&
	gitmem show HEAD HEAD~1 >actual &&
	{ gitmem show HEAD && echo && gitmem show HEAD~1; } >expect &&
	expect_equal expect actual
EOF

test_case 'a memory is its bytes, by each of its names' <<'EOF'
	cd notes &&
	git_here cat-file blob HEAD:keys/user/editor.md >expect &&
	for name in user/editor "$(cat id)" keys/user/editor.md "$(tail -c 9 id)" \
		HEAD:keys/user/editor.md HEAD:user/editor "HEAD:$(cat id)" \
		"HEAD:$(tail -c 9 id)" "main@{0}:user/editor"; do
		gitmem show "$name" >actual || exit 1
		expect_equal expect actual || exit 1
	done &&
	gitmem show "$(git_here rev-parse HEAD:keys/user/editor.md)" >actual &&
	expect_equal expect actual
EOF

test_case 'a memory as it was' <<'EOF'
	cd notes &&
	git_here cat-file blob HEAD~2:keys/user/editor.md >expect &&
	gitmem show HEAD~2:user/editor >actual &&
	expect_equal expect actual &&
	must_fail 128 gitmem show "HEAD~2:$(cat id2)" 2>err &&
	grep -qx "error: no memory or file '$(cat id2)' in 'HEAD~2'" err
EOF

test_case 'a memory in JSON' <<'EOF'
	cd notes &&
	gitmem --json show user/editor >actual &&
	test "$(json_get actual .id)" = "$(cat id)" &&
	test "$(json_get actual .key)" = user/editor &&
	test "$(json_get actual .path)" = keys/user/editor.md &&
	test "$(json_get actual .blob)" = "$(git_here rev-parse HEAD:keys/user/editor.md)" &&
	gitmem show --json HEAD~2:user/editor >actual &&
	test "$(json_get actual .tags)" = '["old"]' &&
	test "$(json_get actual .commit)" = "$(git_here rev-parse HEAD~2)" &&
	gitmem show --json HEAD~2:keys/user/editor.md >again &&
	expect_equal actual again
EOF

test_case 'a commit in JSON' <<'EOF'
	cd notes &&
	gitmem --json show >actual &&
	test "$(wc -l <actual)" -eq 1 &&
	test "$(json_get actual .commit)" = "$(git_here rev-parse HEAD)" &&
	test "$(json_get actual .changed.0.status)" = M &&
	test "$(json_get actual .diff.0.id)" = "$(cat id)" &&
	test "$(json_get actual .diff.0.old)" = "$(git_here rev-parse HEAD~1:keys/user/editor.md)" &&
	test "$(json_get actual .diff.0.new)" = "$(git_here rev-parse HEAD:keys/user/editor.md)" &&
	test "$(json_get actual .diff.0.fields)" = '["updated", "tags", "content"]' &&
	gitmem --json show HEAD~1 >actual &&
	test "$(json_get actual .diff.0.old)" = null &&
	test "$(json_get actual .diff.0.fields)" = '[]'
EOF

test_case 'what is staged is found' <<'EOF'
	new_repo staged &&
	gitmem add --key plan 'Ship on Friday' >id &&
	gitmem show plan >actual &&
	tail -n 1 actual >last &&
	echo 'Ship on Friday' >expect &&
	expect_equal expect last &&
	gitmem show "$(cat id)" >again &&
	expect_equal actual again &&
	gitmem commit -m plan >out &&
	gitmem rm plan >out &&
	must_fail 128 gitmem show plan &&
	gitmem show HEAD:plan >again &&
	expect_equal actual again
EOF

test_case 'folders and other files' <<'EOF'
	cd notes &&
	for folder in HEAD:keys HEAD:keys/; do
		gitmem show $folder >actual && git_here show $folder >expect &&
		expect_equal expect actual || exit 1
	done &&
	gitmem show 'HEAD^{tree}' >actual &&
	git_here show 'HEAD^{tree}' >expect &&
	expect_equal expect actual &&
	gitmem show HEAD: >actual &&
	git_here show HEAD: >expect &&
	expect_equal expect actual &&
	gitmem show --json HEAD: >actual &&
	test "$(json_get actual .entries.0.name)" = keys &&
	printf 'raw \000\033[31m\377 bytes' >file &&
	blob=$(git_here hash-object -w file) &&
	gitmem show "$blob" >actual &&
	cmp file actual &&
	gitmem show --json "$blob" >actual &&
	test "$(json_get actual .size)" -eq 17 &&
	test "$(json_get actual .blob)" = "$blob"
EOF

test_case 'an annotated tag' <<'EOF'
	cd notes &&
	GIT_COMMITTER_NAME=Maya GIT_COMMITTER_EMAIL=maya@example.com \
		git_here tag -a -m 'The first
and best' v1 HEAD~1 &&
	gitmem show v1 >shown &&
	grep -qE '^Name:   sha256:[0-9a-f]{64}$' shown &&
	sed '/^Name: /d' shown >actual &&
	{
		git_here show -s v1 &&
		gitmem show HEAD~1 >commit &&
		sed -n '/^added/,$p' commit >change &&
		echo && cat change
	} >expect &&
	expect_equal expect actual &&
	gitmem show --json v1 >actual &&
	test "$(wc -l <actual)" -eq 2 &&
	head -n 1 actual >first &&
	tail -n 1 actual >second &&
	test "$(json_get first .tag)" = v1 &&
	test "$(json_get first .tagger.name)" = Maya &&
	test "$(json_get second .commit)" = "$(git_here rev-parse HEAD~1)"
EOF

test_case 'a merge says what it is shown against' <<'EOF'
	new_repo merge &&
	gitmem add -c base >out &&
	gitmem --branch side add -c on-side >out &&
	gitmem add -c on-main >out &&
	tree=$(git_here rev-parse 'side^{tree}') &&
	id=$(GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=b \
		git_here commit-tree "$tree" -p main -p side -m merge) &&
	git_here update-ref refs/heads/main "$id" &&
	gitmem show >actual &&
	grep -qx 'Changes against the first parent:' actual &&
	grep -q '^Merge: ' actual &&
	test "$(grep -c '^added' actual)" -eq 1 &&
	test "$(grep -c '^removed' actual)" -eq 1 &&
	grep -qx '  -on-main' actual
EOF

test_case 'a name that fits a memory and a revision is ambiguous' <<'EOF'
	new_repo ambiguous &&
	gitmem add -c --key user/editor 'Maya edits in Helix' >id &&
	git_here branch user/editor &&
	must_fail 128 gitmem show user/editor >actual 2>err &&
	test ! -s actual &&
	grep -q "$(cat id)" err &&
	grep -q '^hint: ' err &&
	must_fail 128 gitmem --json show user/editor 2>err &&
	test "$(json_get err .error.code)" = ambiguous &&
	gitmem show refs/heads/user/editor >actual &&
	gitmem show >expect &&
	expect_equal expect actual &&
	gitmem show "$(cat id)" >actual &&
	git_here cat-file blob HEAD:keys/user/editor.md >expect &&
	expect_equal expect actual
EOF

test_case 'a key with a colon' <<'EOF'
	new_repo colon &&
	gitmem add -c --key 'user:shell' 'fish' >id &&
	gitmem show user:shell >actual &&
	gitmem show "$(cat id)" >expect &&
	expect_equal expect actual
EOF

# on_terminal COMMAND...: its stdout is a terminal.
on_terminal() {
	"$PYTHON" -c 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)' "$@"
}

test_case 'a terminal is not given the control characters of others' <<'EOF'
	new_repo control &&
	gitmem add -c --key odd "$(printf 'bell \033[31m\tnow\nnext')" >out &&
	gitmem show odd >actual &&
	grep -q "$(printf 'bell \033\[31m\tnow')" actual &&
	TERM=xterm NO_COLOR=1 on_terminal gitmem show odd >typed &&
	tr -d '\r' <typed >actual &&
	must_fail 1 grep -q "$(printf '\033')" actual &&
	grep -qx "$(printf 'bell ?\[31m\tnow')" actual &&
	TERM=xterm on_terminal gitmem show >typed &&
	grep -q "$(printf '^\033\[33mcommit ')" typed &&
	must_fail 1 grep -q "$(printf 'bell \033')" typed
EOF

test_case 'what does not exist' <<'EOF'
	cd notes &&
	must_fail 128 gitmem show nonsense >actual 2>err &&
	test ! -s actual &&
	grep -qx "error: no memory or revision 'nonsense'" err &&
	must_fail 128 gitmem show HEAD:nonsense && must_fail 128 gitmem show HEAD:keys/nonsense/ &&
	must_fail 128 gitmem show HEAD:keys/user/editor.md/ &&
	must_fail 128 gitmem show HEAD^{blob} 2>err &&
	echo "error: 'HEAD^{blob}' is a commit, not a blob" >expect && expect_equal expect err &&
	must_fail 128 gitmem show HEAD~99 &&
	must_fail 128 gitmem show 01234567-89ab-7cde-8f01-23456789abcd &&
	must_fail 128 gitmem show HEAD:../x &&
	must_fail 128 gitmem show '' &&
	must_fail 128 gitmem show : &&
	must_fail 128 gitmem show 'HEAD@{' &&
	must_fail 128 gitmem show --json nonsense 2>err &&
	test "$(json_get err .error.code)" = not-found &&
	must_fail 129 gitmem show --nonsense
EOF

test_git_case 'a damaged memory is named, not shown' <<'EOF'
	new_repo broken &&
	damaged . &&
	gitmem add -c --key a 'one' >out &&
	blob=$(git_here rev-parse HEAD:keys/a.md) &&
	file=.gitmem/objects/$(echo "$blob" | cut -c 1-2)/$(echo "$blob" | cut -c 3-) &&
	chmod +w "$file" &&
	echo nonsense >"$file" &&
	must_fail 128 gitmem show a >actual 2>err &&
	test ! -s actual &&
	grep -q "$blob" err
EOF

test_case 'another branch' <<'EOF'
	cd merge &&
	gitmem --branch side show >actual &&
	gitmem show side >expect &&
	expect_equal expect actual &&
	must_fail 128 gitmem --branch no show 2>err &&
	grep -q "branch 'no' does not exist" err
EOF

test_case 'a memory as of the revision that GITMEM_AT names' <<'EOF'
	cd notes &&
	GITMEM_AT=HEAD~1 gitmem show user/editor >actual &&
	gitmem show HEAD~1:user/editor >expect &&
	expect_equal expect actual &&
	gitmem edit user/editor --content staged &&
	GITMEM_AT=HEAD~1 gitmem show user/editor >actual &&
	expect_equal expect actual &&
	must_fail 128 env GITMEM_AT=HEAD~1 gitmem show "$(cat out)x" &&
	must_fail 128 env GITMEM_AT=nonsense gitmem show user/editor &&
	gitmem show user/editor >actual &&
	grep -qx staged actual
EOF

done_testing
