#!/bin/sh
# gitmem expect: questions with the memories that must answer them.

. "$(dirname "$0")/lib.sh"

# names: of the expectations that are there, as a line.
names() {
	gitmem expect list --json >listed &&
		json_get listed .name | paste -s -d ' ' -
}


test_case 'an expectation is added, listed, met, and removed' <<'EOF'
	new_repo notes &&
	gitmem add -c --key host 'The staging host is stage.example.com' >host &&
	gitmem add -c --key area 'A host of the staging area uses redis' >area &&
	silent gitmem expect list &&
	gitmem expect run >out 2>err &&
	test ! -s out &&
	gitmem expect add --must host 'What is  the staging host?' >name &&
	grep -qx "what-is-the-staging-host-[0-9a-f]\{8\}" name &&
	gitmem expect list >actual &&
	printf '%s\n    What is the staging host?\n    first 3: %s\n' "$(cat name)" \
		"$(cat host)" >expect &&
	expect_equal expect actual &&
	gitmem expect run >actual 2>err &&
	echo 'ok      What is the staging host?' >expect &&
	expect_equal expect actual &&
	grep -qx '1 expectation: 1 met, 0 failed, 0 broken' err &&
	gitmem status >actual &&
	grep -q "expect/$(cat name).txt" actual &&
	gitmem commit >actual &&
	gitmem status --json >actual &&
	test "$(json_get actual .staged)" = '[]' &&
	gitmem show "HEAD:expect/$(cat name).txt" >actual &&
	printf 'question: What is the staging host?\ntop: 3\nmust: %s\n' "$(cat host)" >expect &&
	expect_equal expect actual &&
	gitmem list >actual &&
	test "$(wc -l <actual)" -eq 2 &&
	gitmem expect rm -c 'What is the staging host?' &&
	silent gitmem expect list &&
	must_fail 128 gitmem show "HEAD:expect/$(cat name).txt"
EOF

test_case 'the subject holds nothing of the question' <<'EOF'
	cd notes &&
	gitmem expect add -c --must host 'secret staging host' >name &&
	gitmem log -n 1 --oneline >actual &&
	grep -q 'add 1 expectation$' actual &&
	gitmem expect add -c --top 2 --must host 'secret staging host' >again &&
	expect_equal name again &&
	gitmem log -n 1 --oneline >actual &&
	grep -q 'change 1 expectation$' actual &&
	gitmem expect rm -c "$(cat name)" -m 'away with it' &&
	gitmem log -n 1 --oneline >actual &&
	grep -q 'away with it$' actual &&
	gitmem expect add --must host 'secret staging host' >name &&
	gitmem commit >out &&
	gitmem log -n 1 --oneline >actual &&
	! grep -q secret actual &&
	! grep -q memor actual &&
	gitmem expect rm "$(cat name)" &&
	gitmem commit >out
EOF

test_case 'adding the same again changes nothing' <<'EOF'
	cd notes &&
	gitmem expect add -c --must host --must area 'staging host' >name &&
	gitmem log --oneline >before &&
	gitmem expect add -c --must area --must host 'staging  host' >again &&
	gitmem expect add --must area --must host ' staging host' >again &&
	expect_equal name again &&
	gitmem log --oneline >after &&
	expect_equal before after &&
	gitmem status --json >actual &&
	test "$(json_get actual .staged)" = '[]'
EOF

test_case 'a failure is 1, and the report says why' <<'EOF'
	cd notes &&
	gitmem expect add -c --top 1 --must area 'the staging host' >name2 &&
	gitmem expect add -c --must area 'example.com' >name3 &&
	gitmem add -c --key old 'An okapi lives here' >old &&
	gitmem add -c --key gone 'A zebra lives here' >gone &&
	gitmem expect add -c --must old okapi >name4 &&
	gitmem expect add -c --must gone zebra >name5 &&
	gitmem add -c --supersedes "$(cat old)" 'An okapi moved away' >new &&
	gitmem rm -c gone &&
	must_fail 1 gitmem expect run >actual 2>err &&
	{ printf 'failed  example.com\n        %s: not found\n' "$(cat area)" &&
	printf 'failed  okapi\n        %s: superseded by %s\n' "$(cat old)" \
		"$(tail -c 9 new)" &&
	printf 'ok      staging host\n' &&
	printf 'failed  the staging host\n        %s: number 2, not among the first 1\n' \
		"$(cat area)" &&
	printf 'failed  zebra\n        %s: there is no such memory\n' "$(cat gone)"; } >expect &&
	expect_equal expect actual &&
	grep -qx '5 expectations: 1 met, 4 failed, 0 broken' err &&
	must_fail 1 gitmem expect run --json >actual 2>err &&
	json_get actual .met | paste -s -d ' ' - >met &&
	test "$(cat met)" = 'false false true false false' &&
	sed -n 4p actual >line &&
	test "$(json_get line .must.0.rank)" = 2 &&
	test "$(json_get line .must.0.met)" = false &&
	test "$(json_get line .name)" = "$(cat name2)" &&
	sed -n 5p actual >line &&
	test "$(json_get line .must.0.rank)" = null &&
	test "$(json_get line .must.0.why)" = 'there is no such memory' &&
	test "$(json_get line .must.0.id)" = "$(cat gone)" &&
	must_fail 1 gitmem -q expect run >actual 2>err &&
	test ! -s err
EOF

test_case 'at another revision, with the questions of today' <<'EOF'
	cd notes &&
	must_fail 1 gitmem expect run --at HEAD~1 >actual 2>err &&
	grep -qx 'ok      zebra' actual &&
	GITMEM_AT=HEAD~2 must_fail 1 gitmem expect run >actual 2>err &&
	grep -qx 'ok      okapi' actual &&
	must_fail 128 gitmem expect run --at nonsense
EOF

test_case 'bisect finds what broke an expectation' <<'EOF'
	new_repo bisect &&
	gitmem add -c --key tea 'Maya drinks green tea' >tea &&
	gitmem tag good &&
	for i in 1 2 3 4 5; do
		gitmem add -c "Some note, number $i" >out || exit 1
	done &&
	gitmem edit -c tea --content 'Maya drinks coffee' >out &&
	broken=$(git --git-dir=.gitmem rev-parse HEAD) &&
	for i in 6 7 8; do
		gitmem add -c "Some note, number $i" >out || exit 1
	done &&
	gitmem expect add -c --must tea '"green tea"' >name &&
	gitmem bisect start HEAD good >out &&
	gitmem bisect run gitmem -q expect run >actual 2>&1 &&
	grep -q "$broken is the first bad commit" actual &&
	gitmem bisect reset >out &&
	gitmem expect rm -c "$(cat name)"
EOF

test_case 'branches merge, and what does not merge is asked twice' <<'EOF'
	new_repo merging &&
	gitmem add -c --key a 'okapi one' >a &&
	gitmem add -c --key b 'okapi two' >b &&
	gitmem expect add -c --must a same >out &&
	gitmem branch side &&
	gitmem expect add -c --must a 'one okapi' >out &&
	gitmem expect add -c --must a 'both okapi' >out &&
	gitmem expect add -c --must a 'equal okapi' >out &&
	gitmem --branch side expect add -c --must b 'two okapi' >out &&
	gitmem --branch side expect add -c --must b 'both okapi' >out &&
	gitmem --branch side expect add -c --must a 'equal okapi' >out &&
	gitmem --branch side expect rm -c same &&
	gitmem merge side >out &&
	gitmem expect list --json >listed &&
	json_get listed .question | sort >actual &&
	printf 'both okapi\nboth okapi\nequal okapi\none okapi\ntwo okapi\n' >expect &&
	expect_equal expect actual &&
	gitmem expect run >actual 2>err &&
	test "$(grep -c '^ok ' actual)" -eq 5 &&
	json_get listed .path | grep '~' >path &&
	gitmem expect rm -c "$(cat path)" &&
	gitmem expect list --json >listed &&
	test "$(wc -l <listed)" -eq 4
EOF

test_case 'names, parts of names, and wrong usage' <<'EOF'
	cd merging &&
	must_fail 128 gitmem expect rm nonsense &&
	must_fail 128 gitmem expect rm okap &&
	gitmem expect rm one-okapi &&
	must_fail 128 gitmem expect rm one-okapi &&
	must_fail 128 gitmem expect add --must nonsense question 2>err &&
	grep -q "no memory 'nonsense'" err &&
	must_fail 129 gitmem expect &&
	must_fail 129 gitmem expect nonsense &&
	must_fail 129 gitmem expect add question &&
	must_fail 129 gitmem expect add --must a &&
	must_fail 129 gitmem expect add --must a ' ' &&
	must_fail 129 gitmem expect add --must a '?!' &&
	must_fail 129 gitmem expect add --must a -- -redis &&
	must_fail 129 gitmem expect add --must a 'okapi type:nonsense' &&
	must_fail 129 gitmem expect add --must a "$(printf 'okapi \033[31m')" &&
	must_fail 129 gitmem expect add --must a "$(printf 'okapi \377')" &&
	must_fail 129 gitmem expect add --must a --top 0 okapi &&
	must_fail 129 gitmem expect add --must a --top 1001 okapi &&
	must_fail 129 gitmem expect add --must a -m message okapi &&
	must_fail 129 gitmem expect add --must a --at HEAD okapi &&
	must_fail 129 gitmem expect run --must a &&
	must_fail 129 gitmem expect run okapi &&
	must_fail 129 gitmem expect list -c &&
	must_fail 129 gitmem expect rm &&
	"$PYTHON" -c 'print("okapi " * 1000)' >long &&
	must_fail 129 gitmem expect add --must a "$(cat long)" &&
	gitmem expect add --must a --top 1 '茶 "okapi one" -zebra' >name &&
	grep -q '^okapi-one-zebra-[0-9a-f]\{8\}$' name &&
	gitmem expect add --must a --json --top 1 'okapi one' >actual &&
	test "$(json_get actual .must.0)" = "$(cat a)" &&
	test "$(json_get actual .top)" = 1
EOF

test_git_case 'hostile files are named, and the others asked' <<'EOF'
	new_repo hostile &&
	gitmem add -c --key a 'okapi one' >a &&
	gitmem expect add -c --must a okapi >out &&
	export GIT_DIR="$PWD/.gitmem" GIT_INDEX_FILE="$PWD/index" &&
	real_git read-tree HEAD &&
	put() {
		blob=$(real_git hash-object -w --stdin) &&
			real_git update-index --add --cacheinfo "$1,$blob,expect/$2"
	} &&
	printf 'nonsense\n' | put 100644 a1 &&
	: | put 100644 a2 &&
	printf 'question: x\n' | put 100644 a3 &&
	printf 'question: x\ntop: 99999999999999999999\nmust: %s\n' "$(cat a)" | put 100644 a4 &&
	printf 'question: x\nmust: ../../etc\n' | put 100644 a5 &&
	printf 'question: ?!\nmust: %s\n' "$(cat a)" | put 100644 a6 &&
	printf 'question: x\nquestion: y\nmust: %s\n' "$(cat a)" | put 100644 a7 &&
	printf 'question: \033[31m\n' | put 100644 a8 &&
	printf 'question: \377\n' | put 100644 a9 &&
	printf 'question: x\0y\n' | put 100644 b1 &&
	printf 'okapi' | put 120000 b2 &&
	head -c 100000 /dev/zero | tr '\0' 'a' | put 100644 b3 &&
	printf 'question: x type:nonsense\nmust: %s\n' "$(cat a)" | put 100644 b4 &&
	printf 'x' | put 100644 c/d &&
	real_git update-ref refs/heads/main \
		"$(real_git -c user.name=x -c user.email=x@x commit-tree -p HEAD -m hostile "$(real_git write-tree)")" &&
	unset GIT_DIR GIT_INDEX_FILE &&
	must_fail 128 gitmem expect run >actual 2>err &&
	test "$(grep -c '^broken  expect/' actual)" -eq 14 &&
	grep -qx 'ok      okapi' actual &&
	grep -q "^error: 'expect/a1': line 1: 'nonsense' is none of" err &&
	must_fail 128 gitmem expect run --json >actual 2>err &&
	test "$(grep -c '"error"' actual)" -eq 14 &&
	gitmem expect list >actual 2>err &&
	test "$(grep -c '^warning: ' err)" -eq 12 &&
	for name in a1 a2 a3 a4 a5 a6 a7 a8 a9 b1 b2 b3 b4; do
		gitmem expect rm "expect/$name" || exit 1
	done &&
	gitmem commit >out &&
	must_fail 128 gitmem expect run >actual 2>err &&
	test "$(grep -c '^broken  expect/' actual)" -eq 1
EOF

test_git_case 'a file in the place of the folder is named, too' <<'EOF'
	new_repo file &&
	gitmem add -c --key a 'okapi one' >a &&
	export GIT_DIR="$PWD/.gitmem" GIT_INDEX_FILE="$PWD/index" &&
	real_git read-tree HEAD &&
	blob=$(echo x | real_git hash-object -w --stdin) &&
	real_git update-index --add --cacheinfo "100644,$blob,expect" &&
	real_git update-ref refs/heads/main \
		"$(real_git -c user.name=x -c user.email=x@x commit-tree -p HEAD -m file "$(real_git write-tree)")" &&
	unset GIT_DIR GIT_INDEX_FILE &&
	must_fail 128 gitmem expect run >actual 2>err &&
	grep -q "^error: 'expect': it is no folder" err &&
	must_fail 128 gitmem expect add --must a okapi 2>err &&
	grep -q '^error: ' err
EOF

test_case 'staged with memories, on its own branch, and in an empty repository' <<'EOF'
	new_repo staged &&
	silent gitmem expect list &&
	gitmem add --key a 'okapi one' >a &&
	gitmem expect add --must a okapi >name &&
	must_fail 1 gitmem expect run >actual 2>err &&
	grep -q 'there is no such memory' actual &&
	gitmem commit >out &&
	gitmem expect run >actual 2>err &&
	gitmem branch side &&
	gitmem --branch side expect add --must a 'one okapi' >out &&
	test "$(names)" = "$(cat name)" &&
	gitmem --branch side expect list --json >listed &&
	test "$(wc -l <listed)" -eq 2
EOF

done_testing
