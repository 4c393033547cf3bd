#!/bin/sh
# gitmem import: bringing memories in from JSON Lines.

. "$(dirname "$0")/lib.sh"

git_here() {
	git --git-dir=.gitmem "$@"
}

# counts FILE: read added updated unchanged rejected.
counts() {
	for count_name in read added updated unchanged rejected; do
		json_get "$1" ".$count_name" | tr '\n' ' '
	done
}

conversation() {
	cat <<'END'
{"session":"s1","seq":1,"role":"user","content":"Which shell?","created":"2026-01-01T10:00:00Z"}
{"session":"s1","seq":2,"role":"assistant","content":"fish","created":"2026-01-01T10:00:05Z"}
{"key":"user/shell","content":"Maya uses fish","tags":["shell"],"created":"2026-01-01T10:01:00Z"}
{"id":"01900000-0000-7000-8000-000000000001","content":"kept id","created":"2026-01-01"}
END
}

test_case 'it makes one commit and says what came in' <<'EOF'
	new_repo notes &&
	conversation >in.jsonl &&
	gitmem import jsonl in.jsonl >actual 2>err &&
	test ! -s err &&
	test "$(wc -l <actual)" -eq 1 &&
	test "$(counts actual)" = '4 4 0 0 0 ' &&
	test "$(json_get actual .commit)" = "$(git_here rev-parse HEAD)" &&
	test "$(git_here rev-list --count HEAD)" -eq 1 &&
	git_here log -1 --format=%B >message &&
	printf 'import 4 memories\n\nImported-by: gitmem\n\n' >expect &&
	expect_equal expect message &&
	test "$(git_here reflog --format=%gs main)" = 'import (initial): import 4 memories' &&
	gitmem show --json 01900000-0000-7000-8000-000000000001 >actual &&
	test "$(json_get actual .content)" = 'kept id' &&
	test "$(json_get actual .type)" = semantic &&
	gitmem show --json user/shell >actual &&
	test "$(json_get actual .tags)" = '["shell"]' &&
	gitmem list --json --session s1 >actual &&
	test "$(json_get actual .type)" = "episodic
episodic"
EOF

test_case 'importing again adds nothing' <<'EOF'
	cd notes &&
	git_here rev-parse HEAD >before &&
	gitmem --json import jsonl in.jsonl >actual &&
	test "$(counts actual)" = '4 0 0 4 0 ' &&
	test "$(json_get actual .commit)" = null &&
	cp -p in.jsonl copy.jsonl && touch -d 2020-01-01 copy.jsonl &&
	gitmem import jsonl - <copy.jsonl >actual &&
	test "$(counts actual)" = '4 0 0 4 0 ' &&
	git_here rev-parse HEAD >after &&
	expect_equal before after
EOF

test_case 'what people removed does not come back' <<'EOF'
	cd notes &&
	gitmem rm -c user/shell 01900000-0000-7000-8000-000000000001 &&
	gitmem import jsonl in.jsonl >actual &&
	test "$(counts actual)" = '4 0 0 4 0 ' &&
	test "$(json_get actual .commit)" = null &&
	must_fail 128 gitmem show user/shell
EOF

test_case 'also when the source gives no time' <<'EOF'
	new_repo undated &&
	echo '{"content":"no time, no id"}' >in.jsonl &&
	touch -d 2025-05-05T12:00:00Z in.jsonl &&
	gitmem import jsonl in.jsonl >actual &&
	gitmem list --json >list &&
	test "$(json_get list .created)" = 2025-05-05T12:00:00Z &&
	id=$(json_get list .id) &&
	gitmem rm -c "$id" &&
	touch in.jsonl &&
	gitmem import jsonl in.jsonl >actual &&
	test "$(counts actual)" = '1 0 0 1 0 ' &&
	gitmem list >list &&
	test ! -s list
EOF

test_case 'what people edited stays, unless the source changes' <<'EOF'
	new_repo edited &&
	printf '{"key":"k","content":"line one\\nline two\\nline three\\nline four"}\n' >in.jsonl &&
	gitmem import jsonl in.jsonl >actual &&
	printf 'line one, edited\nline two\nline three\nline four' >text &&
	gitmem edit -c k --file text --tag mine &&
	gitmem import jsonl in.jsonl >actual &&
	test "$(counts actual)" = '1 0 0 1 0 ' &&
	test "$(json_get actual .commit)" = null &&
	gitmem show --json k >actual &&
	test "$(json_get actual .tags)" = '["mine"]'
EOF

test_case 'when the source changes too, both are merged' <<'EOF'
	cd edited &&
	printf '{"key":"k","content":"line one\\nline two\\nline three\\nline four, newer"}\n' >in.jsonl &&
	gitmem import jsonl in.jsonl >actual &&
	test "$(counts actual)" = '1 0 1 0 0 ' &&
	test "$(json_get actual .commit)" = "$(git_here rev-parse HEAD)" &&
	gitmem show --json k >actual &&
	printf 'line one, edited\nline two\nline three\nline four, newer\n' >expect &&
	json_get actual .content >content &&
	expect_equal expect content &&
	test "$(json_get actual .tags)" = '["mine"]' &&
	gitmem list >list &&
	test "$(wc -l <list)" -eq 1
EOF

test_case 'and stay merged when it is imported again' <<'EOF'
	cd edited &&
	git_here rev-parse HEAD >before &&
	gitmem import jsonl in.jsonl >actual &&
	test "$(counts actual)" = '1 0 0 1 0 ' &&
	test "$(json_get actual .commit)" = null &&
	git_here rev-parse HEAD >after &&
	expect_equal before after &&
	gitmem edit -c k --tag more &&
	gitmem import jsonl in.jsonl >actual &&
	test "$(counts actual)" = '1 0 0 1 0 ' &&
	gitmem show --json k >actual &&
	json_get actual .content >content &&
	expect_equal expect content &&
	gitmem rm -c k &&
	gitmem import jsonl in.jsonl >actual &&
	test "$(counts actual)" = '1 0 0 1 0 ' &&
	must_fail 128 gitmem show k
EOF

test_case 'edits of the same lines keep both' <<'EOF'
	new_repo conflict &&
	echo '{"key":"k","content":"the host is a"}' >in.jsonl &&
	gitmem import jsonl in.jsonl >out &&
	gitmem edit -c k --content 'the host is b' &&
	echo '{"key":"k","content":"the host is c"}' >in.jsonl &&
	gitmem import jsonl in.jsonl >actual &&
	test "$(counts actual)" = '1 0 1 0 0 ' &&
	gitmem list --json >list &&
	json_get list .content >contents &&
	LC_ALL=C sort contents >actual &&
	printf 'the host is b\nthe host is c\n' >expect &&
	expect_equal expect actual &&
	grep -q '"conflicts_with"' list &&
	git_here rev-parse HEAD >before &&
	gitmem import jsonl in.jsonl >actual &&
	test "$(counts actual)" = '1 0 0 1 0 ' &&
	git_here rev-parse HEAD >after &&
	expect_equal before after
EOF

test_case 'an old backup undoes nothing' <<'EOF'
	new_repo backup &&
	gitmem add -c --key k 'as it was' >out &&
	gitmem add --key staged 'as it was staged' >out &&
	gitmem commit >out &&
	gitmem export -q -o backup.jsonl &&
	gitmem edit -c k --content 'as it is' &&
	gitmem import jsonl backup.jsonl >actual &&
	test "$(counts actual)" = '2 0 0 2 0 ' &&
	gitmem show k >actual &&
	grep -qx 'as it is' actual &&
	echo '{"key":"new","content":"one"}' >in.jsonl &&
	gitmem import jsonl --no-commit in.jsonl >out &&
	gitmem commit >out &&
	gitmem edit -c new --content two &&
	gitmem import jsonl in.jsonl >actual &&
	test "$(counts actual)" = '1 0 0 1 0 '
EOF

test_case 'a changed source without edits is taken' <<'EOF'
	new_repo changed &&
	echo '{"id":"01900000-0000-7000-8000-000000000001","content":"one"}' >in.jsonl &&
	gitmem import jsonl in.jsonl >out &&
	echo '{"id":"01900000-0000-7000-8000-000000000001","content":"two","key":"k"}' >in.jsonl &&
	gitmem import jsonl in.jsonl >actual &&
	test "$(counts actual)" = '1 0 1 0 0 ' &&
	test "$(git_here ls-tree -r --name-only HEAD)" = keys/k.md &&
	gitmem show --json k >actual &&
	test "$(json_get actual .content)" = two &&
	test "$(json_get actual .updated)" = 2026-01-02T03:04:05Z &&
	echo '{"id":"01900000-0000-7000-8000-000000000001","content":"three","updated":"2026-06-01"}' >in.jsonl &&
	gitmem import jsonl in.jsonl >actual &&
	gitmem list --json >actual &&
	test "$(json_get actual .updated)" = 2026-06-01T00:00:00Z &&
	test "$(git_here log --format=%P -1 | wc -w)" -eq 1 &&
	gitmem import jsonl in.jsonl >actual &&
	test "$(counts actual)" = '1 0 0 1 0 '
EOF

test_case 'a memory that somebody gave a key to is found again' <<'EOF'
	new_repo moved &&
	conversation >in.jsonl &&
	gitmem import jsonl in.jsonl >out &&
	gitmem edit -c 01900000-0000-7000-8000-000000000001 --key its/key &&
	gitmem import jsonl in.jsonl >actual &&
	test "$(counts actual)" = '4 0 0 4 0 ' &&
	sed -i 's/kept id/changed text/' in.jsonl &&
	gitmem import jsonl in.jsonl >actual &&
	test "$(counts actual)" = '4 0 1 3 0 ' &&
	gitmem show its/key >actual &&
	grep -qx 'changed text' actual
EOF

test_case 'the last line about a memory counts' <<'EOF'
	new_repo twice &&
	cat >in.jsonl <<END &&
{"key":"k","content":"one"}
{"key":"k","content":"two"}
{"content":"the same"}
{"content":"the same"}
END
	gitmem import jsonl in.jsonl >actual &&
	test "$(counts actual)" = '4 2 1 1 0 ' &&
	gitmem show k >actual &&
	grep -qx two actual &&
	gitmem list >actual &&
	test "$(wc -l <actual)" -eq 2 &&
	git_here rev-parse HEAD >before &&
	gitmem import jsonl in.jsonl >actual &&
	test "$(json_get actual .commit)" = null &&
	test "$(json_get actual .added)" = 0 &&
	git_here rev-parse HEAD >after &&
	expect_equal before after
EOF

test_case 'keys that change hands within one file' <<'EOF'
	new_repo hands &&
	a=01900000-0000-7000-8000-00000000000a &&
	b=01900000-0000-7000-8000-00000000000b &&
	echo "{\"id\":\"$a\",\"key\":\"k\",\"content\":\"a\"}" >in.jsonl &&
	gitmem import jsonl in.jsonl >out &&
	cat >in.jsonl <<END &&
{"id":"$a","content":"a leaves"}
{"id":"$b","key":"k","content":"b"}
{"id":"$a","content":"a has left"}
END
	gitmem import jsonl in.jsonl >actual &&
	gitmem show --json k >actual &&
	test "$(json_get actual .id)" = $b &&
	gitmem show --json $a >actual &&
	test "$(json_get actual .content)" = 'a has left' &&
	gitmem list >actual &&
	test "$(wc -l <actual)" -eq 2
EOF

test_case 'bad lines are told by number and left out' <<'EOF'
	new_repo bad &&
	{
		echo '{"content":"good"}' &&
		echo 'not json' &&
		echo &&
		echo '["a list"]' &&
		echo '{"content":"twice","content":"a key"}' &&
		echo '{"key":"../escape","content":"x"}' &&
		echo '{"content":7}' &&
		echo '{"tags":["no content"]}' &&
		echo '{"content":"x","created":"someday"}' &&
		echo '{"content":"x","scope":"private"}' &&
		printf '{"content":"not UTF-8 \377"}\n' &&
		echo '{"content":"a NUL \u0000"}' &&
		echo '{"content":"x","importance":2}' &&
		echo '{"content":"x","id":"123"}' &&
		printf '{"content":"no newline at the end"}'
	} >in.jsonl &&
	gitmem import jsonl in.jsonl >actual 2>err &&
	test "$(counts actual)" = '14 2 0 0 12 ' &&
	sed 's/: .*//' err >lines &&
	for line in 2 4 5 6 7 8 9 10 11 12 13 14; do
		echo "line $line"
	done >expect &&
	expect_equal expect lines &&
	gitmem list --json >list &&
	json_get list .content >contents &&
	LC_ALL=C sort contents >actual &&
	printf 'good\nno newline at the end\n' >expect &&
	expect_equal expect actual &&
	! grep -rq private .gitmem/refs
EOF

test_case '--strict takes all or nothing' <<'EOF'
	new_repo strict &&
	printf '{"content":"good"}\nbad\n' >in.jsonl &&
	must_fail 1 gitmem import jsonl --strict in.jsonl >actual 2>err &&
	test "$(json_get actual .rejected)" = 1 &&
	test "$(json_get actual .commit)" = null &&
	grep -q '^line 2: ' err &&
	must_fail 1 git_here rev-parse -q --verify HEAD &&
	must_fail 1 gitmem import jsonl --strict --no-commit in.jsonl >actual 2>err &&
	gitmem status --short >actual &&
	test ! -s actual &&
	sed -i 2d in.jsonl &&
	gitmem import jsonl --strict in.jsonl >actual &&
	test "$(counts actual)" = '1 1 0 0 0 '
EOF

test_case '--no-commit stages and keeps what is staged' <<'EOF'
	new_repo staged &&
	gitmem add -c base >out &&
	gitmem add --key mine 'staged before' >mine &&
	git_here rev-parse HEAD >before &&
	conversation >in.jsonl &&
	gitmem import jsonl --no-commit in.jsonl >actual &&
	test "$(counts actual)" = '4 4 0 0 0 ' &&
	test "$(json_get actual .commit)" = null &&
	git_here rev-parse HEAD >after &&
	expect_equal before after &&
	gitmem status --short >actual &&
	test "$(wc -l <actual)" -eq 5 &&
	gitmem import jsonl --no-commit in.jsonl >actual &&
	test "$(counts actual)" = '4 0 0 4 0 ' &&
	echo '{"key":"mine","content":"from the source"}' >in2.jsonl &&
	gitmem import jsonl --no-commit in2.jsonl >actual &&
	test "$(counts actual)" = '1 0 1 0 0 ' &&
	echo '{"key":"MINE","content":"looks alike"}' >in3.jsonl &&
	gitmem import jsonl --no-commit in3.jsonl >actual 2>err &&
	test "$(counts actual)" = '1 0 0 0 1 ' &&
	gitmem commit -m all >out &&
	gitmem list --json >list &&
	test "$(wc -l <list)" -eq 6 &&
	test "$(json_get list .id | grep -c "$(cat mine)")" -eq 1
EOF

test_case 'importing leaves the stage alone' <<'EOF'
	new_repo alone &&
	gitmem add staged >out &&
	gitmem status --short >expect &&
	conversation >in.jsonl &&
	gitmem import jsonl in.jsonl -m 'a message' >out &&
	gitmem status --short >actual &&
	expect_equal expect actual &&
	test "$(git_here log -1 --format=%s)" = 'a message'
EOF

test_case 'keys that look alike are refused' <<'EOF'
	new_repo alike &&
	gitmem add -c --key User/Editor text >out &&
	{
		echo '{"key":"user/editor","content":"case"}' &&
		echo '{"key":"user/other","content":"case of a folder"}' &&
		echo '{"key":"User/other","content":"fine"}' &&
		echo '{"key":"new/a","content":"fine"}' &&
		echo '{"key":"New/b","content":"case"}' &&
		printf '{"key":"caf\303\251","content":"fine"}\n' &&
		printf '{"key":"cafe\314\201","content":"the same in NFD"}\n'
	} >in.jsonl &&
	gitmem import jsonl in.jsonl >actual 2>err &&
	test "$(counts actual)" = '7 3 1 0 3 ' &&
	sed 's/: .*//' err >lines &&
	printf 'line 1\nline 2\nline 5\n' >expect &&
	expect_equal expect lines &&
	gitmem list >actual &&
	test "$(wc -l <actual)" -eq 4
EOF

test_case 'a key that belongs to another id' <<'EOF'
	new_repo owner &&
	gitmem add -c --key k text >id &&
	echo '{"id":"01900000-0000-7000-8000-000000000001","key":"k","content":"x"}' >in.jsonl &&
	gitmem import jsonl in.jsonl >actual 2>err &&
	test "$(counts actual)" = '1 0 0 0 1 ' &&
	grep -q "the key 'k' belongs to another memory" err &&
	echo '{"key":"k","content":"assigned"}' >in.jsonl &&
	gitmem import jsonl in.jsonl >actual 2>err &&
	test "$(counts actual)" = '1 0 1 0 0 ' &&
	gitmem show --json k >actual &&
	test "$(json_get actual .id)" = "$(cat id)" &&
	test "$(json_get actual .content)" = assigned
EOF

test_case 'unknown keys are kept, computed ones are not taken' <<'EOF'
	new_repo unknown &&
	echo '{"content":"x","mood":{"a":[1,2.5,null]},"path":"keys/wrong.md","sha256":"00","commit":"no","blob":"no"}' >in.jsonl &&
	gitmem import jsonl in.jsonl >out &&
	gitmem list --json >actual &&
	test "$(json_get actual .mood.a)" = '[1, 2.5, null]' &&
	grep -q '"path":"memories/' actual
EOF

test_case 'to another branch' <<'EOF'
	cd notes &&
	echo '{"content":"on the side"}' >side.jsonl &&
	gitmem --branch side import jsonl side.jsonl >actual &&
	test "$(git_here rev-parse side)" = "$(json_get actual .commit)" &&
	test "$(git_here rev-parse side~1)" = "$(git_here rev-parse main)" &&
	: >nothing.jsonl &&
	gitmem --branch third import jsonl nothing.jsonl >actual &&
	test "$(counts actual)" = '0 0 0 0 0 ' &&
	must_fail 1 git_here rev-parse -q --verify refs/heads/third
EOF

test_case 'many memories' <<'EOF'
	new_repo many &&
	"$PYTHON" -c '
import json
for i in range(3000):
    print(json.dumps({"content": "memory %d" % i, "session": "s%d" % (i // 100), "seq": i,
        "created": "2026-%02d-%02dT00:00:%02dZ" % (i % 12 + 1, i % 28 + 1, i % 60)}))
' >in.jsonl &&
	gitmem import jsonl --progress in.jsonl >actual 2>err &&
	test "$(counts actual)" = '3000 3000 0 0 0 ' &&
	gitmem list --json >list &&
	test "$(wc -l <list)" -eq 3000 &&
	{ ! git_layout || test "$(find .gitmem/objects/pack -name '*.pack' | wc -l)" -eq 1; } &&
	sed -i '7s/memory/changed/' in.jsonl &&
	gitmem import jsonl in.jsonl >actual &&
	test "$(counts actual)" = '3000 0 1 2999 0 ' &&
	test "$(git_here diff --name-only HEAD~1 HEAD | wc -l)" -eq 1
EOF

test_case 'while another writer is at work' <<'EOF'
	new_repo busy &&
	gitmem add -c --key k 'one' >out &&
	mkfifo pipe &&
	{ gitmem import jsonl - <pipe >result & } &&
	exec 9>pipe &&
	conversation >&9 &&
	gitmem add -c --key other 'meanwhile' >out &&
	gitmem add -c --key user/shell 'made meanwhile' >out &&
	exec 9>&- &&
	wait &&
	test "$(counts result)" = '4 4 0 0 0 ' &&
	gitmem show other >out &&
	gitmem show k >out &&
	gitmem list --json >list &&
	grep -q 'Maya uses fish' list &&
	grep -q 'made meanwhile' list &&
	grep -q 'Which shell' list
EOF

test_case 'staging from a pipe holds nobody up' <<'EOF'
	cd busy &&
	{ gitmem import jsonl --no-commit - <pipe >result & } &&
	exec 9>pipe &&
	echo '{"content":"slowly staged"}' >&9 &&
	gitmem add -c 'not held up' >out &&
	exec 9>&- &&
	wait &&
	test "$(counts result)" = '1 1 0 0 0 ' &&
	gitmem commit -m staged >out
EOF

test_case 'the result is told before the index is made, which a signal ends' <<'EOF'
	gitmem init -q many && cd many &&
	gitmem config recall.embedding command &&
	gitmem config recall.embeddingTimeout 60000 &&
	gitmem config recall.embeddingCommand 'touch begun; sleep 60' &&
	"$PYTHON" -c '
for i in range(1000):
    print("{\"content\":\"memory %d\"}" % i)' >in.jsonl &&
	{ gitmem import jsonl in.jsonl >result & } &&
	importer=$! &&
	n=0 &&
	while [ ! -e begun ] && [ $n -lt 300 ]; do
		n=$((n + 1)) && sleep 0.1 || exit 1
	done &&
	test -e begun &&
	test "$(counts result)" = '1000 1000 0 0 0 ' &&
	kill -TERM $importer &&
	wait $importer &&
	gitmem config recall.embedding none &&
	gitmem recall --ids 'memory 777' >ids && test -s ids
EOF

test_case 'wrong usage' <<'EOF'
	cd notes &&
	must_fail 129 gitmem import &&
	must_fail 129 gitmem import jsonl &&
	must_fail 129 gitmem import nonsense in.jsonl &&
	must_fail 129 gitmem import jsonl in.jsonl more &&
	must_fail 129 gitmem import jsonl --no-commit -m msg in.jsonl &&
	must_fail 129 gitmem import jsonl -m '' in.jsonl &&
	must_fail 129 gitmem import jsonl --nonsense in.jsonl &&
	must_fail 128 gitmem import jsonl no-such-file 2>err &&
	grep -q "^error: cannot read 'no-such-file'" err &&
	must_fail 128 gitmem import jsonl . &&
	must_fail 128 gitmem import jsonl -m "$(printf '\377')" side.jsonl
EOF

done_testing
