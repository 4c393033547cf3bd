#!/bin/sh
# gitmem recall: phrases, words that must not be there, and filters in the query.

. "$(dirname "$0")/lib.sh"

# found QUERY [ARGUMENT...]: the keys of what is recalled, sorted, as a line.
found() {
	found_query=$1
	shift
	gitmem recall --format '{key}' "$@" -- "$found_query" >keys
	found_code=$?
	LC_ALL=C sort keys | paste -s -d ' ' -
	return "$found_code"
}

# is QUERY KEYS [ARGUMENT...]
is() {
	is_query=$1
	is_keys=$2
	shift 2
	is_found=$(found "$is_query" "$@")
	test "$is_found" = "$is_keys" ||
		{ echo "$is_query: '$is_found', not '$is_keys'" && false; }
}

# refused QUERY PATTERN: wrong usage, said in one line.
refused() {
	must_fail 129 gitmem recall -- "$1" 2>err &&
		test "$(grep -c '^error: ' err)" -eq 1 &&
		grep -q "^error: .*$2" err
}

test_case 'phrases must be there, and their words in this order' <<'EOF'
	new_repo notes &&
	gitmem add -c --key host --tag infra --tag work --created 2026-01-01 \
		'The staging host is stage.example.com' >out &&
	GITMEM_AGENT='Maya R' gitmem add -c --key area --tag infra --created 2026-01-05 \
		'A host of the staging area uses redis' >out &&
	gitmem add -c --key retry --type procedural --created 2026-02-01 \
		'uploadWithRetry runs in staging 茶道 daily' >out &&
	gitmem add -c --key chat --session s1 --role user --created 2026-02-02 \
		'Was staging down?' >out &&
	is staging 'area chat host retry' &&
	is '"staging host"' host &&
	is '"staging hosts"' host &&
	is '"Staging HOST" redis' host &&
	is '"host of the" "staging area"' area &&
	is '"staging host" "uses redis"' '' &&
	is '"the staging" ' 'area host' &&
	is '"the host"' '' &&
	is '"redis"' area &&
	is 'see "uploadWithRetry runs in", please' retry &&
	is '"upload with retry runs"' retry &&
	is '"staging 茶道 daily"' retry &&
	is '"茶道"' retry &&
	is '"staging
host"' host
EOF

test_case 'quotes that do not begin or end are no quotes' <<'EOF'
	cd notes &&
	is '"staging host' 'area chat host retry' &&
	is 'staging host"' 'area chat host retry' &&
	is '5" staging host"' 'area chat host retry' &&
	refused '"' 'the query has no word' &&
	is '"staging "area' 'area chat host retry'
EOF

test_case 'what stands behind a dash is left out' <<'EOF'
	cd notes &&
	is 'staging -redis' 'chat host retry' &&
	is 'staging -redis -upload' 'chat host' &&
	is '-redis staging' 'chat host retry' &&
	is 'staging -"staging host"' 'area chat retry' &&
	is 'staging -the' 'chat retry' &&
	is 'staging --redis' 'area chat host retry' &&
	is 'staging - redis -- -> ' 'area chat host retry' &&
	is '"-redis"' area &&
	is 'redis-staging' 'area chat host retry' &&
	gitmem recall --ids 'staging -redis' >actual &&
	test "$(wc -l <actual)" -eq 3 &&
	gitmem recall --ids -- staging -redis >again &&
	expect_equal actual again &&
	must_fail 129 gitmem recall staging -redis &&
	refused '-redis' 'the query has no word' &&
	grep -q '^hint: a word behind a dash' err &&
	must_fail 129 gitmem recall '-redis staging' 2>err &&
	grep -qx "hint: a query that begins with a dash stands behind '--'" err &&
	must_fail 129 gitmem recall --redis staging 2>err &&
	grep -q "^hint: 'gitmem recall -h'" err
EOF

test_case 'filters' <<'EOF'
	cd notes &&
	is 'staging tag:infra' 'area host' &&
	is 'tag:infra tag:work staging' host &&
	is 'staging tag:infra' host --tag work &&
	is 'staging type:procedural' retry &&
	is 'staging type:procedural type:episodic' 'chat retry' &&
	is 'staging type:episodic' 'chat retry' --type procedural &&
	is 'staging session:s1' chat &&
	is 'staging agent:"Maya R"' area &&
	is 'staging agent:tester' 'chat host retry' &&
	is 'staging agent:tester' 'chat host retry' --agent tester &&
	is 'staging before:2026-01-05' host &&
	is 'staging after:2026-01-05' 'area chat retry' &&
	is 'staging after:2026-01-05 before:"2026-02-02T00:00:00Z"' 'area retry' &&
	is 'staging after:2026-01-05' 'area' --until 2026-01-31 &&
	is 'staging after:2026-01-02' 'chat' --since 2026-02-02 &&
	is 'staging before:2026-01-06 after:2026-01-06' '' &&
	is '"staging host" tag:infra -redis type:semantic' host
EOF

test_case 'a filter that cannot be is wrong usage' <<'EOF'
	cd notes &&
	refused 'staging type:nonsense' "type: 'nonsense' is none of" &&
	grep -q "^hint: 'type:nonsense' in quotes is searched for" err &&
	is '"type:nonsense"' '' &&
	refused 'staging before:2026-02-30' 'is not a time' &&
	refused 'staging after:nonsense' 'is not a time' &&
	refused 'staging -tag:infra' 'cannot be turned round' &&
	refused 'staging agent:a agent:b' "not of both 'a' and 'b'" &&
	refused 'tag:infra' 'the query has no word' &&
	grep -q "^hint: 'gitmem list'" err &&
	must_fail 129 gitmem recall 'staging agent:a' --agent b &&
	echo 'staging type:nonsense' >queries &&
	must_fail 1 gitmem recall --stdin --json <queries >actual 2>err &&
	grep -q "\"error\":\"type: 'nonsense' is none of" actual
EOF

test_case 'other names before a colon, and those of no value, are words' <<'EOF'
	cd notes &&
	is 'content:redis' area &&
	is 'note: redis' area &&
	is 'tag: redis' area &&
	is 'Tag:redis' area &&
	is 'xtag:redis' area &&
	is 'https://redis.example' 'area host'
EOF

test_case 'every line of --stdin has its own filters' <<'EOF'
	cd notes &&
	printf 'staging tag:work\nstaging session:s1\nstaging -the\n' >queries &&
	gitmem recall --stdin --format '{key}' <queries >keys &&
	head -n 4 keys >actual &&
	printf 'host\n\nchat\n\n' >expect &&
	expect_equal expect actual &&
	test "$(wc -l <keys)" -eq 7
EOF

test_case 'at any revision' <<'EOF'
	cd notes &&
	gitmem edit -c host --content 'The staging server is stage.example.com' >out &&
	is '"staging host"' '' &&
	is '"staging host"' host --at HEAD~1 &&
	GITMEM_AT=HEAD~1 is '"staging host"' host &&
	GITMEM_AT=HEAD~1 is '"staging host"' '' --at HEAD
EOF

test_case 'long and hostile queries are answered or refused' <<'EOF'
	cd notes &&
	"$PYTHON" -c '
import subprocess, time
for text in ("\"" * 100000, " \"a" * 30000, "-\"a b\" " * 15000 + "x", "tag:" * 25000,
        "agent:a" + " agent:a" * 12000 + " staging", "\"" + "a " * 50000 + "\"",
        "\"redis\" " * 10000, "-" * 100000, "\x1b[31m\"\x07\" staging", "\" \" staging"):
    done = subprocess.run(["gitmem", "recall", "--stdin", "--json"],
        input=text.encode() + b"\n", capture_output=True, timeout=20)
    assert done.returncode in (0, 1), (text[:20], done)
    assert done.stderr.count(b"\n") <= 1, done
'
EOF

done_testing
