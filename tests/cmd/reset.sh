#!/bin/sh
# gitmem reset: where the branch goes, what the stage holds then, and that nothing is lost.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

git_here() {
	git --git-dir=.gitmem "$@"
}

tip_of() {
	git_here rev-parse "$1"
}

# What is staged, a line each: status and path.
staged() {
	gitmem status --short
}

# Everything that is to be seen, the stage on the branch.
seen() {
	for name in a b c d; do
		echo "$name: $(gitmem show "$name" 2>&1 | grep -v '^updated')"
	done
}

test_case 'soft: what the branch no longer has is staged, and can be committed again' <<'EOT'
	new_repo notes &&
	gitmem add -c -m one --key a 'a one' >id &&
	gitmem add -c -m two --key b 'b one' >id &&
	gitmem edit -c -m three a --content 'a two' &&
	gitmem rm -c -m four b &&
	before=$(tip_of main) &&
	tree=$(tip_of 'main^{tree}') &&
	seen >expect &&
	silent gitmem reset --soft HEAD~3 &&
	test "$(tip_of main)" = "$(tip_of "$before~3")" &&
	seen >actual &&
	expect_equal expect actual &&
	staged >actual &&
	grep -q '^M .* keys/a.md' actual &&
	test "$(wc -l <actual)" -eq 1 &&
	gitmem commit -m 'all at once' >out &&
	test "$(tip_of 'main^{tree}')" = "$tree" &&
	test "$(tip_of main^)" = "$(tip_of "$before~3")"
EOT

test_case 'soft: what was staged stays so' <<'EOT'
	new_repo kept &&
	gitmem add -c --key a 'a one' >id &&
	gitmem add -c --key b 'b one' >id &&
	gitmem add --key c 'c staged' >id &&
	gitmem edit b --content 'b staged' &&
	seen >expect &&
	gitmem reset --soft HEAD~1 &&
	seen >actual &&
	expect_equal expect actual &&
	staged >actual &&
	grep -q '^A .* keys/b.md' actual &&
	grep -q '^A .* keys/c.md' actual &&
	gitmem reset --soft 'main@{1}' &&
	seen >actual &&
	expect_equal expect actual &&
	staged >actual &&
	grep -q '^M .* keys/b.md' actual &&
	gitmem commit -m both >out &&
	gitmem status --short >out && test ! -s out
EOT

test_case 'soft: there and back leaves the stage as it was' <<'EOT'
	new_repo back &&
	gitmem add -c --key a 'a one' >id &&
	gitmem add -c --key b 'b one' >id &&
	gitmem reset --soft HEAD~1 &&
	gitmem reset --soft 'main@{1}' &&
	staged >actual && test ! -s actual
EOT

test_case 'soft: what others made of a staged memory is staged with it' <<'EOT'
	new_repo soft_met &&
	gitmem add -c --key k 'one
two
three' >id &&
	gitmem add -c -t state --key s 'first' >id &&
	silent gitmem branch other &&
	silent gitmem edit --content 'one of ours
two
three' k &&
	silent gitmem edit --content 'staged first' s &&
	silent gitmem --branch other edit -c --content 'one
two
three of theirs' k &&
	later=2026-01-02T03:04:06Z &&
	silent env GITMEM_AUTHOR_DATE=$later GITMEM_COMMITTER_DATE=$later \
		gitmem --branch other edit -c --content 'committed later' s &&
	gitmem merge other >out &&
	gitmem reset --soft HEAD~2 2>err &&
	grep -q "cherry-pick -n gitmem/rescue/" err &&
	gitmem show k >seen &&
	grep -q 'one of ours' seen && grep -q 'three of theirs' seen &&
	gitmem commit -m both >out &&
	gitmem show HEAD:k >seen &&
	grep -q 'one of ours' seen && grep -q 'three of theirs' seen &&
	gitmem show HEAD:s >seen && grep -q 'committed later' seen &&
	git_here for-each-ref --format='%(refname)' refs/gitmem/rescue >refs &&
	git_here log -p -n1 "$(cat refs)" >seen && grep -q 'staged first' seen
EOT

test_case 'soft is what happens without an option' <<'EOT'
	new_repo default &&
	gitmem add -c --key a 'a one' >id &&
	gitmem add -c --key b 'b one' >id &&
	silent gitmem reset HEAD~1 &&
	staged >actual && grep -q '^A .* keys/b.md' actual &&
	before=$(tip_of main) &&
	gitmem reset >out 2>err &&
	test ! -s out &&
	echo "the stage stays; 'gitmem reset --hard' clears it" >expect &&
	expect_equal expect err &&
	test "$(tip_of main)" = "$before"
EOT

test_case 'hard: the stage goes, and is kept below refs/gitmem/rescue' <<'EOT'
	new_repo hard &&
	gitmem add -c -m one --key a 'a one' >id &&
	gitmem add -c -m two --key b 'b one' >id &&
	gitmem add --key c 'c staged' >id &&
	gitmem rm a &&
	before=$(tip_of main) &&
	gitmem reset --hard HEAD~1 >out 2>err &&
	echo "HEAD is now at $(git_here rev-parse --short main) one" >expect &&
	expect_equal expect out &&
	staged >actual && test ! -s actual &&
	must_fail 128 gitmem show c &&
	must_fail 128 gitmem show b &&
	gitmem show a >out &&
	git_here for-each-ref --format='%(refname)' refs/gitmem/rescue >ref &&
	test "$(wc -l <ref)" -eq 1 &&
	ref=$(cat ref) &&
	line="what was staged is kept: 'gitmem cherry-pick -n ${ref#refs/}' stages it again" &&
	grep -qxF "$line" err &&
	test "$(tip_of "$ref^")" = "$before" &&
	git_here diff-tree -r --name-status "$ref" >changed &&
	sed 1d changed >actual &&
	printf 'D\tkeys/a.md\nA\tkeys/c.md\n' >expect &&
	expect_equal expect actual &&
	gitmem show "$ref:c" >actual &&
	grep -q 'c staged' actual
EOT

test_case 'the reflog brings commits back, and gc keeps what was staged' <<'EOT'
	cd hard &&
	gitmem reset --hard 'main@{1}' >out &&
	gitmem show b >out &&
	gitmem -q gc --prune now &&
	ref=$(git_here for-each-ref --format='%(refname)' refs/gitmem/rescue) &&
	gitmem show "$ref:c" >actual &&
	grep -q 'c staged' actual &&
	git_here reflog --format=%gs main >actual &&
	{
		echo 'reset: moving to main@{1}' &&
		echo 'reset: moving to HEAD~1' &&
		echo 'commit: two' &&
		echo 'commit (initial): one'
	} >expect &&
	expect_equal expect actual &&
	git_here reflog --format=%gs HEAD >actual &&
	expect_equal expect actual
EOT

test_case 'hard in place leaves the log alone, so that @{1} stays what it was' <<'EOT'
	cd hard &&
	git_here reflog main >expect &&
	gitmem add --key d 'd staged' >id &&
	gitmem -q reset --hard >out 2>err &&
	test ! -s out && test ! -s err &&
	git_here reflog main >actual &&
	expect_equal expect actual &&
	test "$(git_here for-each-ref refs/gitmem/rescue | wc -l)" -eq 2
EOT

test_case 'it prints JSON' <<'EOT'
	cd hard &&
	before=$(tip_of main) &&
	gitmem add --key d 'd again' >id &&
	gitmem --json reset --hard HEAD~1 >actual 2>err &&
	test "$(json_get actual .branch)" = main &&
	test "$(json_get actual .commit)" = "$(tip_of main)" &&
	test "$(json_get actual .previous)" = "$before" &&
	ref=$(json_get actual .rescued) &&
	gitmem show "$ref:d" >out && grep -q 'd again' out &&
	gitmem --json reset --soft "$before" >actual &&
	test "$(json_get actual .rescued)" = null
EOT

test_case 'the index follows' <<'EOT'
	new_repo indexed &&
	gitmem add -c 'the zebra is striped' >id &&
	gitmem add -c 'the giraffe is tall' >id &&
	gitmem recall giraffe >out &&
	gitmem reset --hard HEAD~1 >out &&
	must_fail 1 gitmem recall giraffe &&
	gitmem --json status >actual &&
	json_get actual .index >index &&
	gitmem recall zebra >out &&
	gitmem reset --hard 'main@{1}' >out &&
	gitmem recall giraffe >out
EOT

test_case 'each branch has its own stage, and HEAD stays with --branch' <<'EOT'
	new_repo branches &&
	gitmem add -c --key a 'a one' >id &&
	gitmem add -c --key b 'b one' >id &&
	gitmem branch other &&
	gitmem add --key c 'staged on main' >id &&
	gitmem --branch other add --key d 'staged on other' >id &&
	gitmem --branch other reset --hard HEAD~1 >out 2>err &&
	echo "other is now at $(git_here rev-parse --short main~1) $(git_here log -1 --format=%s main~1)" \
		>expect &&
	expect_equal expect out &&
	test "$(tip_of other)" = "$(tip_of main~1)" &&
	staged >actual && grep -q keys/c.md actual &&
	gitmem --branch fresh reset --hard main~1 >out &&
	test "$(tip_of fresh)" = "$(tip_of main~1)" &&
	must_fail 128 gitmem --branch nope reset --hard 2>err &&
	grep -qx "error: branch 'nope' does not exist" err
EOT

test_case 'a branch without a commit' <<'EOT'
	new_repo unborn &&
	silent gitmem reset &&
	silent gitmem reset --hard &&
	must_fail 128 gitmem reset --hard HEAD 2>err &&
	gitmem add --key a 'staged' >id &&
	gitmem reset --hard >out 2>err &&
	test ! -s out &&
	staged >actual && test ! -s actual &&
	ref=$(git_here for-each-ref --format='%(refname)' refs/gitmem/rescue) &&
	test "$(git_here rev-list --count "$ref")" -eq 1 &&
	gitmem show "$ref:a" >out &&
	gitmem reset --hard "$ref" >out &&
	gitmem show a >out &&
	test "$(tip_of main)" = "$(tip_of "$ref")"
EOT

test_git_case 'a detached HEAD moves by itself' <<'EOT'
	cd branches &&
	main=$(tip_of main) &&
	git_here update-ref --no-deref HEAD "$main" &&
	gitmem add --key e 'staged on no branch' >id &&
	gitmem reset --hard HEAD~1 >out 2>err &&
	test "$(tip_of HEAD)" = "$(tip_of main~1)" &&
	test "$(tip_of main)" = "$main" &&
	ref=$(git_here for-each-ref --format='%(refname)' refs/gitmem/rescue | tail -n 1) &&
	gitmem --json reset --soft "$main" >actual &&
	test "$(json_get actual .branch)" = null &&
	gitmem -q switch main
EOT

test_case 'what was staged on several commits is kept as it was seen' <<'EOT'
	new_repo several &&
	gitmem add -c --key a 'a one' >id &&
	gitmem edit a --content 'a staged' &&
	gitmem add -c --key b 'b one' >id &&
	gitmem edit b --content 'b staged' &&
	before=$(tip_of main) &&
	gitmem -q reset --hard >out &&
	ref=$(git_here for-each-ref --format='%(refname)' refs/gitmem/rescue) &&
	test "$(tip_of "$ref^")" = "$before" &&
	gitmem show "$ref:a" >out && grep -q 'a staged' out &&
	gitmem show "$ref:b" >out && grep -q 'b staged' out
EOT

test_case 'hard ends a merge that waits, soft refuses' <<'EOT'
	new_repo waiting &&
	gitmem add -c --key a 'base' >id &&
	gitmem switch -q -c side &&
	gitmem edit -c a --content 'of side' &&
	gitmem switch -q main &&
	gitmem edit -c a --content 'of main' &&
	before=$(tip_of main) &&
	must_fail 1 gitmem merge --strategy manual side >out 2>err &&
	must_fail 128 gitmem reset --soft HEAD~1 2>err &&
	grep -qx 'error: a merge waits on main' err &&
	must_fail 128 gitmem reset HEAD~1 &&
	test "$(tip_of main)" = "$before" &&
	silent gitmem -q reset --soft HEAD &&
	test -n "$(git_here for-each-ref refs/gitmem/merge)" &&
	gitmem -q reset --hard HEAD~1 &&
	test -z "$(git_here for-each-ref refs/gitmem/merge)" &&
	must_fail 128 gitmem merge --continue 2>err &&
	silent gitmem reset --soft 'main@{1}'
EOT

test_case 'revisions that are none' <<'EOT'
	cd several &&
	before=$(tip_of main) &&
	must_fail 128 gitmem reset --hard nope 2>err &&
	grep -q "^error: unknown revision 'nope'" err &&
	grep -q '^hint: .*restore --staged' err &&
	must_fail 128 gitmem reset --hard HEAD:keys 2>err &&
	must_fail 128 gitmem reset HEAD~9 2>err &&
	must_fail 128 gitmem --json reset --soft 'HEAD^{tree}' 2>err &&
	json_get err .error.code >out &&
	must_fail 129 gitmem reset --soft --hard &&
	must_fail 129 gitmem reset HEAD main &&
	must_fail 129 gitmem reset --mixed &&
	test "$(tip_of main)" = "$before"
EOT

test_case 'soft refuses what no stage can hold' <<'EOT'
	new_repo link &&
	gitmem add -c --key a 'a one' >id &&
	blob=$(printf 'a' | git_here hash-object -w --stdin) &&
	{
		git_here ls-tree main &&
		printf '120000 blob %s\tlink\n' "$blob"
	} >listing &&
	tree=$(git_here mktree <listing) &&
	commit=$(git_here -c user.name=a -c user.email=a@b commit-tree -p main -m link "$tree") &&
	git_here update-ref refs/heads/main "$commit" &&
	gitmem add --key b 'b staged' >id &&
	staged >expect &&
	must_fail 128 gitmem reset --soft HEAD~1 2>err &&
	grep -qx "error: 'link' is no plain file and cannot be staged" err &&
	test "$(tip_of main)" = "$commit" &&
	staged >actual &&
	expect_equal expect actual &&
	gitmem -q reset --hard HEAD~1
EOT

test_case 'many memories are staged and taken back' <<'EOT'
	new_repo many &&
	gitmem add -c --key base 'base' >id &&
	"$PYTHON" -c '
for i in range(200):
    print("{\"content\": \"text %d\", \"key\": \"%s/%d\"}" % (i, "abc"[i % 3], i))
' >memories.jsonl &&
	gitmem import jsonl memories.jsonl >out &&
	tree=$(tip_of 'main^{tree}') &&
	gitmem reset --soft HEAD~1 &&
	staged >list && test "$(grep -c '^A .*keys/[abc]/' list)" -eq 200 &&
	gitmem edit a/0 --content 'staged' &&
	gitmem reset --soft 'main@{1}' &&
	staged >list && test "$(wc -l <list)" -eq 1 && grep -q '^M .*keys/a/0.md' list &&
	gitmem revert -n HEAD >out &&
	staged >list && test "$(grep -c '^D .*keys/[abc]/' list)" -eq 199 &&
	gitmem -q reset --hard 2>err &&
	test "$(tip_of 'main^{tree}')" = "$tree"
EOT

write_and_reset() {
	pids=
	for i in 1 2 3; do
		write_some "$i" &
		pids="$pids $!"
	done
	for _ in 1 2 3 4; do
		gitmem -q reset --soft HEAD~1 2>err || grep -q 'HEAD~1' err || return 1
	done
	for pid in $pids; do
		wait "$pid" || return 1
	done
}

test_case 'writers beside it lose nothing' <<'EOT'
	new_repo racing &&
	gitmem add -c --key base 'base' >id &&
	write_and_reset &&
	{ gitmem -q commit -m rest >out || test $? -eq 1; } &&
	gitmem list --key w >list &&
	test "$(wc -l <list)" -eq 9
EOT

if has_faults; then
	test_case 'a reset that fails loses nothing' <<'EOT'
		new_repo swept &&
		gitmem add -c --key a 'a one' >id &&
		gitmem add -c --key b 'b one' >id &&
		for mode in soft hard; do
			for kind in write fsync rename alloc; do
				n=0
				while n=$(next_fault $kind $n); do
					gitmem -q add --key c 'c staged' >id
					GITMEM_FAULT=$kind:$n GITMEM_FAULT_REPORT=report \
						gitmem -q reset --$mode HEAD~1 >out 2>err
					[ "$(cat report)" = hit ] || break
					gitmem fsck >faults || exit 1
					gitmem show c >out 2>&1 || git_here for-each-ref | grep -q rescue || exit 1
					gitmem show b >out 2>&1 || gitmem show main@{1}:b >out || exit 1
					gitmem -q reset --hard main >out 2>err || exit 1
					[ "$(git_here rev-list --count main)" -eq 2 ] ||
						gitmem -q reset --hard 'main@{1}' >out || exit 1
				done
				gitmem -q reset --hard 'main@{1}' >out || exit 1
			done
		done
EOT
fi

done_testing
