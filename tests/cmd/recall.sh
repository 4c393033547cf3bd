#!/bin/sh
# gitmem recall: what is found, what is hidden, and how it is shown. Ranking has its own tests.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

git_here() {
	git --git-dir=.gitmem "$@"
}

# found ARGUMENT...: the contents that are recalled, as a line.
found() {
	gitmem --json recall "$@" >hits &&
		json_get hits .content >lines &&
		paste -s -d '|' lines
}

test_case 'nothing is found in an empty branch' <<'EOF'
	new_repo empty &&
	must_fail 1 silent gitmem recall anything &&
	must_fail 1 silent gitmem --json recall anything
EOF

test_case 'the memory that answers comes first' <<'EOF'
	new_repo notes &&
	gitmem add -c --key user/editor --tag tools 'Maya edits in Helix' >id &&
	gitmem add -c --created 2026-01-01 'The staging host is stage.example.com' >id2 &&
	gitmem add -c --session s1 --role user --created 2026-01-05 \
		'Which editor did Maya use for the staging notes?' >id3 &&
	gitmem add -c 'Releases go out on Fridays' >id4 &&
	gitmem recall staging host >actual &&
	head -n 2 actual >first &&
	grep -qE "^1\. [0-9]+\.[0-9][0-9] $(tail -c 9 id2) 2026-01-01 tester$" first &&
	grep -qx '    The staging host is stage.example.com' first &&
	test "$(found 'staging host' -k 1)" = 'The staging host is stage.example.com' &&
	gitmem recall editor --session s1 >actual &&
	grep -q " $(tail -c 9 id3) 2026-01-05 tester/s1$" actual &&
	gitmem recall helix >actual &&
	grep -q " $(tail -c 9 id) user/editor 2026-01-02 tester$" actual
EOF

test_case 'words stand in one argument or in several' <<'EOF'
	cd notes &&
	gitmem recall staging host >expect &&
	gitmem recall 'staging host' >actual &&
	expect_equal expect actual &&
	gitmem recall -- staging host >actual &&
	expect_equal expect actual &&
	must_fail 129 gitmem recall -staging &&
	must_fail 1 gitmem recall -- --nosuchword
EOF

test_case 'nothing found is a silent no' <<'EOF'
	cd notes &&
	must_fail 1 silent gitmem recall zeppelin &&
	must_fail 1 silent gitmem --json recall zeppelin &&
	must_fail 1 silent gitmem recall staging --agent nobody
EOF

test_case 'one JSON object for each hit' <<'EOF'
	cd notes &&
	gitmem --json recall helix >actual &&
	test "$(wc -l <actual)" -eq 1 &&
	test "$(json_get actual .rank)" -eq 1 &&
	json_get actual .score >score &&
	test "$(json_get actual .id)" = "$(cat id)" &&
	test "$(json_get actual .path)" = keys/user/editor.md &&
	test "$(json_get actual .key)" = user/editor &&
	test "$(json_get actual .type)" = semantic &&
	test "$(json_get actual .content)" = 'Maya edits in Helix' &&
	test "$(json_get actual .created)" = 2026-01-02T03:04:05Z &&
	test "$(json_get actual .tags)" = '["tools"]' &&
	test "$(json_get actual .agent)" = tester &&
	test "$(json_get actual .session)" = null &&
	test "$(json_get actual .role)" = null &&
	test "$(json_get actual .scope)" = shared &&
	test "$(json_get actual .blob)" = "$(git_here rev-parse HEAD:keys/user/editor.md)" &&
	must_fail 1 json_get actual .why &&
	gitmem recall --json maya staging >actual &&
	json_get actual .rank >ranks &&
	seq "$(wc -l <actual)" >expect &&
	expect_equal expect ranks
EOF

test_case '--explain says why' <<'EOF'
	cd notes &&
	gitmem recall --json --explain helix >actual &&
	test "$(json_get actual .why.words.0)" = helix &&
	gitmem recall --explain helix >actual &&
	grep -qx '    matched: helix' actual
EOF

test_case '-k, from 1 to 1000' <<'EOF'
	cd notes &&
	gitmem --json recall -k 1 maya staging >actual &&
	test "$(wc -l <actual)" -eq 1 &&
	gitmem --json recall -k 1000 maya staging >actual &&
	test "$(wc -l <actual)" -eq 3 &&
	must_fail 129 gitmem recall -k 0 maya &&
	must_fail 129 gitmem recall -k 1001 maya &&
	must_fail 129 gitmem recall -k x maya
EOF

test_case 'each filter' <<'EOF'
	cd notes &&
	test "$(found maya --type semantic)" = 'Maya edits in Helix' &&
	test "$(found maya --tag tools)" = 'Maya edits in Helix' &&
	test "$(found maya --session s1)" = 'Which editor did Maya use for the staging notes?' &&
	test "$(found maya --since 2026-01-03)" = 'Which editor did Maya use for the staging notes?' &&
	test "$(found maya --until 2026-01-03)" = 'Maya edits in Helix' &&
	must_fail 129 gitmem recall maya --type nonsense &&
	must_fail 129 gitmem recall maya --since nonsense
EOF

test_case 'superseded and out-of-date memories are hidden' <<'EOF'
	new_repo stale &&
	gitmem add -c 'the token is old' >old &&
	gitmem add -c --supersedes "$(cat old)" 'the token is new' >new &&
	gitmem add -c --valid-until 2020-01-01 'the token is past' >past &&
	gitmem add -c --valid-from 2999-01-01 'the token is to come' >later &&
	test "$(found token)" = 'the token is new' &&
	gitmem --json recall --all token >actual &&
	test "$(wc -l <actual)" -eq 4
EOF

test_case 'another revision' <<'EOF'
	cd notes &&
	must_fail 1 gitmem recall fridays --at HEAD~1 &&
	test "$(found fridays --at HEAD)" = 'Releases go out on Fridays' &&
	must_fail 1 env GITMEM_AT=HEAD~1 gitmem recall fridays &&
	must_fail 128 gitmem recall fridays --at nonsense &&
	git_here branch side HEAD~1 &&
	must_fail 1 gitmem --branch side recall fridays
EOF

test_case 'the mode' <<'EOF'
	cd notes &&
	gitmem recall helix >expect &&
	gitmem recall --mode hybrid helix >actual 2>err &&
	expect_equal expect actual &&
	test ! -s err &&
	gitmem recall --mode lexical helix >actual &&
	expect_equal expect actual &&
	must_fail 128 gitmem recall --mode vector helix 2>err &&
	grep -q 'there are no vectors' err &&
	grep -q '^hint: ' err &&
	must_fail 129 gitmem recall --mode nonsense helix
EOF

test_case 'a query of nothing is wrong usage, one of stop words is a query' <<'EOF'
	cd notes &&
	must_fail 129 gitmem recall &&
	must_fail 129 gitmem recall '' &&
	must_fail 129 gitmem recall '  ' '	' &&
	must_fail 129 gitmem recall '...' &&
	gitmem recall the >actual &&
	test -s actual &&
	must_fail 129 gitmem --json recall '' 2>err &&
	test "$(json_get err .error.code)" = usage
EOF

test_case 'long memories are cut, and whole with -v' <<'EOF'
	new_repo long &&
	printf 'zebra one\n\ntwo\nthree\nfour\n' >text &&
	gitmem add -c --file text >out &&
	gitmem recall zebra >actual &&
	sed 1d actual >body &&
	printf '    zebra one\n    two\n    three ...\n' >expect &&
	expect_equal expect body &&
	gitmem recall -v zebra >actual &&
	sed 1d actual >body &&
	sed 's/^/    /' text >expect &&
	expect_equal expect body &&
	gitmem add -c "quagga $(seq 1000 | paste -s -d ' ' -)" >out &&
	gitmem recall quagga >actual &&
	test "$(wc -l <actual)" -eq 4 &&
	tail -n 1 actual >last &&
	grep -q ' \.\.\.$' last &&
	test "$(awk '{ if (length($0) > n) n = length($0) } END { print n }' actual)" -le 80
EOF

test_case 'control characters of others stay text' <<'EOF'
	new_repo control &&
	gitmem add -c "$(printf 'okapi \033[31m now')" >out &&
	gitmem recall okapi >actual &&
	grep -qx '    okapi ?\[31m now' actual &&
	gitmem recall -v okapi >actual &&
	grep -qx '    okapi ?\[31m now' actual
EOF

test_case 'what is no syntax of ours is only words' <<'EOF'
	cd notes &&
	for query in '"helix' 'helix"' 'helix*' 'helix OR' 'NEAR(helix' 'content:helix' '(helix' \
		"helix' --" '^helix' 'helix AND NOT maya'; do
		test "$(found -k 1 "$query")" = 'Maya edits in Helix' || exit 1
	done
EOF

test_git_case 'a damaged memory is left out and told' <<'EOF'
	new_repo broken &&
	damaged . &&
	gitmem add -c --key a 'okapi one' >out &&
	gitmem add -c --key b 'okapi two' >out &&
	gitmem recall okapi >out &&
	blob=$(git_here rev-parse HEAD:keys/a.md) &&
	file=.gitmem/objects/$(echo "$blob" | cut -c 1-2)/$(echo "$blob" | cut -c 3-) &&
	chmod +w "$file" &&
	echo nonsense >"$file" &&
	gitmem --json recall okapi >actual 2>err &&
	test "$(json_get actual .key)" = b &&
	test "$(json_get actual .rank)" = 1 &&
	grep -q "^warning: 'keys/a.md' is left out" err
EOF

done_testing
