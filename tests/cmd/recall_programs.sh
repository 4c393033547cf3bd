#!/bin/sh
# gitmem recall: answers for programs, --ids, --format, -0 and --stdin.

. "$(dirname "$0")/lib.sh"

test_case 'ids and nothing else' <<'EOF'
	new_repo notes &&
	gitmem add -c --key user/editor --tag tools --tag code 'Maya edits in Helix' >id &&
	gitmem add -c 'Maya drinks tea' >id2 &&
	printf 'first\n\tsecond {x}\n' | gitmem add -c - >id3 &&
	gitmem recall --ids helix >actual &&
	expect_equal id actual &&
	gitmem recall --json maya >lines &&
	json_get lines .id >expect &&
	gitmem recall --ids maya >actual &&
	expect_equal expect actual &&
	must_fail 1 silent gitmem recall --ids zeppelin
EOF

test_case '-0 ends each with NUL' <<'EOF'
	cd notes &&
	gitmem recall --ids maya >expect &&
	gitmem recall --ids -0 maya >raw &&
	tr '\0' '\n' <raw >actual &&
	expect_equal expect actual &&
	test "$(tr -d '\n' <raw | wc -c)" -eq "$(wc -c <expect)" &&
	gitmem recall -0 --format '{key}\n' helix >raw &&
	printf 'user/editor\n\0' >expect &&
	cmp expect raw &&
	must_fail 129 gitmem recall -0 maya &&
	must_fail 129 gitmem recall -0 --json maya &&
	must_fail 129 gitmem recall -1 maya
EOF

test_case 'a format of fields, escapes and braces' <<'EOF'
	cd notes &&
	gitmem recall --format '{id}\t{key}|{type}|{tags}|{session}|{rank}' helix >actual &&
	printf '%s\tuser/editor|semantic|["code","tools"]||1\n' "$(cat id)" |
		sed 's/\["code","tools"\]/code,tools/' >expect &&
	expect_equal expect actual &&
	gitmem recall --format '{{{key}}} }x{{ \\ a\nb' helix >actual &&
	printf '{user/editor} }x{ \\ a\nb\n' >expect &&
	expect_equal expect actual &&
	gitmem recall --format '{content}' second >actual &&
	printf 'first\n\tsecond {x}\n' >expect &&
	expect_equal expect actual &&
	gitmem recall --json helix >line &&
	gitmem recall --format '{score} {blob} {created} {path} {scope} {agent}{query}' helix \
		>actual &&
	"$PYTHON" -c '
import json
line = json.load(open("line"))
print(*(line[key] for key in ("score", "blob", "created", "path", "scope", "agent")))' \
		>expect &&
	expect_equal expect actual &&
	gitmem recall --format '' helix >actual &&
	echo >expect &&
	expect_equal expect actual &&
	must_fail 1 silent gitmem recall --format '{id}' zeppelin
EOF

test_case 'a format that cannot be read is wrong usage' <<'EOF'
	cd notes &&
	must_fail 129 gitmem recall --format '{nonsense}' helix 2>err &&
	grep -q "no field 'nonsense'; there are query, rank, score, id, path, key, " err &&
	test "$(grep -c '^error: ' err)" -eq 1 &&
	for format in '{' '{}' '{id' '\x' 'x\' '{ id}' \
		'{aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}'; do
		must_fail 129 gitmem recall --format "$format" helix 2>err || exit 1
		grep -q '^error: --format: ' err || exit 1
	done &&
	must_fail 129 gitmem recall --format '{id}' --ids helix &&
	must_fail 129 gitmem recall --json --ids helix &&
	must_fail 129 gitmem --json recall --format '{id}' helix
EOF

test_case '--stdin: JSON lines carry their query, the last of an answer their number' <<'EOF'
	cd notes &&
	printf 'helix\nzeppelin\n\nmaya' >queries &&
	gitmem recall --stdin --json <queries >actual 2>err &&
	json_get actual .query >lines &&
	printf 'helix\nhelix\nzeppelin\n\nmaya\nmaya\nmaya\n' >expect &&
	expect_equal expect lines &&
	grep '"hits"' actual >ends &&
	json_get ends .hits | paste -s -d ' ' - >numbers &&
	test "$(cat numbers)" = '1 0 0 2' &&
	sed -n 3p ends >bad &&
	test "$(json_get bad .error)" = 'the query has no word' &&
	grep -q '^warning: line 3: the query has no word' err &&
	grep '"rank"' actual >hits &&
	gitmem recall --json helix >first &&
	gitmem recall --json maya >rest &&
	cat first rest >expect &&
	sed 's/"query":"[a-z]*",//' hits >lines &&
	expect_equal expect lines
EOF

test_case '--stdin: an empty line, or NUL, ends an answer of ids or formats' <<'EOF'
	cd notes &&
	printf 'helix\r\nzeppelin\nmaya\n' >queries &&
	gitmem recall --ids maya >both &&
	gitmem recall --stdin --ids <queries >actual &&
	{ cat id && echo && echo && cat both && echo; } >expect &&
	expect_equal expect actual &&
	gitmem recall --stdin --ids -0 <queries >raw &&
	tr '\n' '\0' <expect >zeroes &&
	cmp zeroes raw &&
	gitmem recall --stdin --format '{query}: {id}' -k 1 <queries >actual &&
	{ echo "helix: $(cat id)" && echo && echo && echo "maya: $(head -n 1 both)" && echo; } \
		>expect &&
	expect_equal expect actual
EOF

test_case '--stdin: people see the query before its answer' <<'EOF'
	cd notes &&
	printf 'helix\nzeppelin\n' | gitmem recall --stdin >actual &&
	{ echo 'query: helix' && gitmem recall helix && echo && echo 'query: zeppelin' &&
		echo; } >expect &&
	expect_equal expect actual
EOF

test_case '--stdin: the exit code, options and arguments' <<'EOF'
	cd notes &&
	printf 'zeppelin\nokapi\n' >queries &&
	must_fail 1 gitmem recall --stdin --ids <queries >out &&
	must_fail 1 gitmem recall --stdin --json <queries >actual &&
	test "$(wc -l <actual)" -eq 2 &&
	must_fail 1 silent gitmem recall --stdin </dev/null &&
	must_fail 129 gitmem recall --stdin helix </dev/null &&
	echo maya | gitmem recall --stdin --ids --tag tools >actual &&
	{ cat id && echo; } >expect &&
	expect_equal expect actual &&
	must_fail 129 gitmem recall --stdin --since nonsense </dev/null &&
	echo maya | must_fail 128 gitmem recall --stdin --at nonsense
EOF

test_case '--stdin: hostile lines are answered, each for itself' <<'EOF'
	cd notes &&
	"$PYTHON" -c '
import sys
sys.stdout.buffer.write(b"\xff\xfe helix\nhelix\0\x1b[31m\n" + b"helix " * 20000 + b"\n"
    + b"x" * (2 << 20) + b"\nhelix\n")' >queries &&
	gitmem recall --stdin --json <queries >actual 2>err &&
	grep '"hits"' actual >ends &&
	json_get ends .hits | paste -s -d ' ' - >numbers &&
	test "$(cat numbers)" = '1 1 1 0 1' &&
	grep -q '^warning: line 4: the query is longer than' err
EOF

test_case '--stdin: answers come at once, of the branch as it is then' <<'EOF'
	cd notes &&
	"$PYTHON" -c '
import json, subprocess
recall = subprocess.Popen(["gitmem", "recall", "--stdin", "--json"],
    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
def ask(query):
    recall.stdin.write(query + "\n")
    recall.stdin.flush()
    found = []
    while True:
        line = json.loads(recall.stdout.readline())
        if "hits" in line:
            assert line["hits"] == len(found), line
            return found
        found.append(line["content"])
assert ask("okapi") == []
subprocess.run(["gitmem", "add", "-c", "the okapi sleeps"], check=True, stdout=2)
assert ask("okapi") == ["the okapi sleeps"]
for i in range(20):
    subprocess.run(["gitmem", "add", "-c", "okapi number%d" % i], check=True, stdout=2)
    assert ask("number%d" % i) == ["okapi number%d" % i]
recall.stdin.close()
assert recall.wait() == 0
'
EOF

done_testing
