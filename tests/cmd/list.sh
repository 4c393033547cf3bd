#!/bin/sh
# gitmem list: which memories, in which order, and how they are shown.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

git_here() {
	git --git-dir=.gitmem "$@"
}

# contents ARGUMENT...: what is listed, as a line of contents.
contents() {
	gitmem --json list "$@" >listed &&
		json_get listed .content >lines &&
		paste -s -d ' ' lines
}

test_case 'an empty branch lists nothing' <<'EOF'
	new_repo empty &&
	silent gitmem list &&
	silent gitmem --json list --type semantic --tag x
EOF

test_case 'oldest first, whatever the order they came in' <<'EOF'
	new_repo notes &&
	gitmem add -c --created 2026-01-03 --tag a --tag b three >id3 &&
	gitmem add -c --created 2026-01-01 --key user/one --tag a one >id1 &&
	gitmem add -c --created 2026-01-02 --session s1 --role user two >id2 &&
	gitmem add -c --created 2026-01-04 --key user/four --type state four >id4 &&
	gitmem add -c --created 2026-01-05 --key used --type procedural five >id5 &&
	test "$(contents)" = 'one two three four five' &&
	gitmem list >actual &&
	{
		printf '%s semantic   user/one: one\n' "$(tail -c 9 id1)" &&
		printf '%s episodic   two\n' "$(tail -c 9 id2)" &&
		printf '%s semantic   three\n' "$(tail -c 9 id3)" &&
		printf '%s state      user/four: four\n' "$(tail -c 9 id4)" &&
		printf '%s procedural used: five\n' "$(tail -c 9 id5)"
	} >expect &&
	expect_equal expect actual
EOF

test_case 'the JSON of a memory is that of show' <<'EOF'
	cd notes &&
	gitmem --json list --key user/one >actual &&
	gitmem --json show user/one >expect &&
	expect_equal expect actual
EOF

test_case 'each filter' <<'EOF'
	cd notes &&
	test "$(contents --type state)" = four &&
	test "$(contents --type state --type episodic)" = 'two four' &&
	test "$(contents --tag a)" = 'one three' &&
	test "$(contents --tag a --tag b)" = three &&
	test "$(contents --session s1)" = two &&
	test "$(contents --key user/)" = 'one four' &&
	test "$(contents --key user/four)" = four &&
	test "$(contents --since 2026-01-03)" = 'three four five' &&
	test "$(contents --until 2026-01-02)" = 'one two' &&
	test "$(contents --since 2026-01-02 --until 2026-01-03)" = 'two three' &&
	test "$(contents --agent tester)" = 'one two three four five' &&
	test "$(contents --tag a --key user/)" = one &&
	silent gitmem list --agent nobody &&
	silent gitmem list --conflicts
EOF

test_case '--limit' <<'EOF'
	cd notes &&
	test "$(contents --limit 2)" = 'one two' &&
	test "$(contents -n 1 --key user/)" = one &&
	silent gitmem list --limit 0
EOF

test_case 'another revision' <<'EOF'
	cd notes &&
	test "$(contents --at HEAD~3)" = 'one three' &&
	test "$(contents --at "$(git_here rev-parse --short HEAD~4)")" = three &&
	test "$(GITMEM_AT=HEAD~4 contents)" = three &&
	test "$(GITMEM_AT=HEAD~4 contents --at HEAD~3)" = 'one three' &&
	git_here branch side HEAD~4 &&
	test "$(contents --branch side)" = three &&
	test "$(contents --branch side --at HEAD)" = three
EOF

test_case 'what is staged is not listed yet' <<'EOF'
	cd notes &&
	gitmem add six >out &&
	test "$(contents --since 2026-01-05)" = five &&
	gitmem commit -m six >out
EOF

test_case 'both sides of a conflict' <<'EOF'
	new_repo conflicts &&
	export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=b &&
	export GIT_INDEX_FILE="$PWD/index.tmp" &&
	gitmem add -c unrelated >out &&
	gitmem add -c ours >id &&
	git_here read-tree HEAD &&
	printf -- '---\nid: 01234567-89ab-8cde-8f01-23456789abcd\ntype: semantic\ncreated: 2026-01-02T03:04:05Z\nconflicts_with: %s\n---\ntheirs\n' "$(cat id)" >file &&
	blob=$(git_here hash-object -w file) &&
	path=memories/2026/01-02/d/01234567-89ab-8cde-8f01-23456789abcd.md &&
	git_here update-index --add --cacheinfo "100644,$blob,$path" &&
	id=$(git_here commit-tree -m two -p HEAD "$(git_here write-tree)") &&
	git_here update-ref refs/heads/main "$id" &&
	gitmem --json list --conflicts >actual &&
	json_get actual .content >contents &&
	sort contents >sorted &&
	printf 'ours\ntheirs\n' >expect &&
	expect_equal expect sorted
EOF

test_git_case 'a damaged memory is left out and told, the others are listed' <<'EOF'
	new_repo broken &&
	damaged . &&
	gitmem add -c --key a one >out &&
	gitmem add -c --key b two >out &&
	gitmem list >expect.all &&
	blob=$(git_here rev-parse HEAD:keys/a.md) &&
	file=.gitmem/objects/$(echo "$blob" | cut -c 1-2)/$(echo "$blob" | cut -c 3-) &&
	chmod +w "$file" &&
	echo nonsense >"$file" &&
	gitmem list >actual 2>err &&
	grep ' b: two' expect.all >expect &&
	expect_equal expect actual &&
	grep -q "^warning: 'keys/a.md' is left out" err &&
	rm -rf .gitmem/recall &&
	gitmem list >actual 2>err &&
	expect_equal expect actual &&
	grep -q '^warning: ' err
EOF

test_case 'control characters of others stay text' <<'EOF'
	new_repo control &&
	gitmem add -c "$(printf 'bell \033[31m now\nnext line')" >out &&
	gitmem list >actual &&
	grep -q ' bell ?\[31m now next line$' actual
EOF

test_case 'bad values are usage errors, unknown revisions failures' <<'EOF'
	cd notes &&
	must_fail 129 gitmem list --type nonsense 2>err &&
	grep -q nonsense err &&
	must_fail 129 gitmem list --since nonsense &&
	must_fail 129 gitmem list --until 2026-13-01 &&
	must_fail 129 gitmem list --limit many &&
	must_fail 129 gitmem list extra &&
	must_fail 129 gitmem list --nonsense &&
	must_fail 128 gitmem list --at nonsense &&
	must_fail 128 gitmem --json list --at nonsense 2>err &&
	test "$(json_get err .error.code)" = not-found &&
	must_fail 128 gitmem --branch nonsense list
EOF

test_case 'a read-only repository can be listed' <<'EOF'
	cp -R notes frozen &&
	cd frozen &&
	rm -rf .gitmem/recall &&
	chmod -R a-w .gitmem &&
	test "$(cd .. && gitmem -C frozen list --limit 3 | wc -l)" -eq 3 &&
	chmod -R u+w .gitmem
EOF

done_testing
