#!/bin/sh
# gitmem reindex: the index is derived, and comes back from nothing.

. "$(dirname "$0")/lib.sh"

test_case 'it makes the index of all branches and says how much' <<'EOF'
	new_repo notes &&
	gitmem add -c 'okapi one' >id &&
	gitmem add -c 'okapi two' >id &&
	gitmem --branch other add -c 'okapi three' >id &&
	gitmem reindex >out 2>err &&
	test ! -s out &&
	echo 'indexed 2 memories' >expect &&
	expect_equal expect err &&
	silent gitmem -q reindex
EOF

test_case 'recall answers the same before and after' <<'EOF'
	cd notes &&
	gitmem --json recall okapi >expect &&
	gitmem --json --branch other recall okapi >expect-other &&
	gitmem -q reindex &&
	gitmem --json recall okapi >actual &&
	expect_equal expect actual &&
	gitmem --json --branch other recall okapi >actual &&
	expect_equal expect-other actual
EOF

test_case 'an index that is gone, or garbage, is made again' <<'EOF'
	cd notes &&
	gitmem --json recall okapi >expect &&
	rm -r .gitmem/recall &&
	gitmem -q reindex &&
	gitmem --json recall okapi >actual 2>err &&
	test ! -s err &&
	expect_equal expect actual &&
	rm .gitmem/recall/* &&
	echo garbage >.gitmem/recall/index.db &&
	gitmem -q reindex &&
	gitmem --json recall okapi >actual 2>err &&
	test ! -s err &&
	expect_equal expect actual
EOF

test_case 'it prints JSON' <<'EOF'
	cd notes &&
	gitmem --json reindex >actual &&
	test "$(json_get actual .memories)" -eq 2 &&
	test "$(json_get actual .skipped)" -eq 0
EOF

test_case 'an empty repository has an empty index' <<'EOF'
	new_repo empty &&
	gitmem reindex 2>err &&
	echo 'indexed 0 memories' >expect &&
	expect_equal expect err
EOF

test_case 'a detached HEAD is indexed too' <<'EOF'
	new_repo detached &&
	gitmem add -c 'okapi' >id &&
	git --git-dir=.gitmem rev-parse HEAD >head &&
	gitmem add -c 'second' >id &&
	git --git-dir=.gitmem update-ref --no-deref HEAD "$(cat head)" &&
	gitmem reindex 2>err &&
	echo 'indexed 1 memory' >expect &&
	expect_equal expect err
EOF

test_git_case 'a damaged memory is left out and told' <<'EOF'
	new_repo broken &&
	damaged . &&
	gitmem add -c --key a 'one' >id &&
	gitmem add -c --key b 'two' >id &&
	blob=$(git --git-dir=.gitmem rev-parse HEAD:keys/a.md) &&
	file=.gitmem/objects/$(echo "$blob" | cut -c 1-2)/$(echo "$blob" | cut -c 3-) &&
	chmod +w "$file" &&
	echo nonsense >"$file" &&
	gitmem --json reindex >actual 2>err &&
	test "$(json_get actual .memories)" -eq 1 &&
	test "$(json_get actual .skipped)" -eq 1 &&
	grep -q "^warning: 1 damaged file is left out; 'gitmem fsck' names them" err
EOF

test_case 'progress is shown on request, and not before a second' <<'EOF'
	cd notes &&
	gitmem -q reindex --progress 2>err &&
	test ! -s err
EOF

test_case 'it takes no arguments' <<'EOF'
	cd notes &&
	must_fail 129 gitmem reindex main
EOF

done_testing
