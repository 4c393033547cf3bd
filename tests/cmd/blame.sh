#!/bin/sh
# gitmem blame: who gave each field and each line.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

git_here() {
	git --git-dir=.gitmem "$@"
}

# parts_of FILE: "FIELD COMMIT" of each field, "LINE COMMIT" of each line, of JSON lines.
parts_of() {
	"$PYTHON" -c '
import json, sys

for text in open(sys.argv[1], encoding="utf-8"):
    part = json.loads(text)
    print(part["line"] or part["field"], part["commit"])
' "$1"
}

# git_blame REV PATH: "COMMIT LINE" of each line of the content, as git has it.
git_blame() {
	git_here -c diff.indentHeuristic=false blame --line-porcelain "$1" -- "$2" >porcelain &&
		awk '/^[0-9a-f]+ [0-9]+ [0-9]+/ && length($1) == 40 { id = $1 }
			/^\t/ { if (marks == 2) print ++n, id; if ($0 == "\t---") marks++ }' porcelain
}

test_case 'fields and lines in the columns of git' <<'EOF'
	new_repo notes &&
	printf 'one\ntwo\nthree\n' >text &&
	gitmem add -c --file text --key list --tag a >id &&
	printf 'one\n2\nthree\nfour\n' >text &&
	GITMEM_AGENT=Zoë gitmem edit -c list --file text --importance 0.75 >out &&
	gitmem blame list >actual &&
	one=$(git_here rev-parse HEAD~1 | cut -c1-7) &&
	two=$(git_here rev-parse HEAD | cut -c1-8) &&
	sed -e "s/ONE/^$one/" -e "s/TWO/$two/" -e "s/ID/$(cat id)/" >expect <<-END &&
		ONE (tester 2026-01-02T03:04:05Z         id) ID
		ONE (tester 2026-01-02T03:04:05Z       type) semantic
		ONE (tester 2026-01-02T03:04:05Z        key) list
		ONE (tester 2026-01-02T03:04:05Z      agent) tester
		ONE (tester 2026-01-02T03:04:05Z    created) 2026-01-02T03:04:05Z
		TWO (Zoë    2026-01-02T03:04:05Z    updated) 2026-01-02T03:04:05Z
		TWO (Zoë    2026-01-02T03:04:05Z importance) 0.75
		ONE (tester 2026-01-02T03:04:05Z       tags) a
		ONE (tester 2026-01-02T03:04:05Z      scope) shared
		ONE (tester 2026-01-02T03:04:05Z          1) one
		TWO (Zoë    2026-01-02T03:04:05Z          2) 2
		ONE (tester 2026-01-02T03:04:05Z          3) three
		TWO (Zoë    2026-01-02T03:04:05Z          4) four
	END
	expect_equal expect actual &&
	gitmem blame "$(cat id)" >actual &&
	expect_equal expect actual &&
	gitmem blame keys/list.md >actual &&
	expect_equal expect actual &&
	gitmem blame --color=always list >actual &&
	head -n 1 actual >first &&
	printf '\033[33m^%s\033[m (tester 2026-01-02T03:04:05Z         id) %s\n' "$one" \
		"$(cat id)" >expect &&
	expect_equal expect first
EOF

test_case 'JSON lines' <<'EOF'
	cd notes &&
	gitmem --json blame list >all &&
	test "$(wc -l <all)" -eq 13 &&
	sed -n 7p all >actual &&
	test "$(json_get actual .field)" = importance &&
	test "$(json_get actual .line)" = null &&
	test "$(json_get actual .commit)" = "$(git_here rev-parse HEAD)" &&
	test "$(json_get actual .agent)" = Zoë &&
	test "$(json_get actual .time)" = 2026-01-02T03:04:05Z &&
	test "$(json_get actual .signer)" = null &&
	test "$(json_get actual .signature.status)" = none &&
	test "$(json_get actual .text)" = 0.75 &&
	test "$(json_get actual .value)" = 0.75 &&
	test "$(json_get actual .boundary)" = false &&
	sed -n 12p all >actual &&
	test "$(json_get actual .field)" = content &&
	test "$(json_get actual .line)" = 3 &&
	test "$(json_get actual .text)" = three &&
	test "$(json_get actual .path)" = keys/list.md &&
	test "$(json_get actual .boundary)" = true &&
	sed -n 8p all >actual &&
	test "$(json_get actual .value)" = '["a"]'
EOF

test_case 'across changes of the key' <<'EOF'
	new_repo moved &&
	gitmem add -c 'one
two' >id && first=$(git_here rev-parse HEAD) &&
	gitmem add -c 'another one' >out &&
	gitmem edit -c "$(cat id)" --key a/b >out && second=$(git_here rev-parse HEAD) &&
	gitmem edit -c a/b --content 'one
2' >out && third=$(git_here rev-parse HEAD) &&
	gitmem edit -c a/b --key c --content '1
2' >out && fourth=$(git_here rev-parse HEAD) &&
	gitmem add -c --key a/b 'one
two' >out &&
	gitmem blame --json c >all &&
	parts_of all >actual &&
	{
		for field in id type; do echo "$field $first"; done &&
		echo "key $fourth" &&
		for field in agent created; do echo "$field $first"; done &&
		echo "updated $second" &&
		for field in importance tags scope; do echo "$field $first"; done &&
		echo "1 $fourth" && echo "2 $third"
	} >expect &&
	expect_equal expect actual &&
	must_fail 128 gitmem blame --at HEAD~3 c &&
	gitmem blame --json --at HEAD~3 a/b >all &&
	parts_of all | tail -n 2 >actual &&
	printf '1 %s\n2 %s\n' "$first" "$first" >expect &&
	expect_equal expect actual &&
	tail -n 1 all >last &&
	test "$(json_get last .path)" = "$(git_here ls-tree -r --name-only "$first")"
EOF

test_case 'another memory at the path has no part in it' <<'EOF'
	cd moved &&
	gitmem blame --json a/b >all &&
	parts_of all | cut -d' ' -f2 | sort -u >actual &&
	git_here rev-parse HEAD >expect &&
	expect_equal expect actual
EOF

test_case 'lines are those of git blame' <<'EOF'
	new_repo lines &&
	seq -f 'line %g' 12 >text &&
	gitmem add -c --key poem --file text >out &&
	for i in 1 2 3 4 5 6; do
		sed -e "$((i + 2))s/.*/changed $i/" -e "$((i * 2))d" text >new || exit 1
		echo "added $i" >>new && cp new text || exit 1
		gitmem edit -c poem --file text --importance "0.$i" >out || exit 1
		gitmem add -c "something else $i" >out || exit 1
	done &&
	gitmem blame --json poem >all &&
	parts_of all | grep '^[0-9]' >actual &&
	git_blame HEAD keys/poem.md >expect &&
	test -s expect &&
	expect_equal expect actual &&
	gitmem blame --json HEAD~4 -- poem >all &&
	parts_of all | grep '^[0-9]' >actual &&
	git_blame HEAD~4 keys/poem.md >expect &&
	expect_equal expect actual
EOF

test_case 'a merge has fields and lines of both sides' <<'EOF'
	new_repo merged &&
	printf '1\n2\n3\n4\n5\n6\n7\n' >text &&
	gitmem add -c --key both --file text >id && base=$(git_here rev-parse HEAD) &&
	gitmem --branch side edit -c both --tag side --content "$(sed '6s/.*/six/' text)" >out &&
	gitmem edit -c both --importance 0.9 --content "$(sed '2s/.*/two/' text)" >out &&
	main=$(git_here rev-parse main) && side=$(git_here rev-parse side) &&
	export GIT_AUTHOR_NAME=m GIT_AUTHOR_EMAIL=m GIT_COMMITTER_NAME=m GIT_COMMITTER_EMAIL=m &&
	export GIT_INDEX_FILE="$PWD/index.tmp" &&
	git_here cat-file blob main:keys/both.md |
		sed -e 's/^importance.*/&\ntags: [side]/' -e 's/^6$/six/' -e 's/^7$/seven/' >both &&
	blob=$(git_here hash-object -w --stdin <both) &&
	git_here read-tree main && git_here update-index --cacheinfo "100644,$blob,keys/both.md" &&
	merge=$(git_here commit-tree -m merge -p main -p side "$(git_here write-tree)") &&
	git_here update-ref refs/heads/main "$merge" &&
	gitmem blame --json both >all &&
	parts_of all >actual &&
	{
		for field in id type key agent created; do echo "$field $base"; done &&
		echo "updated $main" && echo "importance $main" && echo "tags $side" &&
		echo "scope $base" && echo "1 $base" && echo "2 $main" &&
		for line in 3 4 5; do echo "$line $base"; done &&
		echo "6 $side" && echo "7 $merge"
	} >expect &&
	expect_equal expect actual &&
	git_blame HEAD keys/both.md >expect &&
	grep '^[0-9]' actual >lines &&
	expect_equal expect lines
EOF

test_case 'a sibling has what the other side gave' <<'EOF'
	new_repo sibling &&
	gitmem add -c --key plan 'Ship on Friday
and rest' >out && base=$(git_here rev-parse HEAD) &&
	gitmem --branch side edit -c plan --content 'Ship on Sunday
and rest' >out &&
	GITMEM_AUTHOR_DATE=2026-01-03T00:00:00Z gitmem edit -c plan --content 'Ship on Monday
and rest' >out &&
	main=$(git_here rev-parse main) && side=$(git_here rev-parse side) &&
	gitmem merge side >out &&
	gitmem list --conflicts --json >all &&
	grep '"conflicts_with"' all >one &&
	gitmem blame --json "$(json_get one .id)" >all &&
	parts_of all >actual &&
	merge=$(git_here rev-parse main) &&
	grep -qx "id $merge" actual &&
	grep -qx "conflicts_with $merge" actual &&
	grep -qx "created $base" actual &&
	grep -qx "updated $side" actual &&
	grep -qx "1 $side" actual &&
	grep -qx "2 $base" actual &&
	gitmem blame --json plan >all &&
	parts_of all >actual &&
	grep -qx "1 $main" actual &&
	grep -qx "2 $base" actual
EOF

# joined FIRST LAST: under one key two agents stored something, LAST was the later one.
joined() {
	new_repo "joined_$1" && gitmem add -c root >out && gitmem branch side &&
	GITMEM_AUTHOR_DATE=2026-01-03T00:00:0${1}Z gitmem add -c --key plan 'Ship on Monday
and rest' >out &&
	GITMEM_AUTHOR_DATE=2026-01-03T00:00:0${2}Z gitmem --branch side add -c --key plan 'Ship on Sunday
and rest' >out &&
	main=$(git_here rev-parse main) && side=$(git_here rev-parse side) &&
	gitmem merge side >out && grep -q 'became one with' out &&
	gitmem list --conflicts --json >all && grep '"conflicts_with"' all >one &&
	for memory in plan "$(json_get one .id)"; do
		gitmem show "$memory" >text && gitmem blame --json "$memory" >all &&
		parts_of all >actual && commit=$main &&
		if grep -q Sunday text; then commit=$side; fi &&
		grep -qx "1 $commit" actual && grep -qxE "2 ($main|$side)" actual || return 1
	done
}

test_case 'two that a merge made one of are both followed' <<'EOF'
	(joined 1 2) && (joined 2 1) && cd joined_1 &&
	gitmem add -c --key plan2 moved >out && gitmem branch other &&
	gitmem rm -c plan2 && gitmem add -c --key plan2 'another one' >out &&
	gitmem --branch other edit -c plan2 --key plan3 &&
	gitmem merge -q other && gitmem blame --json plan2 >all && parts_of all >actual &&
	grep -qx "1 $(git_here rev-parse HEAD^1)" actual
EOF

test_case 'what is staged is not committed yet' <<'EOF'
	new_repo staged &&
	must_fail 128 gitmem blame plan 2>err &&
	gitmem add --key plan 'Ship on Friday
and rest' >out &&
	gitmem blame --json plan >all &&
	parts_of all | cut -d' ' -f2 | sort -u >actual &&
	echo None >expect &&
	expect_equal expect actual &&
	gitmem commit -m plan >out &&
	gitmem edit plan --key other --content 'Ship on Monday
and rest' >out &&
	gitmem blame other >actual &&
	grep -qx "0\{8\} (Not Committed Yet 2026-01-02T03:04:05Z        key) other" actual &&
	grep -qx "0\{8\} (Not Committed Yet 2026-01-02T03:04:05Z          1) Ship on Monday" actual &&
	one=$(git_here rev-parse HEAD | cut -c1-7) &&
	grep -qx "\^$one (tester            2026-01-02T03:04:05Z          2) and rest" actual &&
	must_fail 128 gitmem blame plan &&
	gitmem blame --at HEAD plan >actual &&
	must_fail 1 grep -q 'Not Committed' actual
EOF

test_case 'one that was removed' <<'EOF'
	cd notes &&
	gitmem rm list &&
	must_fail 128 gitmem blame list 2>err &&
	grep -q '^hint: .*--at' err &&
	gitmem commit -m gone >out &&
	must_fail 128 gitmem blame list &&
	gitmem blame --at HEAD~1 list >expect &&
	test "$(wc -l <expect)" -eq 13 &&
	gitmem blame HEAD~1 -- list >actual &&
	expect_equal expect actual &&
	gitmem blame HEAD~1 list >actual &&
	expect_equal expect actual &&
	GITMEM_AT=HEAD~1 gitmem blame list >actual &&
	expect_equal expect actual
EOF

test_case 'files that are no memories, and broken ones, have lines only' <<'EOF'
	new_repo files &&
	gitmem add -c --key note 'first
second' >out &&
	export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=b &&
	export GIT_INDEX_FILE="$PWD/index.tmp" &&
	put() {
		blob=$(printf '%b' "$2" | git_here hash-object -w --stdin) &&
			git_here update-index --add --cacheinfo "100644,$blob,$1" &&
			git_here update-ref refs/heads/main \
				"$(git_here commit-tree -m "$1" -p main "$(git_here write-tree)")"
	} &&
	git_here read-tree main &&
	put docs/plan.txt 'one\ntwo\n' && put docs/plan.txt 'one\n2\nwithout an end' &&
	gitmem blame --json docs/plan.txt >all &&
	parts_of all >actual &&
	printf '1 %s\n2 %s\n3 %s\n' "$(git_here rev-parse HEAD~1)" "$(git_here rev-parse HEAD)" \
		"$(git_here rev-parse HEAD)" >expect &&
	expect_equal expect actual &&
	head -n 1 all >first &&
	test "$(json_get first .field)" = null &&
	put keys/note.md 'no record at all\nsecond\n' &&
	gitmem blame --json keys/note.md >all &&
	parts_of all >actual &&
	printf '1 %s\n2 %s\n' "$(git_here rev-parse HEAD)" "$(git_here rev-parse main~3)" >expect &&
	expect_equal expect actual &&
	put keys/note.md "$(git_here cat-file blob main~3:keys/note.md)\n" &&
	put empty.txt '' &&
	silent gitmem blame empty.txt &&
	must_fail 128 gitmem blame docs &&
	must_fail 128 gitmem blame nothing.txt
EOF

test_case 'a signature is told of' <<'EOF'
	cd notes &&
	git_here cat-file commit HEAD~1 |
		sed '/^committer/a gpgsig -----BEGIN SSH SIGNATURE-----\n x\n -----END SSH SIGNATURE-----' >signed &&
	id=$(git_here hash-object -t commit -w --stdin <signed) &&
	gitmem blame "$id" list >actual &&
	grep -q "^$(echo "$id" | cut -c1-8) (Zoë    unchecked 2026-01-02T03:04:05Z          2) 2$" actual &&
	grep -q ' (tester           2026-01-02T03:04:05Z          1) one$' actual &&
	gitmem blame --json "$id" list >all &&
	sed -n 11p all >actual &&
	test "$(json_get actual .signature.status)" = unchecked
EOF

test_case 'what is wrong' <<'EOF'
	cd notes &&
	must_fail 129 gitmem blame &&
	must_fail 129 gitmem blame a b c &&
	must_fail 129 gitmem blame --at HEAD HEAD list &&
	must_fail 128 gitmem blame nonsense 2>err &&
	grep -q nonsense err &&
	must_fail 128 gitmem blame nonsense list &&
	must_fail 128 gitmem blame --at HEAD~1 nonsense &&
	must_fail 128 gitmem blame --at "HEAD^{tree}" list &&
	must_fail 128 gitmem --json blame nonsense 2>err &&
	test "$(json_get err .error.code)" = not-found
EOF

test_case 'control characters of others stay text' <<'EOF'
	new_repo control &&
	gitmem add -c --key odd "$(printf 'bell \033[31m\tnow')" >out &&
	GITMEM_AGENT="$(printf 'a\033b')" gitmem edit -c odd --tag x >out &&
	gitmem blame odd >actual &&
	must_fail 1 grep -q "$(printf '\033')" actual &&
	grep -q "bell ?\[31m	now$" actual
EOF

done_testing
