#!/bin/sh
# gitmem cherry-pick: what commits changed is done once more, as stock git does it and beyond.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

git_here() {
	git --git-dir=.gitmem "$@"
}

tree_of() {
	git_here rev-parse "$1^{tree}"
}

git_there() {
	git -C ../clone -c user.name=tester -c user.email=tester@localhost "$@"
}

# A branch `side` with three commits that `main` lacks.
new_sides() {
	new_repo "$1" &&
		gitmem add -c -m base --key base 'base' >id &&
		gitmem switch -q -c side &&
		GITMEM_AGENT=other GITMEM_AUTHOR_DATE=2026-01-01T12:00:00Z \
			gitmem add -c -m 'one' --key one 'one' >id &&
		gitmem add -c -m 'two

with a body' --key two 'two' >id &&
		gitmem edit -c -m 'three

Signed-off-by: Some Body <some@body>' one --content 'one more' &&
		gitmem switch -q main &&
		gitmem add -c -m 'on main' --key main 'main' >id
}

test_case 'a commit is picked, with its message and its author' <<'EOT'
	new_sides notes &&
	gitmem cherry-pick side~2 >out &&
	{
		echo "[main $(git_here rev-parse --short main)] one" &&
		echo ' 1 added, 0 changed, 0 removed'
	} >expect &&
	expect_equal expect out &&
	test "$(git_here rev-parse main:keys/one.md)" = "$(git_here rev-parse side~2:keys/one.md)" &&
	must_fail 128 gitmem show two &&
	git_here log -1 --format=%an%ae%at%B side~2 >expect &&
	git_here log -1 --format=%an%ae%at%B main >actual &&
	expect_equal expect actual &&
	git_here log -1 --format=%cn%ct main >actual &&
	echo tester1767323045 >expect &&
	expect_equal expect actual &&
	git_here reflog -1 --format=%gs main >actual &&
	echo 'cherry-pick: one' >expect &&
	expect_equal expect actual
EOT

test_case 'what the branch has already says so' <<'EOT'
	cd notes &&
	before=$(git_here rev-parse main) &&
	must_fail 1 gitmem cherry-pick side~2 >out 2>err &&
	test ! -s out &&
	echo "error: what $(git_here rev-parse --short side~2) changed is there already" >expect &&
	expect_equal expect err &&
	must_fail 1 gitmem --json cherry-pick side~2 main 2>err &&
	test "$(git_here rev-parse main)" = "$before"
EOT

test_case 'a range is picked, oldest first, and what is there is passed over' <<'EOT'
	cd notes &&
	gitmem cherry-pick main..side >out 2>err &&
	grep -q '^what .* changed is there already' err &&
	git_here log -3 --format=%s >actual &&
	printf 'three\ntwo\none\n' >expect &&
	expect_equal expect actual &&
	for key in one two; do
		test "$(git_here rev-parse main:keys/$key.md)" = \
			"$(git_here rev-parse side:keys/$key.md)" || exit 1
	done &&
	gitmem show keys/main.md >out
EOT

test_case 'stock git makes the same of it' <<'EOT'
	new_sides oracle &&
	git_here bundle create -q ../bundle main side &&
	git clone -q -b main ../bundle ../clone &&
	git_there cherry-pick -x main..origin/side >out 2>&1 &&
	gitmem -q cherry-pick -x main..side &&
	test "$(git -C ../clone rev-parse 'HEAD^{tree}')" = "$(tree_of main)" &&
	git_there log -4 --format='%an %ae %at%n%B' >expect &&
	git_here log -4 --format='%an %ae %at%n%B' main >actual &&
	expect_equal expect actual &&
	gitmem reset -q --hard main~3 &&
	git_there reset -q --hard "$(git_here rev-parse main)" &&
	git_there cherry-pick -x origin/side~1 origin/side~2 >out 2>&1 &&
	gitmem -q cherry-pick -x side~1 side~2 &&
	test "$(git -C ../clone rev-parse 'HEAD^{tree}')" = "$(tree_of main)" &&
	git_there log -3 --format='%an %ae %at%n%B' >expect &&
	git_here log -3 --format='%an %ae %at%n%B' main >actual &&
	expect_equal expect actual
EOT

test_case 'it prints JSON, an object for each commit' <<'EOT'
	new_sides json &&
	gitmem --json cherry-pick side~2 side >actual &&
	json_get actual .source >sources &&
	git_here rev-parse side~2 side >expect &&
	expect_equal expect sources &&
	json_get actual .commit >commits &&
	git_here rev-parse main~1 main >expect &&
	expect_equal expect commits &&
	test "$(json_get actual .conflicts | sort -u)" = 0 &&
	head -n 1 actual >first &&
	test "$(json_get first .decisions.0.path)" = keys/one.md
EOT

test_case 'two keys that were taken on both sides become one memory' <<'EOT'
	new_sides keys &&
	gitmem add -c --key one 'one of main' >id &&
	gitmem cherry-pick side~2 >out 2>err &&
	gitmem list --key one >list &&
	gitmem list --conflicts >conflicts &&
	{
		gitmem show one &&
		gitmem list
	} >all &&
	grep -q 'one of main' all &&
	grep -q 'one$' all
EOT

test_case 'strategies settle what both changed' <<'EOT'
	new_sides strategies &&
	gitmem cherry-pick -q side~2 &&
	gitmem edit -c one --content 'one of main' &&
	start=$(git_here rev-parse main) &&
	gitmem cherry-pick --strategy theirs side >out &&
	gitmem show one >out && grep -q 'one more' out &&
	gitmem reset -q --hard "$start" &&
	gitmem cherry-pick side >out 2>err &&
	gitmem list >list &&
	grep -q 'one more' list && grep -q 'one of main' list &&
	grep -q 'list --conflicts' err
EOT

test_case '-n stages it, on what is staged' <<'EOT'
	new_sides staged &&
	before=$(git_here rev-parse main) &&
	gitmem add --key mine 'staged' >id &&
	silent gitmem cherry-pick -n main..side &&
	test "$(git_here rev-parse main)" = "$before" &&
	gitmem status --short >actual &&
	for key in mine one two; do
		grep -q "^A .*keys/$key.md" actual || exit 1
	done &&
	must_fail 1 gitmem --json cherry-pick -n side~1 2>err
EOT

test_case 'what reset put aside comes back' <<'EOT'
	cd staged &&
	gitmem status --short >expect &&
	gitmem reset --hard >out 2>err &&
	gitmem status --short >actual && test ! -s actual &&
	command=$(sed -n "s/^what was staged is kept: '\(.*\)' stages it again/\1/p" err) &&
	test -n "$command" &&
	$command &&
	gitmem status --short >actual &&
	expect_equal expect actual
EOT

test_case 'a root commit is picked, also onto a branch without a commit' <<'EOT'
	new_sides root &&
	gitmem reset -q --hard main~1 &&
	gitmem rm -c base &&
	gitmem cherry-pick side~3 >out &&
	gitmem show base >out &&
	git_here symbolic-ref HEAD refs/heads/unborn &&
	gitmem cherry-pick side~3 >out &&
	test "$(git_here rev-list --count unborn)" -eq 1 &&
	test "$(tree_of unborn)" = "$(tree_of side~3)"
EOT

test_case 'a merge is picked against the parent that is named' <<'EOT'
	new_sides merged &&
	gitmem branch start &&
	gitmem merge -q side &&
	gitmem switch -q start &&
	must_fail 128 gitmem cherry-pick main 2>err &&
	must_fail 128 gitmem cherry-pick side main 2>err &&
	test "$(git_here rev-parse start)" = "$(git_here rev-parse main^1)" &&
	gitmem cherry-pick -m 1 main >out &&
	test "$(tree_of start)" = "$(tree_of main)" &&
	git_here log -1 --format=%P >actual &&
	git_here rev-parse main^1 >expect &&
	expect_equal expect actual
EOT

test_case 'a message that is no UTF-8, and one without a body' <<'EOT'
	new_repo message &&
	gitmem add -c --key a 'a' >id &&
	tree=$(tree_of main) &&
	empty=$(git_here mktree </dev/null) &&
	commit=$(printf 'subject \351\n' | git_here -c user.name=a -c user.email=a@b \
		-c i18n.commitEncoding=ISO-8859-1 commit-tree -p main "$empty") &&
	gitmem cherry-pick -x "$commit" >out &&
	git_here cat-file commit main | iconv -f UTF-8 -t UTF-8 >text &&
	grep -q "^(cherry picked from commit $commit)" text
EOT

test_case 'revisions that are none change nothing' <<'EOT'
	cd message &&
	before=$(git_here rev-parse main) &&
	must_fail 128 gitmem cherry-pick nope &&
	must_fail 128 gitmem cherry-pick HEAD~1 nope &&
	must_fail 128 gitmem cherry-pick 'HEAD^{tree}' &&
	must_fail 1 gitmem cherry-pick HEAD..HEAD~1 &&
	must_fail 129 gitmem cherry-pick &&
	must_fail 129 gitmem cherry-pick -m 0 HEAD &&
	test "$(git_here rev-parse main)" = "$before"
EOT

test_case 'memories are found where they are by now' <<'EOT'
	new_repo moved &&
	gitmem add -c --key old/name --tag first 'line one
line two
line three' >id &&
	gitmem branch side &&
	gitmem edit -c old/name --key new/name --tag +second &&
	gitmem --branch side edit -c old/name --content 'line ONE
line two
line three' &&
	gitmem --branch side rm -c old/name &&
	gitmem cherry-pick side~1 >out &&
	must_fail 128 gitmem show old/name &&
	gitmem --json show new/name >json &&
	json_get json .content | head -n 1 >actual &&
	echo 'line ONE' >expect &&
	expect_equal expect actual &&
	test "$(json_get json .tags)" = '["first", "second"]' &&
	gitmem revert HEAD >out &&
	test "$(tree_of main)" = "$(tree_of main~2)" &&
	must_fail 1 gitmem cherry-pick side 2>err &&
	gitmem show new/name >out
EOT

# Pick the same commit onto a branch of our own and onto main, with others beside.
pick_beside() {
	pids=
	for i in 1 2 3 4; do
		gitmem -q cherry-pick side~1 >/dev/null 2>"err$i" &
		pids="$pids $!"
		gitmem -q --branch "agents/$i" cherry-pick side~2 side~1 side >/dev/null &
		pids="$pids $!"
		gitmem -q add -c --key "w/$i" "by $i" >/dev/null &
		pids="$pids $!"
	done
	n=0
	for pid in $pids; do
		wait "$pid" || n=$((n + 1))
	done
	# One of the four that pick the same picks it.
	test "$n" -eq 3
}

test_case 'many at once: each commit is picked once, and nothing is lost' <<'EOT'
	new_sides racing &&
	pick_beside &&
	gitmem list --key w >list &&
	test "$(wc -l <list)" -eq 4 &&
	gitmem show two >out &&
	for i in 1 2 3 4; do
		gitmem --branch "agents/$i" show one >out || exit 1
		grep -q 'one more' out || exit 1
	done
EOT

if has_faults; then
	test_case 'a pick that fails leaves everything as it was' <<'EOT'
		new_sides swept &&
		gitmem add --key mine 'staged' >id &&
		start=$(git_here rev-parse main) &&
		for how in '' -n; do
			for kind in write fsync rename alloc; do
				n=0
				while n=$(next_fault $kind $n); do
					GITMEM_FAULT=$kind:$n GITMEM_FAULT_REPORT=report \
						gitmem -q cherry-pick $how side~2 side >out 2>err
					code=$?
					[ "$(cat report)" = hit ] || break
					gitmem fsck >faults || exit 1
					gitmem show mine >out || exit 1
					[ $code -ne 0 ] || gitmem show one >out || exit 1
					gitmem -q reset --hard "$start" 2>err || exit 1
					gitmem -q add --key mine 'staged' >id || exit 1
				done
				gitmem -q reset --hard "$start" 2>err || exit 1
				gitmem -q add --key mine 'staged' >id || exit 1
			done
		done
EOT
fi

done_testing
