#!/bin/sh
# gitmem merge --strategy manual: a merge that waits on its branch until somebody concludes it.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

at() {
	GITMEM_AUTHOR_DATE=2026-01-02T03:$1:00Z
	GITMEM_COMMITTER_DATE=$GITMEM_AUTHOR_DATE
	export GITMEM_AUTHOR_DATE GITMEM_COMMITTER_DATE
}

# parted DIR: the branches main and other, in conflict about the memory `editor`.
parted() {
	new_repo "$1" &&
		at 10 && gitmem add -c --key editor Helix >id && gitmem branch other &&
		at 20 && gitmem edit -c editor --content Vim && gitmem add -c --key here here >id &&
		at 30 && gitmem --branch other edit -c editor --content Emacs &&
		gitmem --branch other add -c --key there there >id && at 40
}

# waiting DIR: the merge waits.
waiting() {
	parted "$1" && must_fail 1 gitmem merge -s manual other >out 2>err
}

commit_of() {
	gitmem --json log -n 1 "$1" >log.json &&
		sed -n 's/^{"commit":"\([0-9a-f]*\)".*/\1/p' log.json
}

content_is() {
	gitmem --json show "$1" >json && json_get json .content >actual && echo "$2" >expect &&
		expect_equal expect actual
}

test_case 'without conflicts it is made at once' <<'EOF'
	parted clean && gitmem --branch other edit -c editor --content Helix &&
	gitmem merge -s manual other >out 2>err && test ! -s err &&
	content_is editor Vim && gitmem show there >out && test ! -e .gitmem/merge/main
EOF

test_case 'with conflicts it waits, says what to do, and moves nothing' <<'EOF'
	parted waits && before=$(commit_of main) &&
	gitmem add --key staged 'it stays staged' >id &&
	must_fail 1 gitmem merge -s manual --dry-run other >dry 2>err &&
	test ! -e .gitmem/merge &&
	echo 'error: the merge would wait: 1 conflict has to be settled' >expect &&
	expect_equal expect err &&
	must_fail 1 gitmem merge -s manual other >actual 2>err &&
	expect_equal dry actual &&
	grep -qE '^ conflict +[0-9a-f]{8} keys/editor.md$' actual &&
	grep -qE '^ theirs +[0-9a-f]{8} keys/there.md$' actual && must_fail 1 grep kept actual &&
	sed -n 1p err >first && echo 'error: the merge waits: 1 conflict has to be settled' >expect &&
	expect_equal expect first && grep -q "^hint: 'gitmem resolve ID" err &&
	test "$(commit_of main)" = "$before" && content_is editor Vim &&
	must_fail 128 gitmem show there 2>err &&
	git --git-dir=.gitmem rev-parse refs/gitmem/merge/main >actual &&
	commit_of other >expect && expect_equal expect actual &&
	silent gitmem fsck
EOF

test_case 'status and list tell of it' <<'EOF'
	cd waits &&
	gitmem status >actual &&
	grep -qx "A merge of 'other' waits: 1 conflict has to be settled" actual &&
	gitmem --json status >json && json_get json .merge.name >actual && echo other >expect &&
	expect_equal expect actual && json_get json .merge.conflicts >actual && echo 1 >expect &&
	expect_equal expect actual && json_get json .merge.commit >actual &&
	commit_of other >expect && expect_equal expect actual &&
	gitmem list --conflicts >actual && grep -qE '^ conflict .* keys/editor.md$' actual &&
	gitmem --json list --conflicts >json && json_get json .unsettled >actual &&
	echo true >expect && expect_equal expect actual && json_get json .ours_text >actual &&
	json_get json .theirs_text >>actual && printf 'Vim\nEmacs\n' >expect &&
	expect_equal expect actual && gitmem list --conflicts | sed 1,2d >actual &&
	printf '    ours:\n      Vim\n    theirs:\n      Emacs\n' >expect &&
	expect_equal expect actual && silent gitmem list --conflicts --at main &&
	gitmem --branch other status >actual && must_fail 1 grep waits actual
EOF

test_case 'a second merge is refused with a hint, on this branch alone' <<'EOF'
	cd waits &&
	must_fail 128 gitmem merge other 2>err &&
	printf '%s\n' "error: a merge of 'other' waits on branch 'main' already" \
		"hint: 'gitmem merge --continue' concludes it, 'gitmem merge --abort' gives it up" \
		>expect && expect_equal expect err &&
	must_fail 1 gitmem --branch side -q merge -s manual other 2>err &&
	must_fail 128 gitmem branch -m other side 2>err &&
	grep -qx "error: a merge waits on branch 'side'" err &&
	gitmem --branch side merge --abort && gitmem --branch more merge -q -s theirs other &&
	gitmem branch -D more 2>err
EOF

test_case 'what others write meanwhile is kept' <<'EOF'
	cd waits &&
	gitmem commit -m 'what was staged' >out 2>err &&
	echo "a merge waits: 'gitmem merge --continue' concludes it" >expect &&
	expect_equal expect err && must_fail 1 gitmem commit 2>err &&
	grep -qx "hint: 'gitmem merge --continue' concludes the merge that waits" err &&
	gitmem edit -c here --content 'changed meanwhile' &&
	gitmem -q resolve editor --take theirs &&
	gitmem merge --continue >out 2>err && test ! -s err &&
	sed -n 1p out >first && echo "Merge made by the 'manual' strategy." >expect &&
	expect_equal expect first && grep -q '(settled)$' out &&
	content_is editor Emacs && content_is here 'changed meanwhile' &&
	content_is staged 'it stays staged' && content_is there there &&
	gitmem --json log -n 1 >json && json_get json .message >actual &&
	printf "Merge branch 'other'\n\n" >expect && expect_equal expect actual &&
	git --git-dir=.gitmem rev-parse main^2 >actual && commit_of other >expect &&
	expect_equal expect actual &&
	gitmem reflog -n 1 >actual && grep -q "commit (merge): Merge branch 'other'$" actual &&
	test ! -e .gitmem/merge/main &&
	git --git-dir=.gitmem for-each-ref refs/gitmem >actual && test ! -s actual
EOF

test_case '--abort gives it up, and leaves all as it was' <<'EOF'
	waiting aborted && before=$(commit_of main) &&
	gitmem -q resolve editor --take ours && silent gitmem merge --abort &&
	test "$(commit_of main)" = "$before" && test ! -e .gitmem/merge/main &&
	git --git-dir=.gitmem for-each-ref refs/gitmem >actual && test ! -s actual &&
	must_fail 128 gitmem merge --abort 2>err &&
	echo 'error: there is no merge to abort' >expect && expect_equal expect err &&
	must_fail 128 gitmem merge --continue 2>err &&
	echo "error: no merge waits on branch 'main'" >expect && expect_equal expect err &&
	must_fail 1 gitmem -q merge -s manual other 2>err && gitmem merge --abort
EOF

test_case 'a message and unrelated histories are remembered' <<'EOF'
	waiting message && gitmem merge --abort &&
	tree=$(git --git-dir=.gitmem mktree </dev/null) &&
	commit=$(git --git-dir=.gitmem -c user.name=x -c user.email=x@y commit-tree -m alone "$tree") &&
	git --git-dir=.gitmem update-ref refs/heads/alone "$commit" &&
	gitmem --json show editor >json && id=$(json_get json .id) &&
	gitmem --branch alone add -c --key editor --id "$id" 'something else' >out &&
	must_fail 1 gitmem -q merge -s manual --allow-unrelated-histories -m 'by hand' alone 2>err &&
	gitmem -q resolve editor --take ours && gitmem -q merge --continue &&
	gitmem --json log -n 1 >json && json_get json .message >actual &&
	printf 'by hand\n\n' >expect && expect_equal expect actual && content_is editor Vim
EOF

test_case 'gc keeps what is to be merged' <<'EOF'
	waiting kept && gitmem branch -D other 2>err &&
	gitmem -q gc --prune=now && gitmem -q resolve editor --take theirs &&
	gitmem merge --continue >out && content_is editor Emacs && content_is there there
EOF

test_case 'a branch takes its merge along to a new name, and -d does not delete it' <<'EOF'
	waiting renamed && gitmem branch -m main trunk && test ! -e .gitmem/merge/main &&
	gitmem --branch other branch -m other theirs &&
	gitmem -q resolve editor --take theirs &&
	gitmem switch -q -c elsewhere theirs &&
	must_fail 128 gitmem branch -d trunk 2>err && grep -q 'a merge waits' err &&
	silent gitmem fsck && gitmem branch -D trunk 2>err && silent gitmem fsck &&
	git --git-dir=.gitmem for-each-ref refs/gitmem >actual && test ! -s actual
EOF

test_case 'its commit moves a branch that is only beginning' <<'EOF'
	parted beginning &&
	must_fail 1 gitmem --branch new -q merge -s manual other 2>err &&
	gitmem --branch new -q resolve editor --take theirs &&
	gitmem --branch new merge --continue >out &&
	git --git-dir=.gitmem rev-parse new^1 >actual && commit_of main >expect &&
	expect_equal expect actual
EOF

test_case 'when it was merged meanwhile, there is nothing left to do' <<'EOF'
	waiting meanwhile &&
	gitmem --branch other merge -q main && git --git-dir=.gitmem rev-parse other >tip &&
	git --git-dir=.gitmem update-ref refs/heads/main "$(cat tip)" &&
	gitmem merge --continue >actual && echo 'Already up to date.' >expect &&
	expect_equal expect actual && test ! -e .gitmem/merge/main
EOF

test_case 'a damaged file is told, and can be given up or repaired' <<'EOF'
	waiting hurt && damaged . && echo '{"version":1' >.gitmem/merge/main &&
	must_fail 128 gitmem merge --continue 2>err && grep -q 'is damaged' err &&
	grep -q "^hint: 'gitmem merge --abort' gives it up" err &&
	must_fail 128 gitmem merge other 2>err && must_fail 128 gitmem resolve editor --take ours 2>err &&
	gitmem status >actual && grep -q '^A merge waits that cannot be made' actual &&
	must_fail 1 gitmem fsck >found 2>err && grep -q "^error: merge 'merge/main'" found &&
	gitmem fsck --repair >found 2>err && test ! -e .gitmem/merge/main &&
	ls .gitmem/merge.damaged-*/main && gitmem fsck >found && grep -q '^warning: ref' found &&
	gitmem merge --abort && silent gitmem fsck &&
	must_fail 1 gitmem -q merge -s manual other 2>err &&
	printf x >.gitmem/merge/main && gitmem merge --abort && silent gitmem fsck
EOF

test_case 'what is odd in the file is refused, whatever it is' <<'EOF'
	waiting odd && cp .gitmem/merge/main good &&
	for edit in 's/"version":1/"version":2/' 's/"theirs":"[0-9a-f]*/"theirs":"0000/' \
		's/refs.heads.main/refs\/heads\/other/' 's/"settled":\[\]/"settled":[[]]/' \
		's/"theirs":"[0-9a-f]*/"theirs":"1111111111111111111111111111111111111111/' \
		's/"message":"/"message":7,"x":"/'; do
		sed "$edit" good >.gitmem/merge/main && must_fail 128 gitmem merge --continue 2>err &&
			must_fail 1 gitmem fsck >found 2>err && must_fail 128 gitmem resolve editor --take ours \
			2>err || exit 1
	done &&
	cp good .gitmem/merge/main && gitmem -q resolve editor --take ours && gitmem -q merge --continue
EOF

test_git_case 'on a detached HEAD it waits there' <<'EOF'
	parted detached && commit_of main >.gitmem/HEAD && before=$(commit_of main) &&
	must_fail 1 gitmem -q merge -s manual other 2>err && test -e .gitmem/merge/%HEAD &&
	gitmem status >actual && grep -q "^A merge of 'other' waits" actual &&
	gitmem -q resolve editor --take theirs && silent gitmem fsck && gitmem -q merge --continue &&
	test "$(commit_of main)" = "$before" && content_is editor Emacs
EOF

done_testing
