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

# Memories of a few subjects, as lines of JSON; so many.
many_memories() {
	awk -v n="$1" 'BEGIN {
		split("kettle teapot saucer|harbour anchor ferry|violin cello concert", subjects, "|")
		for (i = 0; i < n; i++)
			printf "{\"id\": \"%08x-0000-4000-8000-000000000000\", \"content\": " \
				"\"The %s, number %d\", \"created\": \"2026-01-01T00:00:00Z\"}\n",
				i, subjects[i % 3 + 1], i
	}'
}

test_case 'equal branches have equal digests, and others do not' <<'EOF'
	new_repo first &&
	many_memories 200 >memories &&
	gitmem -q import jsonl memories >out &&
	gitmem --json reindex >one &&
	test "$(json_get one .learned)" -eq 200 &&
	test "$(json_get one .dimensions)" -eq 64 &&
	cd .. &&
	new_repo second &&
	head -n 70 ../first/memories >part &&
	gitmem -q import jsonl part >out &&
	gitmem recall kettle >out &&
	gitmem -q import jsonl ../first/memories >out &&
	gitmem --json reindex >two &&
	json_get ../first/one .digest >expect &&
	json_get two .digest >actual &&
	expect_equal expect actual &&
	gitmem add -c 'something else' >id &&
	gitmem --json reindex >three &&
	test "$(json_get three .learned)" -eq 201 &&
	! test "$(json_get three .digest)" = "$(cat expect)"
EOF

test_case 'it is told when to learn anew, and gc does it' <<'EOF'
	new_repo grown &&
	many_memories 200 >memories &&
	gitmem -q import jsonl memories >out &&
	gitmem -q reindex &&
	gitmem status >out &&
	! grep Embedding out &&
	many_memories 260 >more &&
	gitmem -q import jsonl more >out &&
	gitmem status >out &&
	grep "^Embedding: learned from 200 memories, 'gitmem gc' learns it anew" out &&
	gitmem --json status >out &&
	test "$(json_get out .embedding.due)" = true &&
	test "$(json_get out .embedding.learned)" -eq 200 &&
	test "$(json_get out .embedding.memories)" -eq 260 &&
	gitmem -q gc &&
	gitmem --json status >out &&
	test "$(json_get out .embedding.due)" = false &&
	test "$(json_get out .embedding.learned)" -eq 260
EOF

test_case 'few memories are learned from at the next recall, many where they are imported' <<'EOF'
	new_repo few &&
	many_memories 100 >memories &&
	gitmem -q import jsonl memories >out &&
	gitmem recall kettle >out &&
	gitmem --json status >out &&
	test "$(json_get out .embedding.learned)" -eq 100 &&
	cd .. &&
	new_repo many &&
	many_memories 1200 >memories &&
	gitmem -q import jsonl memories >out &&
	gitmem --json status >out &&
	test "$(json_get out .index)" = current &&
	test "$(json_get out .embedding.learned)" -eq 1200
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

test_case 'what cannot be removed is not in the way' <<'EOF'
	new_repo in-the-way &&
	gitmem add -c 'the harbour opens at six' >/dev/null &&
	mkdir .gitmem/recall/0123456789abcdef.postings &&
	gitmem reindex &&
	gitmem recall harbour >/dev/null 2>err &&
	test ! -s err &&
	rmdir .gitmem/recall/0123456789abcdef.postings
EOF

done_testing
