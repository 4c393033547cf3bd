#!/bin/sh
# gitmem export: taking memories out.

. "$(dirname "$0")/lib.sh"

git_here() {
	git --git-dir=.gitmem "$@"
}

test_case 'one memory a line, in the order of paths' <<'EOF'
	new_repo notes &&
	gitmem add -c --key b --tag x --importance 0.9 'two' >b &&
	gitmem add -c --key a 'one
with "quotes", a \ and ünïcode' >a &&
	gitmem add -c --session s --role user 'three' >c &&
	gitmem export >actual 2>err &&
	test ! -s err &&
	json_get actual .id >ids &&
	cat a b c >expect &&
	expect_equal expect ids &&
	gitmem show --json a >one &&
	head -n 1 actual >first &&
	test "$(json_get first .content)" = "$(json_get one .content)" &&
	test "$(json_get first .blob)" = "$(git_here rev-parse HEAD:keys/a.md)"
EOF

test_case 'imported into a new repository it gives an equal tree' <<'EOF'
	cd notes &&
	gitmem export -o ../all.jsonl 2>err &&
	grep -qx 'exported 3 memories' err &&
	new_repo ../copy &&
	GITMEM_AGENT=somebody-else gitmem import jsonl ../all.jsonl >out &&
	git_here rev-parse 'HEAD^{tree}' >actual &&
	git --git-dir=../notes/.gitmem rev-parse 'HEAD^{tree}' >expect &&
	expect_equal expect actual &&
	gitmem import jsonl ../all.jsonl >out &&
	test "$(json_get out .unchanged)" = 3
EOF

test_case 'as it was at a revision' <<'EOF'
	cd notes &&
	gitmem export --at HEAD~2 >actual &&
	test "$(wc -l <actual)" -eq 1 &&
	test "$(json_get actual .key)" = b &&
	gitmem add staged >out &&
	gitmem export >actual &&
	test "$(wc -l <actual)" -eq 3 &&
	must_fail 128 gitmem export --at nonsense 2>err &&
	gitmem --branch side add -c more >out &&
	gitmem --branch side export >actual &&
	test "$(wc -l <actual)" -eq 4 &&
	must_fail 128 gitmem --branch nobody export
EOF

test_case 'an empty repository' <<'EOF'
	new_repo empty &&
	silent gitmem export &&
	gitmem export -q -o out.jsonl &&
	test -e out.jsonl &&
	test ! -s out.jsonl &&
	gitmem export --format markdown -q -o folder &&
	test -d folder
EOF

test_case 'a file appears when it is whole' <<'EOF'
	cd notes &&
	echo old >out.jsonl &&
	chmod 600 out.jsonl &&
	gitmem export -q -o out.jsonl &&
	gitmem export >expect &&
	expect_equal expect out.jsonl &&
	test "$(stat -c %a out.jsonl)" = 600 &&
	ln -s out.jsonl link.jsonl &&
	gitmem export -q -o link.jsonl &&
	test -L link.jsonl &&
	expect_equal expect out.jsonl &&
	gitmem export -o - >actual &&
	expect_equal expect actual &&
	must_fail 128 gitmem export -o no/such/folder 2>err &&
	must_fail 128 gitmem export -o . &&
	test -z "$(find . -name '.gitmem-export-*')"
EOF

test_case 'a pipe or a device is written to, not replaced' <<'EOF'
	cd notes &&
	mkfifo fifo &&
	{ cat fifo >actual & } &&
	gitmem export -q -o fifo &&
	wait &&
	expect_equal expect actual &&
	test -p fifo &&
	gitmem export -q -o /dev/null &&
	test -c /dev/null
EOF

test_case 'a folder of notes, byte for byte' <<'EOF'
	cd notes &&
	gitmem export --format markdown -o folder 2>err &&
	grep -qx 'exported 3 memories' err &&
	git_here ls-tree -r --name-only HEAD >expect &&
	(cd folder && find . -type f | sed 's,^\./,,' | LC_ALL=C sort) >actual &&
	expect_equal expect actual &&
	git_here cat-file blob HEAD:keys/a.md >expect &&
	expect_equal expect folder/keys/a.md &&
	must_fail 128 gitmem export --format markdown -o folder 2>err &&
	grep -q 'the folder is not empty' err &&
	mkdir fresh &&
	gitmem export -q --format markdown -o fresh/ &&
	expect_equal expect fresh/keys/a.md &&
	must_fail 128 gitmem export --format markdown -o out.jsonl &&
	must_fail 129 gitmem export --format markdown &&
	test -z "$(find . -maxdepth 1 -name '*.gitmem-*')"
EOF

test_case 'files that are no memories' <<'EOF'
	new_repo files &&
	damaged . &&
	gitmem add -c --key a one >out &&
	blob=$(echo 'just a file' | git_here hash-object -w --stdin) &&
	export GIT_INDEX_FILE=$PWD/index &&
	git_here read-tree HEAD &&
	git_here update-index --add --cacheinfo "100644,$blob,README.md" \
		--cacheinfo "100644,$blob,keys/broken.md" --cacheinfo "120000,$blob,keys/link.md" &&
	tree=$(git_here write-tree) &&
	unset GIT_INDEX_FILE &&
	id=$(GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=b \
		git_here commit-tree "$tree" -p main -m files) &&
	git_here update-ref refs/heads/main "$id" &&
	gitmem export >actual 2>err &&
	test "$(wc -l <actual)" -eq 1 &&
	grep -qx 'warning: 3 files that are no memories are left out' err &&
	gitmem export --format markdown -o folder 2>err &&
	test -f folder/README.md &&
	test -f folder/keys/broken.md &&
	test ! -e folder/keys/link.md
EOF

test_git_case 'a damaged memory ends it' <<'EOF'
	new_repo damage &&
	damaged . &&
	gitmem add -c --key a one >out &&
	blob=$(git_here rev-parse HEAD:keys/a.md) &&
	rm -f ".gitmem/objects/$(echo "$blob" | cut -c 1-2)/$(echo "$blob" | cut -c 3-)" &&
	must_fail 128 gitmem export -o out.jsonl 2>err &&
	grep -q "$blob" err &&
	must_fail 128 gitmem export --format markdown -o folder &&
	test ! -e out.jsonl &&
	test ! -e folder &&
	must_fail 128 gitmem add --key a two
EOF

test_case 'wrong usage' <<'EOF'
	cd notes &&
	must_fail 129 gitmem export unexpected &&
	must_fail 129 gitmem export --format xml &&
	must_fail 129 gitmem export --nonsense
EOF

done_testing
