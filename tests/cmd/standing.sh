#!/bin/sh
# How memories stand: superseded, not valid yet, valid no more; now and at old revisions; and
# clocks that run backwards.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

found() {
	gitmem --json recall "$@" >found.json && json_get found.json .content
}

commit_of() {
	gitmem --json log -n 1 "$1" >commit.json && json_get commit.json .commit
}

at() {
	GITMEM_COMMITTER_DATE=$1 GITMEM_AUTHOR_DATE=$1
	export GITMEM_COMMITTER_DATE GITMEM_AUTHOR_DATE
	shift
	"$@"
}

test_case 'list hides nothing and tells' <<'EOF'
	new_repo told &&
	gitmem add -c --key host 'The host is old.example.com' >old &&
	gitmem add -c --supersedes host 'The host is new.example.com' >new &&
	gitmem add -c --valid-until 2026-01-01 'Past' >past &&
	gitmem add -c --valid-from 2999-01-01 'To come' >later &&
	gitmem list >actual &&
	grep -q "^$(tail -c 9 old) semantic   host: \[superseded by $(tail -c 9 new)\] The host is old" \
		actual &&
	grep -q "^$(tail -c 9 new) semantic   The host is new" actual &&
	grep -q '\[valid until 2026-01-01T00:00:00Z\] Past$' actual &&
	grep -q '\[not valid before 2999-01-01T00:00:00Z\] To come$' actual &&
	gitmem --json list >actual &&
	json_get actual .current | sort >currents &&
	printf 'false\nfalse\nfalse\ntrue\n' >expect &&
	expect_equal expect currents &&
	grep old.example.com actual >first &&
	test "$(json_get first .superseded_by)" = "[\"$(cat new)\"]" &&
	test "$(grep -c superseded_by actual)" -eq 1
EOF

test_case 'an old revision is judged by its own time' <<'EOF'
	cd told &&
	gitmem list --at HEAD~3 >actual &&
	grep -q ' host: The host is old' actual &&
	gitmem --json list --at HEAD~3 >actual &&
	test "$(json_get actual .current)" = true &&
	at 2026-01-10T00:00:00Z gitmem add -c --valid-from 2026-01-10 --valid-until 2026-02-01 \
		'The sprint is called Walrus' >id &&
	must_fail 1 gitmem recall sprint &&
	test "$(found sprint --all)" = 'The sprint is called Walrus' &&
	test "$(found sprint --at HEAD)" = 'The sprint is called Walrus' &&
	test "$(GITMEM_AT=HEAD found sprint)" = 'The sprint is called Walrus' &&
	at 2026-02-02T00:00:00Z gitmem add -c 'Something else' >id &&
	must_fail 1 gitmem recall sprint --at HEAD &&
	test "$(found sprint --at HEAD~1)" = 'The sprint is called Walrus' &&
	must_fail 1 gitmem recall sprint --at 'HEAD~1^{tree}' &&
	gitmem --json list --at HEAD~1 >actual &&
	tail -n 1 actual >last &&
	test "$(json_get last .current)" = true &&
	gitmem --json list >actual &&
	grep Walrus actual >last &&
	test "$(json_get last .current)" = false
EOF

test_case 'recall --all tells how they stand' <<'EOF'
	cd told &&
	test "$(found host)" = 'The host is new.example.com' &&
	gitmem recall --all host >actual &&
	grep -q " $(tail -c 9 old) host .*\[superseded by $(tail -c 9 new)\]$" actual &&
	gitmem --json recall --all host >actual &&
	grep old.example.com actual >line &&
	test "$(json_get line .superseded_by)" = "[\"$(cat new)\"]" &&
	test "$(json_get line .current)" = false &&
	gitmem --json recall host >actual &&
	must_fail 1 grep -q current actual
EOF

test_case 'show tells which memory superseded it, and in which commit' <<'EOF'
	new_repo shown &&
	gitmem add -c --key host 'The host is old.example.com' >old &&
	gitmem add -c --key better 'The host is new.example.com' >new &&
	gitmem show host >out 2>err &&
	test ! -s err &&
	gitmem edit -c better --supersedes host &&
	since=$(commit_of HEAD) &&
	gitmem edit -c better --tag +unrelated &&
	gitmem show host >actual 2>err &&
	git --git-dir=.gitmem cat-file blob HEAD:keys/host.md >expect &&
	expect_equal expect actual &&
	grep -qx "superseded by $(tail -c 9 new) since commit $(echo "$since" | cut -c 1-7)" err &&
	gitmem --json show host >actual &&
	test "$(json_get actual .current)" = false &&
	test "$(json_get actual .superseded_by)" = "[\"$(cat new)\"]" &&
	test "$(json_get actual .superseded_in)" = "[\"$since\"]" &&
	gitmem --json show HEAD~2:host >actual &&
	test "$(json_get actual .current)" = true &&
	gitmem --json show HEAD~1:keys/host.md >actual &&
	test "$(json_get actual .current)" = false &&
	gitmem show better >out 2>err &&
	test ! -s err &&
	gitmem add -c --key past --valid-until 2020-01-01 'Past' >id &&
	gitmem show past >out 2>err &&
	echo 'valid until 2020-01-01T00:00:00Z' >expect &&
	expect_equal expect err
EOF

test_case 'the log tells where something was superseded' <<'EOF'
	cd shown &&
	gitmem log --stat -n 3 >actual &&
	grep -q " M $(tail -c 9 new) keys/better.md (supersedes $(tail -c 9 old))$" actual &&
	test "$(grep -c supersedes actual)" -eq 1 &&
	gitmem --json log >actual &&
	grep -F "$(commit_of HEAD~2)" actual | grep '"supersedes"' >line &&
	test "$(json_get line .changed.0.supersedes)" = "[\"$(cat old)\"]" &&
	test "$(grep -c '"supersedes"' actual)" -eq 1
EOF

test_case 'what is staged supersedes already where it is shown' <<'EOF'
	cd shown &&
	gitmem add --supersedes better 'Even better' >id &&
	gitmem show better >out 2>err &&
	echo "superseded by $(tail -c 9 id)" >expect &&
	expect_equal expect err &&
	gitmem --json show better >actual &&
	test "$(json_get actual .superseded_in)" = '[null]' &&
	gitmem edit better --supersedes "-$(cat old)" &&
	gitmem show host >out 2>err &&
	test ! -s err
EOF

# put ID SUPERSEDES CREATED: a line for import.
put() {
	printf '{"id":"%s","content":"turtle %s","created":"%s","supersedes":%s}\n' \
		"$1" "$1" "$3" "$2" >>lines
}

test_case 'circles neither hide everything nor loop, and the newest stays' <<'EOF'
	new_repo circle &&
	a=00000000-0000-7000-8000-00000000000a &&
	b=00000000-0000-7000-8000-00000000000b &&
	c=00000000-0000-7000-8000-00000000000c &&
	put $a "[\"$b\"]" 2026-01-02T00:00:00Z &&
	put $b "[\"$c\"]" 2026-01-03T00:00:00Z &&
	put $c "[\"$a\"]" 2026-01-01T00:00:00Z &&
	gitmem import jsonl lines >out &&
	test "$(found turtle)" = "turtle $b" &&
	gitmem --json list >actual &&
	json_get actual .current >currents &&
	printf 'false\nfalse\ntrue\n' >expect &&
	expect_equal expect currents &&
	gitmem show $b >out 2>err &&
	test ! -s err &&
	gitmem show $c >out 2>err &&
	grep -q '^superseded by 0000000b since commit ' err
EOF

test_case 'itself, and what does not exist' <<'EOF'
	cd circle &&
	id=00000000-0000-7000-8000-0000000000ff &&
	must_fail 128 gitmem add --id $id --supersedes $id 'Me' 2>err &&
	grep -qx 'error: a memory cannot supersede itself' err &&
	gitmem add -c --key me 'Me' >id &&
	must_fail 128 gitmem edit me --supersedes me &&
	must_fail 128 gitmem add --key me --supersedes me 'Me again' &&
	must_fail 128 gitmem add --supersedes no/such/key 'x' &&
	gitmem edit -c me --supersedes $id &&
	gitmem show me >out 2>err &&
	test ! -s err &&
	printf '{"id":"%s","content":"itself","supersedes":["%s"]}\n' $id $id >line &&
	gitmem import jsonl line >out &&
	test "$(found itself --all)" = itself &&
	gitmem show $id >out 2>err &&
	grep -q "^superseded by $(tail -c 9 id) since" err
EOF

test_case 'a clock that runs backwards makes no edit older than what was edited' <<'EOF'
	new_repo clock &&
	at 2026-03-01T00:00:00Z gitmem add -c --key k 'one' >id &&
	at 2026-02-01T00:00:00Z gitmem edit -c k --content 'two' &&
	gitmem --json show k >actual &&
	test "$(json_get actual .updated)" = 2026-03-01T00:00:00Z &&
	at 2026-04-01T00:00:00Z gitmem edit -c k --content 'three' &&
	at 2026-01-01T00:00:00Z gitmem edit -c k --content 'four' &&
	gitmem --json show k >actual &&
	test "$(json_get actual .updated)" = 2026-04-01T00:00:00Z &&
	test "$(json_get actual .created)" = 2026-03-01T00:00:00Z &&
	at 2026-01-15T00:00:00Z gitmem add -c --key l 'later, by an older clock' >id &&
	gitmem --json list >actual &&
	json_get actual .key >keys &&
	printf 'l\nk\n' >expect &&
	expect_equal expect keys &&
	gitmem --json log >actual &&
	json_get actual .commit >ours &&
	git --git-dir=.gitmem log --format=%H >theirs &&
	expect_equal theirs ours
EOF

test_case 'times in a reflog of such a clock mean what they mean to git' <<'EOF'
	cd clock &&
	for time in 2026-05-01 2026-03-15 2026-02-15 2026-01-20 2026-01-10 2025-01-01; do
		git --git-dir=.gitmem rev-parse "main@{$time 00:00:00 +0000}" >expect 2>git.err || exit 1
		commit_of "main@{$time}" >actual || exit 1
		expect_equal expect actual || exit 1
	done
EOF

# parted DIR: main supersedes the memory `host` that the branch other changes.
parted() {
	new_repo "$1" &&
	gitmem add -c --key host 'The host is old.example.com' >old &&
	gitmem branch other &&
	gitmem add -c --key better --supersedes host 'The host is new.example.com' >new &&
	gitmem --branch other edit -c host --content 'The host is older.example.com'
}

test_case 'what one branch superseded and another changed' <<'EOF'
	parted merged &&
	gitmem branch swapped other &&
	gitmem merge other >out &&
	grep -A 1 "theirs *$(tail -c 9 old) keys/host.md" out >actual &&
	grep -qx "    superseded by $(cat new), which knows nothing of this change" actual &&
	gitmem show host >actual 2>err &&
	grep -q 'older.example.com' actual &&
	grep -q "^superseded by $(tail -c 9 new) since commit $(commit_of HEAD^1 | cut -c 1-7)" err &&
	test "$(found host)" = 'The host is new.example.com' &&
	gitmem --branch swapped merge 'main^1' >out &&
	grep -q "superseded by $(cat new), which knows" out &&
	test "$(git --git-dir=.gitmem rev-parse 'main^{tree}')" = \
		"$(git --git-dir=.gitmem rev-parse 'swapped^{tree}')"
EOF

test_case 'removed and superseded on one branch, changed on another' <<'EOF'
	parted removed &&
	gitmem rm -c host &&
	gitmem merge other >out &&
	grep -q "kept *$(tail -c 9 old) keys/host.md" out &&
	grep -q "superseded by $(cat new), which knows" out &&
	test "$(found host)" = 'The host is new.example.com' &&
	gitmem show host >actual 2>err &&
	grep -q '^superseded by ' err
EOF

test_case 'who knew of a change and superseded it is told nothing' <<'EOF'
	parted knows &&
	gitmem --branch other add -c --supersedes host 'The host is newest.example.com' >id &&
	gitmem --json merge other >out &&
	must_fail 1 grep -q "superseded by $(cat id)" out &&
	grep -q "superseded by $(cat new), which knows" out &&
	gitmem --json show host >actual &&
	json_get actual .superseded_by >by &&
	grep -q "$(cat id)" by &&
	grep -q "$(cat new)" by
EOF

done_testing
