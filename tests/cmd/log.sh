#!/bin/sh
# gitmem log: what it shows, in which order, and what it leaves out.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

# at MINUTE COMMAND...: run it with the clock at that minute.
at() {
	minute=$1
	shift
	GITMEM_AUTHOR_DATE=2026-01-02T03:$minute:00Z \
		GITMEM_COMMITTER_DATE=2026-01-02T03:$minute:00Z "$@"
}

git_here() {
	git --git-dir=.gitmem "$@"
}

# same_as_git ARGUMENT...: the short log is that of git.
same_as_git() {
	gitmem log --oneline "$@" >actual &&
		git_here log --oneline "$@" >expect &&
		expect_equal expect actual
}

test_case 'a branch without a commit has an empty log' <<'EOF'
	new_repo empty &&
	silent gitmem log &&
	silent gitmem log --oneline --graph &&
	silent gitmem --json log
EOF

test_case 'the log is that of git' <<'EOF'
	new_repo notes &&
	at 01 gitmem add --key user/editor 'Maya edits in Helix' >id &&
	at 01 gitmem commit -m 'First subject

A body line
	and one with a tab.
' >out &&
	at 02 gitmem add -c -m 'Second subject' 'The staging host is stage.example.com' >id2 &&
	at 03 env GITMEM_AGENT=other gitmem add -c --key user/editor 'Maya edits in Vim' >id3 &&
	gitmem log >actual &&
	git_here log --no-expand-tabs >expect &&
	expect_equal expect actual &&
	same_as_git
EOF

test_case '-n and -N limit it' <<'EOF'
	cd notes &&
	gitmem log -n 1 >one &&
	gitmem log -1 >actual &&
	expect_equal one actual &&
	test "$(grep -c '^commit' actual)" -eq 1 &&
	gitmem log --max-count=2 --oneline >actual &&
	test "$(wc -l <actual)" -eq 2 &&
	silent gitmem log -n 0
EOF

test_case 'ranges mean what they mean to git' <<'EOF'
	cd notes &&
	same_as_git HEAD~1..HEAD &&
	same_as_git HEAD~2.. &&
	same_as_git ..HEAD~1 &&
	same_as_git HEAD ^HEAD~1 &&
	same_as_git ^HEAD~1 HEAD &&
	same_as_git HEAD~1 &&
	same_as_git HEAD~2...HEAD &&
	same_as_git HEAD~2 HEAD &&
	same_as_git ^HEAD~1
EOF

test_case 'a range of branches that went apart' <<'EOF'
	new_repo apart &&
	gitmem add -c base >out &&
	at 05 gitmem --branch side add -c on-side >out &&
	at 06 gitmem add -c on-main >out &&
	same_as_git side..main &&
	test "$(wc -l <actual)" -eq 1 &&
	same_as_git main..side &&
	same_as_git main...side &&
	test "$(wc -l <actual)" -eq 2 &&
	same_as_git main side &&
	same_as_git side &&
	gitmem --branch side log --oneline >actual &&
	git_here log --oneline side >expect &&
	expect_equal expect actual &&
	gitmem log --branch side --oneline main.. >actual &&
	git_here log --oneline main..side >expect &&
	expect_equal expect actual
EOF

test_case 'authors and agents' <<'EOF'
	cd notes &&
	same_as_git --author=othe &&
	test -s actual &&
	gitmem log --oneline --author='other <' >actual &&
	expect_equal expect actual &&
	gitmem log --oneline --agent=other >actual &&
	expect_equal expect actual &&
	silent gitmem log --author=Othe &&
	silent gitmem log --agent=othe
EOF

test_case 'times' <<'EOF'
	cd notes &&
	same_as_git --since=2026-01-02T03:02:00Z &&
	test "$(wc -l <actual)" -eq 2 &&
	same_as_git --until=2026-01-02T03:02:00Z &&
	test "$(wc -l <actual)" -eq 2 &&
	silent gitmem log --since=2026-01-03
EOF

test_case 'the history of one memory, by each of its names' <<'EOF'
	cd notes &&
	git_here log --oneline -- keys/user/editor.md >expect &&
	test "$(wc -l <expect)" -eq 2 &&
	for name in user/editor "$(cat id)" keys/user/editor.md keys/user ./keys/ \
		"$(tail -c 9 id)"; do
		gitmem log --oneline -- "$name" >actual || exit 1
		expect_equal expect actual || exit 1
	done &&
	gitmem log --oneline user/editor >actual &&
	expect_equal expect actual &&
	gitmem log --oneline HEAD~1 user/editor >actual &&
	git_here log --oneline HEAD~1 -- keys/user/editor.md >expect &&
	expect_equal expect actual &&
	gitmem log --oneline -- "$(cat id2)" user/editor >actual &&
	test "$(wc -l <actual)" -eq 3
EOF

test_case 'the history of a memory that was removed' <<'EOF'
	new_repo removed &&
	at 01 gitmem add -c 'a host' >id &&
	at 02 gitmem add -c --key user/shell 'fish' >out &&
	at 03 gitmem rm -c "$(cat id)" >out &&
	at 04 gitmem rm -c user/shell >out &&
	git_here log --oneline -- memories >expect &&
	test "$(wc -l <expect)" -eq 2 &&
	gitmem log --oneline -- "$(cat id)" >actual &&
	expect_equal expect actual &&
	gitmem log --oneline -- memories >actual &&
	expect_equal expect actual &&
	gitmem log --oneline -- user/shell >actual &&
	git_here log --oneline -- keys/user/shell.md >expect &&
	expect_equal expect actual &&
	must_fail 128 gitmem log user/shell 2>err &&
	grep -q "^hint: .*'--'" err
EOF

test_case 'a name that no commit knows is not found' <<'EOF'
	cd notes &&
	must_fail 128 gitmem log -- no/such >actual 2>err &&
	test ! -s actual &&
	grep -qx "error: no memory 'no/such' in this history" err &&
	must_fail 128 gitmem log nonsense 2>err &&
	grep -qx "error: no revision or memory 'nonsense'" err &&
	must_fail 128 gitmem log -- '' &&
	must_fail 128 gitmem log no..such &&
	must_fail 128 gitmem log nonsense -- user/editor 2>err &&
	grep -q nonsense err
EOF

test_case '--stat names and counts the memories' <<'EOF'
	cd notes &&
	gitmem log --stat -1 >actual &&
	tail -n 3 actual >tail &&
	printf '\n M %s keys/user/editor.md\n 0 added, 1 changed, 0 removed\n' \
		"$(tail -c 9 id)" >expect &&
	expect_equal expect tail &&
	gitmem log --oneline --stat >actual &&
	test "$(grep -c '^ A ' actual)" -eq 2 &&
	test "$(grep -c ' 0 removed$' actual)" -eq 3 &&
	test "$(wc -l <actual)" -eq 9
EOF

test_case 'one JSON object for each commit' <<'EOF'
	cd notes &&
	gitmem log --json >actual &&
	test "$(wc -l <actual)" -eq 3 &&
	git_here log --format=%H >expect &&
	json_get actual .commit >commits &&
	expect_equal expect commits &&
	git_here log -1 --format='%T %P' >expect &&
	head -n 1 actual >first &&
	echo "$(json_get first .tree) $(json_get first .parents.0)" >got &&
	expect_equal expect got &&
	test "$(json_get first .agent)" = other &&
	test "$(json_get first .author.name)" = other &&
	test "$(json_get first .author.email)" = "$(git_here log -1 --format=%ae)" &&
	test "$(json_get first .time)" = 2026-01-02T03:03:00Z &&
	test "$(json_get first .signature.status)" = none &&
	test "$(json_get first .changed.0.status)" = M &&
	test "$(json_get first .changed.0.id)" = "$(cat id)" &&
	test "$(json_get first .changed.0.path)" = keys/user/editor.md &&
	tail -n 1 actual >last &&
	test "$(json_get last .parents)" = '[]' &&
	test "$(json_get last .changed.0.status)" = A
EOF

test_case 'a commit of others: odd bytes, zones and a signature' <<'EOF'
	new_repo foreign &&
	tree=$(git_here mktree </dev/null) &&
	{
		printf 'tree %s\nauthor A \033[31mB <a@b> 1767323045 +0130\n' "$tree" &&
		printf 'committer C <c@d> 1767323045 -0800\n' &&
		printf 'gpgsig -----BEGIN SSH SIGNATURE-----\n x\n -----END SSH SIGNATURE-----\n' &&
		printf '\n\n\nsub\033ject\r\nsame\n\n\nbody \377\n\n'
	} >commit &&
	id=$(git_here hash-object --literally -t commit -w --stdin <commit) &&
	git_here update-ref refs/heads/main "$id" &&
	gitmem log --json >actual &&
	test "$(json_get actual .signature.status)" = unchecked &&
	test "$(json_get actual .author.time)" = 2026-01-02T03:04:05Z &&
	gitmem log >actual &&
	grep -qx 'Date:   Fri Jan 2 04:34:05 2026 +0130' actual &&
	must_fail 1 grep -q "$(printf '\033')" actual &&
	gitmem log --oneline >actual &&
	test "$(wc -l <actual)" -eq 1 &&
	must_fail 1 grep -q "$(printf '\033')" actual
EOF

test_case 'colours on request' <<'EOF'
	cd notes &&
	gitmem log --color=always -1 >actual &&
	git_here log --color=always --no-decorate -1 >expect &&
	expect_equal expect actual &&
	NO_COLOR=1 gitmem log -1 >actual &&
	must_fail 1 grep -q "$(printf '\033')" actual
EOF

test_case 'bad options are usage errors' <<'EOF'
	cd notes &&
	must_fail 129 gitmem log --nonsense &&
	must_fail 129 gitmem log -n x &&
	must_fail 129 gitmem log -n -1 &&
	must_fail 129 gitmem log --since=nonsense 2>err &&
	grep -q -e '--since' err &&
	must_fail 129 gitmem log --until=2026-02-30 &&
	must_fail 129 gitmem log --color=blue
EOF

test_case 'errors in JSON' <<'EOF'
	cd notes &&
	must_fail 128 gitmem --json log nonsense >actual 2>err &&
	test ! -s actual &&
	test "$(wc -l <err)" -eq 1 &&
	test "$(json_get err .error.code)" = not-found &&
	must_fail 129 gitmem log --json --since=x 2>err &&
	test "$(json_get err .error.code)" = usage
EOF

test_case 'outside a repository' <<'EOF'
	mkdir outside &&
	cd outside &&
	must_fail 128 gitmem log 2>err &&
	grep -q '^error: ' err
EOF

test_case '-h' <<'EOF'
	gitmem log -h >actual &&
	head -n 1 actual >first &&
	echo 'usage: gitmem log [<options>] [<revision-range>...] [-- <memory>...]' >expect &&
	expect_equal expect first
EOF

test_case 'a reader that goes away ends it quietly' <<'EOF'
	cd notes &&
	gitmem log 2>err | true &&
	test ! -s err
EOF

done_testing
