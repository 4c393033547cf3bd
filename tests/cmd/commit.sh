#!/bin/sh
# gitmem commit: committing what is staged on the branch.

. "$(dirname "$0")/lib.sh"

git_here() {
	git --git-dir=.gitmem "$@"
}

editor() {
	printf '#!/bin/sh\n%s\n' "$1" >"$SCRATCH/editor" &&
		chmod +x "$SCRATCH/editor" &&
		EDITOR=$SCRATCH/editor &&
		export EDITOR
}

test_case 'it tells what it did' <<'EOF'
	new_repo notes &&
	gitmem add one >out &&
	gitmem add --key k two >out &&
	gitmem commit -m 'first words' >actual 2>err &&
	test ! -s err &&
	abbrev=$(git_here rev-parse --short HEAD) &&
	printf '[main (root-commit) %s] first words\n 2 added, 0 changed, 0 removed\n' \
		"$abbrev" >expect &&
	expect_equal expect actual &&
	gitmem edit k --content three &&
	gitmem commit -m second >actual &&
	printf '[main %s] second\n 0 added, 1 changed, 0 removed\n' \
		"$(git_here rev-parse --short HEAD)" >expect &&
	expect_equal expect actual &&
	gitmem add four >out &&
	silent gitmem commit -q -m third
EOF

test_case 'the stage is empty afterwards' <<'EOF'
	cd notes &&
	gitmem status --short >actual &&
	test ! -s actual &&
	git_here rev-parse HEAD >before &&
	must_fail 1 gitmem commit -m again >actual 2>err &&
	test ! -s actual &&
	grep -qx 'error: nothing is staged on main' err &&
	grep -q '^hint: ' err &&
	must_fail 1 gitmem --json commit 2>err &&
	test "$(json_get err .error.code)" = no &&
	git_here rev-parse HEAD >after &&
	expect_equal before after
EOF

test_case '--allow-empty' <<'EOF'
	cd notes &&
	gitmem commit --allow-empty -m 'a mark' >actual &&
	grep -qx ' 0 added, 0 changed, 0 removed' actual &&
	test "$(git_here rev-parse 'HEAD^{tree}')" = "$(git_here rev-parse 'HEAD~1^{tree}')" &&
	gitmem commit --allow-empty >out &&
	test "$(git_here log -1 --format=%s)" = 'no changes' &&
	new_repo mark &&
	gitmem commit --allow-empty -m 'nothing yet' >out &&
	test "$(git_here rev-parse 'HEAD^{tree}')" = 4b825dc642cb6eb9a060e54bf8d69288fbee4904
EOF

test_case 'the commit as JSON' <<'EOF'
	new_repo json &&
	gitmem add --key k text >id &&
	gitmem commit --json -m message >actual &&
	test "$(json_get actual .commit)" = "$(git_here rev-parse HEAD)" &&
	test "$(json_get actual .tree)" = "$(git_here rev-parse 'HEAD^{tree}')" &&
	test "$(json_get actual .parents)" = '[]' &&
	test "$(json_get actual .author.name)" = tester &&
	test "$(json_get actual .changed.0.status)" = A &&
	test "$(json_get actual .changed.0.id)" = "$(cat id)"
EOF

test_case 'a generated subject counts' <<'EOF'
	new_repo subject &&
	gitmem add secret-a >id &&
	gitmem add secret-b >out &&
	gitmem add --type procedural --key secret/key secret-c >out &&
	gitmem add --session s --role user secret-d >out &&
	gitmem commit >out &&
	test "$(git_here log -1 --format=%B)" = \
		'add 1 episodic memory, add 2 semantic memories, add 1 procedural memory' &&
	gitmem edit secret/key --key secret/moved --tag secret &&
	gitmem rm "$(cat id)" &&
	gitmem commit >out &&
	test "$(git_here log -1 --format=%B)" = 'change 1 memory, remove 1 memory'
EOF

test_case 'who and when' <<'EOF'
	new_repo who &&
	gitmem add text >out &&
	gitmem config user.email agent@example.com &&
	GITMEM_AUTHOR_DATE=2026-03-04T05:06:07Z GITMEM_COMMITTER_DATE='2026-03-05T00:00:00Z' \
		gitmem commit -m who --author 'Maya Lin <maya@example.com>' >out &&
	git_here log -1 --format='%an <%ae> %at / %cn <%ce> %ct' >actual &&
	echo 'Maya Lin <maya@example.com> 1772600767 / tester <agent@example.com> 1772668800' >expect &&
	expect_equal expect actual &&
	gitmem add more >out &&
	must_fail 129 gitmem commit --author Maya &&
	must_fail 129 gitmem commit --author 'Maya <m@x' &&
	must_fail 129 gitmem commit --author '<m@x>' &&
	must_fail 129 gitmem commit --author 'Maya <m@x> ' &&
	GITMEM_COMMITTER_DATE=nonsense must_fail 129 gitmem commit &&
	GIT_AUTHOR_NAME=wrong GIT_COMMITTER_DATE=wrong GIT_DIR=/nonexistent gitmem commit >out &&
	test "$(git_here log -1 --format=%an)" = tester
EOF

test_case 'messages' <<'EOF'
	new_repo messages &&
	gitmem add text >out &&
	gitmem commit -m 'a subject

and a body' >out &&
	git_here log -1 --format=%B >actual &&
	printf 'a subject\n\nand a body\n\n' >expect &&
	expect_equal expect actual &&
	git_here reflog -1 --format=%gs main >actual &&
	echo 'commit (initial): a subject' >expect &&
	expect_equal expect actual &&
	gitmem add more >out &&
	must_fail 129 gitmem commit -m '' &&
	must_fail 129 gitmem commit -m ' ' &&
	must_fail 129 gitmem commit unexpected &&
	must_fail 129 gitmem commit --nonsense &&
	must_fail 128 gitmem commit -m "$(printf 'not \377 UTF-8')" &&
	must_fail 128 gitmem add -c -m "$(printf 'not \377 UTF-8')" text &&
	gitmem status --short >actual &&
	test "$(wc -l <actual)" -eq 1
EOF

test_case '-e writes the message in an editor' <<'EOF'
	new_repo edited &&
	gitmem add text >out &&
	editor 'cp "$1" seen; { echo "by hand"; echo; echo "# no"; echo body; } >"$1"' &&
	gitmem commit -e >out &&
	grep -q '^# The message' seen &&
	git_here log -1 --format=%B >actual &&
	printf 'by hand\n\nbody\n\n' >expect &&
	expect_equal expect actual &&
	gitmem add more >out &&
	editor 'sed -i "s/draft/final/" "$1"' &&
	gitmem commit -e -m 'a draft' >out &&
	test "$(git_here log -1 --format=%B)" = 'a final'
EOF

test_case '-e with nothing to say, or nothing to commit' <<'EOF'
	cd edited &&
	editor ': >never-opened' &&
	must_fail 1 gitmem commit -e 2>err &&
	test ! -e never-opened &&
	gitmem add third >out &&
	editor ': >"$1"' &&
	must_fail 1 gitmem commit -e 2>err &&
	grep -q 'the message is empty' err &&
	editor 'echo precious >"$1"; exit 1' &&
	must_fail 128 gitmem commit -e 2>err &&
	file=$(sed -n "s/^hint: what you wrote is kept in '\(.*\)'$/\1/p" err) &&
	grep -qx precious "$file" &&
	rm "$file" &&
	test -z "$(find .gitmem -name 'EDIT_*')" &&
	gitmem status --short >actual &&
	test "$(wc -l <actual)" -eq 1
EOF

test_case 'each branch has a stage of its own' <<'EOF'
	new_repo branches &&
	gitmem add -c base >out &&
	gitmem add 'for main' >out &&
	gitmem --branch side add 'for side' >out &&
	must_fail 1 gitmem --branch third commit &&
	gitmem --branch side commit >actual &&
	grep -q '^\[side ' actual &&
	test "$(git_here rev-parse side~1)" = "$(git_here rev-parse main)" &&
	GITMEM_BRANCH=main gitmem commit >actual &&
	grep -q '^\[main ' actual &&
	test "$(git_here rev-list --count main)" -eq 2
EOF

test_case 'what is on the branch already is not committed again' <<'EOF'
	new_repo again &&
	gitmem add -c --key k one >out &&
	gitmem edit k --content two &&
	cp .gitmem/stage/main stage &&
	gitmem commit -m first >out &&
	cp stage .gitmem/stage/main &&
	git_here rev-parse HEAD >before &&
	must_fail 1 gitmem commit -m second 2>err &&
	grep -q '^error: nothing to commit' err &&
	git_here rev-parse HEAD >after &&
	expect_equal before after &&
	gitmem status --short >actual &&
	test ! -s actual
EOF

test_case 'a damaged stage is an error that names it' <<'EOF'
	new_repo damage &&
	damaged . &&
	gitmem add one >out &&
	gitmem add two >out &&
	sed -i 's/^one$/onn/' .gitmem/stage/main &&
	must_fail 128 gitmem commit 2>err &&
	grep -q "stage/main" err &&
	must_fail 128 gitmem status &&
	must_fail 128 gitmem add three
EOF

test_case 'a stage that was cut off loses only what was cut' <<'EOF'
	new_repo torn &&
	gitmem add one >id &&
	cp .gitmem/stage/main whole &&
	gitmem add two >out &&
	size=$(wc -c <.gitmem/stage/main) &&
	truncate -s $((size - 3)) .gitmem/stage/main &&
	gitmem status --short >actual &&
	grep -q "$(tail -c 9 id)" actual &&
	test "$(wc -l <actual)" -eq 1 &&
	gitmem add three >out &&
	gitmem commit >actual &&
	grep -qx ' 2 added, 0 changed, 0 removed' actual
EOF

done_testing
