#!/bin/sh
# Revisions as commands take them, good ones and bad ones.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

git_here() {
	git --git-dir=.gitmem "$@"
}

# is REVISION REVISION: both mean one commit.
is() {
	gitmem log -1 --oneline "$1" -- >one &&
		gitmem log -1 --oneline "$2" -- >two &&
		expect_equal two one &&
		test -s one
}

# at MINUTE COMMAND...: run it with the clock at that minute.
at() {
	minute=$1
	shift
	GITMEM_AUTHOR_DATE=2026-01-02T03:$minute:00Z \
		GITMEM_COMMITTER_DATE=2026-01-02T03:$minute:00Z "$@"
}

test_case 'a branch without a commit' <<'EOF'
	new_repo unborn &&
	silent gitmem log &&
	silent gitmem log --all --graph &&
	must_fail 128 gitmem log HEAD 2>err &&
	grep -qx "error: 'HEAD' has no commit yet" err &&
	must_fail 128 gitmem log HEAD..main 2>err &&
	grep -qx "error: 'HEAD' has no commit yet" err &&
	must_fail 128 gitmem log HEAD -- 2>err &&
	grep -qx "error: 'HEAD' has no commit yet" err &&
	must_fail 128 gitmem log main -- 2>err &&
	grep -qx "error: unknown revision 'main'" err &&
	must_fail 128 gitmem log ':/text' -- 2>err &&
	must_fail 128 gitmem log '@{u}' -- 2>err &&
	grep -q "no upstream is set for the branch 'main'" err &&
	must_fail 128 gitmem log '@{1}' -- &&
	must_fail 128 gitmem list --at HEAD~1
EOF

test_case 'names, moves and texts' <<'EOF'
	new_repo names &&
	at 01 gitmem add -c -m 'first of all' one >out &&
	at 02 gitmem add -c -m second two >out &&
	at 03 gitmem add -c -m 'third (last)' three >out &&
	gitmem branch topic HEAD~1 &&
	is HEAD main && is @ main && is @~1 topic && is heads/topic refs/heads/topic &&
	is 'main@{1}' topic && is '@{2}' main~2 && is 'main@{0}' main &&
	is 'main@{2026-01-02T03:02:30Z}' topic && is 'main@{2026-01-02T03:03:00Z}' main &&
	is ':/^sec' topic && is ':/of all' main~2 && is 'HEAD^{/(first|second)}' topic &&
	is 'HEAD^{/!-third}' topic && is ':/!-third' topic && is 'main^{/}' main &&
	is ':/\(last\)' main && is 'HEAD^{/first}^{commit}' HEAD^^ &&
	id=$(git_here rev-parse HEAD~1) &&
	is "$id" topic && is "$(echo "$id" | cut -c-8)" topic &&
	is "v1.2-3-g$(echo "$id" | cut -c-9)" topic &&
	must_fail 128 gitmem log ':/nothing like it' -- 2>err &&
	grep -qx "error: no commit has a message as in ':/nothing like it'" err &&
	must_fail 128 gitmem log ':/[' -- 2>err &&
	grep -q "bad pattern" err &&
	must_fail 128 gitmem log 'HEAD^{/x' -- 2>err &&
	grep -q "missing '}'" err &&
	must_fail 128 gitmem log 'HEAD^{bogus}' -- &&
	must_fail 128 gitmem log 'HEAD^2' -- 2>err &&
	grep -q "has 1 parent" err
EOF

test_case 'names in SHA-256' <<'EOF'
	cd names &&
	gitmem log --json -1 topic >json &&
	name=$(json_get json .sha256) &&
	is "sha256:$name" topic &&
	is "sha256:$(echo "$name" | cut -c-12)" topic &&
	is "sha256:$name~1" topic~1 &&
	gitmem log --oneline "sha256:$name..main" >actual &&
	test "$(wc -l <actual)" -eq 1 &&
	must_fail 128 gitmem log sha256:0123456789abcdef -- 2>err &&
	must_fail 128 gitmem log sha256: -- &&
	must_fail 128 gitmem log sha256:xyz --
EOF

test_case 'upstreams' <<'EOF'
	cd names &&
	gitmem config branch.topic.remote . &&
	gitmem config branch.topic.merge refs/heads/main &&
	is 'topic@{u}' main && is 'topic@{upstream}~1' topic && is 'topic@{UPSTREAM}' main &&
	gitmem --branch topic log -1 --oneline '@{u}' >actual &&
	gitmem log -1 --oneline main >expect &&
	expect_equal expect actual &&
	gitmem --branch topic log --oneline '..@{u}' >actual &&
	gitmem log --oneline topic..main >expect &&
	expect_equal expect actual &&
	must_fail 128 gitmem log 'main@{u}' -- 2>err &&
	grep -qx "error: no upstream is set for the branch 'main'" err &&
	must_fail 128 gitmem log 'none@{u}' -- 2>err &&
	grep -qx "error: no branch 'none'" err &&
	gitmem config branch.main.remote origin &&
	gitmem config branch.main.merge refs/heads/main &&
	must_fail 128 gitmem log '@{u}' -- 2>err &&
	grep -qx "error: the upstream 'origin/main' does not exist" err &&
	must_fail 128 gitmem log '@{push}' -- 2>err &&
	grep -q "'@{upstream}' is where" err
EOF

test_case 'a detached HEAD' <<'EOF'
	cd names &&
	git_here update-ref --no-deref HEAD main~1 &&
	is HEAD topic && is @ topic && is HEAD~1 main~2 &&
	gitmem log --oneline >actual &&
	test "$(wc -l <actual)" -eq 2 &&
	gitmem log --oneline --all >actual &&
	test "$(wc -l <actual)" -eq 3 &&
	must_fail 128 gitmem log '@{u}' -- 2>err &&
	grep -q 'HEAD is on no branch' err
EOF

test_git_case 'a short id of several objects' <<'EOF'
	new_repo short &&
	gitmem add -c one >out &&
	tree=$(git_here rev-parse 'HEAD^{tree}') &&
	i=0 &&
	while [ $i -lt 400 ]; do
		printf 'commit refs/heads/c%d\ncommitter c <c@d> %d +0000\ndata 0\n\n' $i $i
		printf 'blob\ndata <<E\n%d\nE\n' $i
		i=$((i + 1))
	done >stream &&
	git_here fast-import --quiet <stream &&
	git_here cat-file --batch-all-objects --batch-check='%(objectname) %(objecttype)' >all &&
	grep commit all | cut -c-4 | sort | uniq -d | head -n 1 >twice &&
	if [ -s twice ]; then
		must_fail 128 gitmem log "$(cat twice)" -- 2>err &&
			grep -q "error: short id '$(cat twice)' is ambiguous: .* commit, .* commit" err &&
			must_fail 1 grep -q blob err
	fi &&
	test -n "$tree"
EOF

test_git_case 'a missing or damaged parent is told once, with its child' <<'EOF'
	new_repo broken &&
	for i in 1 2 3 4 5; do
		at 0$i gitmem add -c -m "note $i" "memory $i" >out || exit 1
	done &&
	child=$(git_here rev-parse HEAD~1) &&
	parent=$(git_here rev-parse HEAD~2) &&
	file=.gitmem/objects/$(echo "$parent" | sed 's/^../&\//') &&
	mv "$file" kept &&
	told="error: cannot read parent '$parent' of commit '$child': " &&
	for arguments in '--oneline' '--oneline --reverse' '--oneline --graph' '--json' \
		'HEAD~2' 'HEAD~4 --' 'HEAD~3..HEAD' 'HEAD~1^@' 'HEAD^{/note.2}' ':/note.1' \
		'--all' 'HEAD -- memories' '--stat'; do
		# shellcheck disable=SC2086 # several words
		must_fail 128 gitmem log $arguments >actual 2>err || exit 1
		if [ "$arguments" = --json ]; then
			grep -q "cannot read parent '$parent' of commit '$child'" err || exit 1
		else
			grep -qF "$told" err || exit 1
		fi
		test "$(grep -c "$parent" err)" -eq 1 || exit 1
		test "$(grep -c "note 5" actual)" -le 1 || exit 1
	done &&
	gitmem log --oneline -2 >actual &&
	test "$(wc -l <actual)" -eq 2 &&
	must_fail 128 gitmem merge-base HEAD HEAD~1^ 2>err &&
	grep -qF "$told" err &&
	mkdir -p "$(dirname "$file")" &&
	printf 'no object' >"$file" &&
	must_fail 128 gitmem log --oneline >actual 2>err &&
	test "$(wc -l <actual)" -eq 2 &&
	grep -qF "$told" err &&
	rm -f "$file" &&
	mv kept "$file" &&
	gitmem log --oneline >actual &&
	test "$(wc -l <actual)" -eq 5
EOF

test_git_case 'a history of a hundred thousand commits' <<'EOF'
	new_repo deep &&
	awk 'BEGIN {
		for (i = 1; i <= 100000; i++)
			printf "commit refs/heads/main\ncommitter c <c@d> %d +0000\ndata <<E\n%d\nE\n\n",
				1767323045 + i % 50000, i
	}' | git_here fast-import --quiet &&
	gitmem log --oneline --date-order HEAD~99998..HEAD~5 >actual &&
	test "$(wc -l <actual)" -eq 99993 &&
	gitmem log -1 --oneline 'HEAD^{/^1[^0-9]}' >actual &&
	grep -q ' 1$' actual &&
	must_fail 128 gitmem log HEAD~100001 -- 2>err &&
	grep -q 'goes back more than 100000 commits' err &&
	rm -rf .gitmem
EOF

done_testing
