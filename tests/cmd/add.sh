#!/bin/sh
# gitmem add: staging a memory, or committing it at once.

. "$(dirname "$0")/lib.sh"

git_here() {
	git --git-dir=.gitmem "$@"
}

test_case 'it prints the id and nothing else' <<'EOF'
	new_repo notes &&
	gitmem add 'The staging host is stage.example.com' >id 2>err &&
	test "$(wc -l <id)" -eq 1 &&
	grep -Eqx '[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}' id &&
	test ! -s err
EOF

test_case 'it stages and moves no ref' <<'EOF'
	cd notes &&
	must_fail 1 git_here rev-parse -q --verify HEAD &&
	gitmem status --short >actual &&
	test "$(wc -l <actual)" -eq 1 &&
	grep -q "^A $(tail -c 9 id) memories/2026/01-02/" actual &&
	gitmem commit -m first >out &&
	gitmem show "$(cat id)" >actual &&
	grep -qx 'type: semantic' actual &&
	grep -qx 'created: 2026-01-02T03:04:05Z' actual &&
	grep -qx 'agent: tester' actual &&
	tail -n 1 actual >last &&
	echo 'The staging host is stage.example.com' >expect &&
	expect_equal expect last
EOF

test_case 'several words are one text' <<'EOF'
	new_repo words &&
	id=$(gitmem add -c Tests run   with ninja) &&
	gitmem show --json "$id" >actual &&
	test "$(json_get actual .content)" = 'Tests run with ninja'
EOF

test_case 'the text comes from standard input or a file' <<'EOF'
	new_repo sources &&
	printf 'one\ntwo\n' >text &&
	a=$(gitmem add -c - <text) &&
	b=$(gitmem add -c --file text) &&
	c=$(gitmem add -c -F text --) &&
	d=$(gitmem add -c -F - <text) &&
	for id in "$a" "$b" "$c" "$d"; do
		gitmem show --json "$id" >actual || exit 1
		test "$(json_get actual .content)" = "one
two" || exit 1
	done
EOF

test_case 'what follows -- is text' <<'EOF'
	new_repo dashes &&
	id=$(gitmem add -c -- --not-an-option) &&
	gitmem show --json "$id" >actual &&
	test "$(json_get actual .content)" = --not-an-option
EOF

test_case 'every field can be given' <<'EOF'
	new_repo fields &&
	old=$(gitmem add -c 'old way') &&
	id=$(gitmem add -c --type procedural --key build/tests --tag b --tag a --tag b \
		--importance 0.9 --scope global --session s1 --role user \
		--supersedes "$old" --created 2025-12-31 --valid-from 2026-01-01 \
		--valid-until 2026-02-01T10:00:00+02:00 'Run ninja test') &&
	gitmem show "$id" >actual &&
	cat >expect <<END &&
---
id: $id
type: procedural
key: build/tests
agent: tester
session: s1
role: user
created: 2025-12-31T00:00:00Z
importance: 0.9
tags:
  - a
  - b
scope: global
supersedes:
  - $old
valid_from: 2026-01-01T00:00:00Z
valid_until: 2026-02-01T08:00:00Z
---
Run ninja test
END
	expect_equal expect actual &&
	git_here cat-file blob HEAD:keys/build/tests.md >actual &&
	expect_equal expect actual
EOF

test_case 'a message of a session is episodic' <<'EOF'
	new_repo episodic &&
	id=$(gitmem add -c --session s1 --role user hello) &&
	gitmem show --json "$id" >actual &&
	test "$(json_get actual .type)" = episodic &&
	id=$(gitmem add -c --session s1 --type state --key mood happy) &&
	gitmem show --json "$id" >actual &&
	test "$(json_get actual .type)" = state
EOF

test_case 'JSON is the memory with its commit' <<'EOF'
	new_repo json &&
	gitmem add --json --tag x 'staged' >actual &&
	test "$(wc -l <actual)" -eq 1 &&
	test "$(json_get actual .content)" = staged &&
	test "$(json_get actual .tags)" = '["x"]' &&
	! grep -q '"commit"' actual &&
	gitmem add --json -c --key k 'committed' >actual &&
	test "$(json_get actual .commit)" = "$(git_here rev-parse HEAD)" &&
	test "$(json_get actual .path)" = keys/k.md &&
	test "$(json_get actual .blob)" = "$(git_here rev-parse HEAD:keys/k.md)" &&
	git_here cat-file blob HEAD:keys/k.md >bytes &&
	test "$(json_get actual .sha256)" = "$("$PYTHON" -c '
import hashlib
data = open("bytes", "rb").read()
print(hashlib.sha256(b"blob %d\0" % len(data) + data).hexdigest())')"
EOF

test_case '-c commits this memory only and leaves the stage alone' <<'EOF'
	new_repo alone &&
	staged=$(gitmem add staged) &&
	gitmem status --short >expect &&
	id=$(gitmem add -c -m 'a message' committed) &&
	gitmem status --short >actual &&
	expect_equal expect actual &&
	git_here log --format='%s %an %ae %ad' --date=iso-strict >actual &&
	echo 'a message tester tester@localhost 2026-01-02T03:04:05+00:00' >expect &&
	expect_equal expect actual &&
	git_here ls-tree -r --name-only HEAD >actual &&
	grep -q "$id" actual &&
	! grep -q "$staged" actual &&
	git_here reflog --format='%gs' main >actual &&
	echo 'commit (initial): a message' >expect &&
	expect_equal expect actual
EOF

test_case 'a generated subject holds no content, key or tag' <<'EOF'
	new_repo subject &&
	gitmem add -c --key secret/key --tag secret-tag 'secret text' >id &&
	gitmem add -c --key secret/key 'another secret' >out &&
	gitmem add -c --type episodic 'secret' >out &&
	git_here log --format=%B >actual &&
	! grep -qi secret actual &&
	git_here log --reverse --format=%s >actual &&
	printf 'add 1 semantic memory\nchange 1 memory\nadd 1 episodic memory\n' >expect &&
	expect_equal expect actual
EOF

test_case 'with the key of a memory it is an assignment' <<'EOF'
	new_repo assign &&
	gitmem add -c --key user/editor --tag old --importance 0.7 'Helix' >first &&
	GITMEM_AUTHOR_DATE=2026-02-03T00:00:00Z gitmem add -c --key user/editor 'Vim' >second &&
	expect_equal first second &&
	gitmem show --json user/editor >actual &&
	test "$(json_get actual .content)" = Vim &&
	test "$(json_get actual .tags)" = '["old"]' &&
	test "$(json_get actual .importance)" = 0.7 &&
	test "$(json_get actual .created)" = 2026-01-02T03:04:05Z &&
	test "$(json_get actual .updated)" = 2026-02-03T00:00:00Z &&
	test "$(git_here ls-tree -r --name-only HEAD)" = keys/user/editor.md
EOF

test_case 'the key may be written in another normal form' <<'EOF'
	new_repo normal &&
	gitmem add -c --key "$(printf 'caf\303\251')" 'composed' >first &&
	gitmem add -c --key "$(printf 'cafe\314\201')" 'decomposed' >second &&
	expect_equal first second &&
	gitmem show "$(printf 'cafe\314\201')" >actual &&
	grep -qx decomposed actual
EOF

test_case '-c that changes nothing makes no commit' <<'EOF'
	cd assign &&
	git_here rev-parse HEAD >before &&
	gitmem add -c --key user/editor 'Vim' >actual 2>err &&
	expect_equal first actual &&
	test ! -s err &&
	git_here rev-parse HEAD >after &&
	expect_equal before after &&
	gitmem add --json -c --key user/editor 'Vim' >actual &&
	test "$(json_get actual .content)" = Vim &&
	git_here rev-parse HEAD >after &&
	expect_equal before after
EOF

test_case 'an assignment to what is staged stages again' <<'EOF'
	new_repo restage &&
	gitmem add --key plan 'one' >first &&
	gitmem add --key plan 'two' >second &&
	expect_equal first second &&
	gitmem status --short >actual &&
	test "$(wc -l <actual)" -eq 1 &&
	gitmem commit -m plan >out &&
	gitmem show plan >actual &&
	grep -qx two actual &&
	! grep -qx one actual
EOF

test_case 'an id may be given once' <<'EOF'
	new_repo ids &&
	echo 01900000-0000-4000-8000-000000000001 >expect &&
	gitmem add -c --id 01900000-0000-4000-8000-000000000001 'one' >actual &&
	expect_equal expect actual &&
	must_fail 128 gitmem add -c --id 01900000-0000-4000-8000-000000000001 'two' 2>err &&
	grep -qx "error: a memory with the id '$(cat expect)' exists" err &&
	grep -q '^hint: ' err &&
	must_fail 128 gitmem --json add -c --id "$(cat expect)" 'two' 2>err &&
	test "$(json_get err .error.code)" = exists &&
	gitmem add -c --key k keyed >out &&
	must_fail 128 gitmem add -c --key k --id "$(cat expect)" 'three' &&
	gitmem add -c --key k --id "$(cat out)" 'four' >again &&
	expect_equal out again
EOF

test_case 'its creation time never changes' <<'EOF'
	cd assign &&
	must_fail 128 gitmem add -c --key user/editor --created 2020-01-01 'Ed' 2>err &&
	grep -q 'its creation time never changes' err &&
	gitmem add -c --key user/editor --created 2026-01-02T03:04:05Z 'Ed' >out
EOF

test_case 'private memories are refused with a hint and nothing is written' <<'EOF'
	new_repo private &&
	find .gitmem -type f ! -name lock | LC_ALL=C sort >before &&
	must_fail 128 gitmem add -c --scope private 'secret' >actual 2>err &&
	must_fail 128 gitmem add --scope private 'secret' &&
	test ! -s actual &&
	grep -q '^hint: ' err &&
	find .gitmem -type f ! -name lock | LC_ALL=C sort >after &&
	expect_equal before after &&
	! grep -rq secret .gitmem
EOF

test_case 'wrong usage' <<'EOF'
	cd notes &&
	must_fail 129 gitmem add &&
	must_fail 129 gitmem add --file x text &&
	must_fail 129 gitmem add -m msg text &&
	must_fail 129 gitmem add --type fact text &&
	must_fail 129 gitmem add --importance 2 text &&
	must_fail 129 gitmem add --importance high text &&
	must_fail 129 gitmem add --importance nan text &&
	must_fail 129 gitmem add --importance ' 0.5' text &&
	must_fail 129 gitmem add --importance 0x1p-1 text &&
	must_fail 129 gitmem add --created someday-maybe text &&
	must_fail 129 gitmem add --valid-until nonsense text &&
	must_fail 129 gitmem add --scope everyone text &&
	must_fail 129 gitmem add --id 123 text &&
	must_fail 129 gitmem add --nonsense text 2>err &&
	grep -q '^error: ' err &&
	must_fail 128 gitmem add --file no-such-file 2>err &&
	grep -q "no-such-file" err &&
	must_fail 128 gitmem add --file . &&
	must_fail 128 gitmem add --supersedes nothing text &&
	must_fail 128 gitmem add --tag '' text &&
	must_fail 128 gitmem add '' 2>err &&
	grep -qx 'error: the text is empty' err &&
	must_fail 128 gitmem add -c - </dev/null &&
	gitmem status --short >actual &&
	test ! -s actual
EOF

test_case 'outside of a repository' <<'EOF'
	mkdir outside && cd outside &&
	must_fail 128 gitmem add text 2>err &&
	grep -q '^hint: ' err
EOF

test_case 'another branch begins at HEAD' <<'EOF'
	new_repo branches &&
	gitmem add -c base >out &&
	gitmem --branch agent-1 add -c mine >id &&
	test "$(git_here rev-parse agent-1~1)" = "$(git_here rev-parse main)" &&
	test "$(git_here symbolic-ref HEAD)" = refs/heads/main &&
	GITMEM_BRANCH=agent-2 gitmem add -c yours >id &&
	test "$(git_here rev-parse agent-2~1)" = "$(git_here rev-parse main)" &&
	gitmem --branch team/agent-3 add staged >id &&
	must_fail 1 git_here rev-parse -q --verify refs/heads/team/agent-3 &&
	gitmem add -c later >out &&
	gitmem --branch team/agent-3 commit -m its >out &&
	test "$(git_here rev-parse team/agent-3~1)" = "$(git_here rev-parse main)" &&
	must_fail 128 gitmem --branch 'bad..name' add -c text &&
	must_fail 128 gitmem --branch -x add -c text
EOF

test_case 'an unborn branch and a detached HEAD' <<'EOF'
	new_repo heads &&
	gitmem --branch other add -c first >out &&
	must_fail 1 git_here rev-parse -q --verify refs/heads/main &&
	gitmem add -c second >out &&
	test "$(git_here rev-list --count main)" -eq 1 &&
	git_here update-ref --no-deref HEAD "$(git_here rev-parse main)" &&
	must_fail 128 git_here symbolic-ref HEAD &&
	gitmem add -c third >out &&
	test "$(git_here rev-parse HEAD~1)" = "$(git_here rev-parse main)" &&
	gitmem add fourth >out &&
	gitmem commit -m detached >actual &&
	grep -q '^\[detached HEAD [0-9a-f]*\] detached$' actual &&
	test "$(git_here rev-list --count HEAD)" -eq 3 &&
	test "$(git_here rev-list --count main)" -eq 1
EOF

test_case 'any name of an agent will do' <<'EOF'
	new_repo agents &&
	for agent in "$(printf 'a\nb')" '<>' ' ' "$(printf 'caf\351')" "$(printf 'Zo\303\253')" \
		"$(printf '%02000d' 7)" "$(printf '\033[31mred')"; do
		GITMEM_AGENT=$agent gitmem add -c text >out || exit 1
	done &&
	gitmem list --json >actual &&
	test "$(wc -l <actual)" -eq 7
EOF

test_case '-c with a key that is staged is an assignment to what is staged' <<'EOF'
	new_repo stagedkey &&
	gitmem add --key k --tag staged one >first &&
	gitmem add --key other kept >out &&
	gitmem add -c --key k two >second &&
	expect_equal first second &&
	gitmem status --short >actual &&
	test "$(wc -l <actual)" -eq 1 &&
	grep -q keys/other.md actual &&
	gitmem commit >out 2>err &&
	test ! -s err &&
	gitmem show --json "$(cat second)" >actual &&
	test "$(json_get actual .content)" = two &&
	test "$(json_get actual .tags)" = '["staged"]' &&
	gitmem add --key same text >id &&
	gitmem add --json -c --key same text >actual &&
	test "$(json_get actual .id)" = "$(cat id)" &&
	test "$(json_get actual .commit)" = "$(git_here rev-parse HEAD)" &&
	gitmem status --short >actual &&
	test ! -s actual
EOF

test_case '-c with a key whose memory is staged to be elsewhere' <<'EOF'
	new_repo hands &&
	gitmem add -c --key k first >first &&
	gitmem edit k --key other &&
	gitmem add -c --key k second >second &&
	gitmem status --short >actual &&
	test ! -s actual &&
	gitmem show --json HEAD:other >actual &&
	test "$(json_get actual .id)" = "$(cat first)" &&
	gitmem show --json HEAD:k >actual &&
	test "$(json_get actual .id)" = "$(cat second)"
EOF

test_case 'a branch whose name is long can be staged on' <<'EOF'
	new_repo longname &&
	gitmem add -c base >out &&
	part=$(printf '%060d' 1) &&
	name=$part/$part/$part/$part/$part &&
	gitmem --branch "$name" add staged >id &&
	gitmem --branch "$name" status --short >actual &&
	grep -q "$(tail -c 9 id)" actual &&
	gitmem fsck &&
	gitmem --branch "$name" commit -m long >out &&
	test "$(git_here rev-list --count "$name")" -eq 2
EOF

test_case 'a HEAD outside of refs/heads has a stage of its own' <<'EOF'
	new_repo head &&
	gitmem add -c base >out &&
	git_here update-ref --no-deref HEAD "$(git_here rev-parse main)" &&
	gitmem add 'on none' >out &&
	git_here update-ref refs/odd/HEAD main &&
	git_here symbolic-ref HEAD refs/odd/HEAD &&
	gitmem status --short >actual &&
	test ! -s actual &&
	git_here symbolic-ref HEAD refs/heads/main
EOF

test_case 'a text of nothing is refused' <<'EOF'
	new_repo nothing &&
	printf '   \n\t\n' >blank &&
	: >empty &&
	find .gitmem -type f ! -name lock | LC_ALL=C sort >before &&
	must_fail 128 gitmem add '' 2>err &&
	grep -qx 'error: the text is empty' err &&
	must_fail 128 gitmem add -c ' ' '' &&
	must_fail 128 gitmem add - <empty &&
	must_fail 128 gitmem add - <blank &&
	must_fail 128 gitmem add --file blank &&
	find .gitmem -type f ! -name lock | LC_ALL=C sort >after &&
	expect_equal before after
EOF

test_case 'values that make no sense' <<'EOF'
	cd nothing &&
	must_fail 129 gitmem add --key '' text &&
	must_fail 129 gitmem add --importance 0x1 text &&
	must_fail 129 gitmem add --importance ' 1' text &&
	must_fail 129 gitmem add -c -m '' text &&
	must_fail 129 gitmem add -c -m '  ' text &&
	must_fail 129 gitmem add --valid-until '2 weeks' text 2>err &&
	grep -q "in 2 weeks" err &&
	must_fail 129 gitmem add --valid-from '3.days' text &&
	must_fail 129 gitmem add --valid-from 2026-03-01 --valid-until 2026-02-01 text &&
	must_fail 128 gitmem add --id 01900000-0000-7000-8000-00000000000b \
		--supersedes 01900000-0000-7000-8000-00000000000B text &&
	gitmem status --short >actual &&
	test ! -s actual &&
	gitmem add --valid-until 'in 2 weeks' --valid-from '2 weeks ago' --importance 1e-1 text >out
EOF

test_case 'an id may be written in capitals' <<'EOF'
	new_repo capitals &&
	gitmem add -c --key k --id 01900000-0000-7000-8000-00000000000b one >first &&
	gitmem add -c --key k --id 01900000-0000-7000-8000-00000000000B two >second &&
	expect_equal first second
EOF

done_testing
