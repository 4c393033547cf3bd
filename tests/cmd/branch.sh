#!/bin/sh
# gitmem branch: what it lists, makes, renames and deletes, as stock git sees it.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

git_here() {
	git --git-dir=.gitmem "$@"
}

test_case 'without a commit there is no branch' <<'EOF'
	new_repo empty &&
	silent gitmem branch &&
	silent gitmem --json branch
EOF

test_case 'a branch is made at HEAD or at a revision' <<'EOF'
	new_repo notes &&
	gitmem add -c -m one 'one' >id &&
	gitmem add -c -m two 'two' >id &&
	silent gitmem branch here &&
	silent gitmem branch there HEAD~1 &&
	test "$(git_here rev-parse here)" = "$(git_here rev-parse main)" &&
	test "$(git_here rev-parse there)" = "$(git_here rev-parse main~1)" &&
	test "$(head_of .gitmem)" = refs/heads/main &&
	git_here reflog -1 --format=%gs there >actual &&
	echo 'branch: Created from HEAD~1' >expect &&
	expect_equal expect actual
EOF

test_case 'the list is in order, with a star at HEAD' <<'EOF'
	cd notes &&
	gitmem branch group/a &&
	gitmem branch >actual &&
	printf '  group/a\n  here\n* main\n  there\n' >expect &&
	expect_equal expect actual &&
	git_here branch >actual &&
	expect_equal expect actual
EOF

test_case '-v adds the newest commit' <<'EOF'
	cd notes &&
	gitmem branch -v >actual &&
	{
		printf '  group/a %s two\n' "$(git_here rev-parse --short group/a)" &&
		printf '  here %s two\n' "$(git_here rev-parse --short here)" &&
		printf '* main %s two\n' "$(git_here rev-parse --short main)" &&
		printf '  there %s one\n' "$(git_here rev-parse --short there)"
	} >expect &&
	expect_equal expect actual
EOF

test_case 'it prints JSON' <<'EOF'
	cd notes &&
	gitmem config branch.here.remote origin &&
	gitmem config branch.here.merge refs/heads/main &&
	gitmem --json branch >actual &&
	json_get actual .name >names &&
	printf 'group/a\nhere\nmain\nthere\n' >expect &&
	expect_equal expect names &&
	json_get actual .current >current &&
	printf 'false\nfalse\ntrue\nfalse\n' >expect &&
	expect_equal expect current &&
	json_get actual .upstream >upstream &&
	printf 'null\norigin/main\nnull\nnull\n' >expect &&
	expect_equal expect upstream &&
	test "$(json_get actual .commit | tail -n 1)" = "$(git_here rev-parse there)"
EOF

test_case '-a lists remote branches too' <<'EOF'
	cd notes &&
	git_here update-ref refs/remotes/origin/main main &&
	gitmem branch -a >actual &&
	tail -n 1 actual >last &&
	echo '  remotes/origin/main' >expect &&
	expect_equal expect last &&
	must_fail 1 grep remotes <<EOT
$(gitmem branch)
EOT
EOF

test_case 'packed refs are listed and deleted' <<'EOF'
	cd notes &&
	gitmem branch >expect &&
	git_here pack-refs --all &&
	gitmem branch >actual &&
	expect_equal expect actual &&
	gitmem -q branch -d here &&
	must_fail 1 git_here rev-parse -q --verify refs/heads/here &&
	must_fail 1 gitmem config branch.here.remote
EOF

test_case '-d refuses what only that branch has' <<'EOF'
	cd notes &&
	gitmem switch -q -c side &&
	gitmem add -c 'only here' >id &&
	gitmem switch -q main &&
	must_fail 128 gitmem branch -d side 2>err &&
	printf "error: branch 'side' is not fully merged\n" >expect &&
	printf "hint: 'gitmem branch -D side' deletes it all the same\n" >>expect &&
	expect_equal expect err &&
	short=$(git_here rev-parse --short side) &&
	gitmem branch -D side >out 2>err &&
	test ! -s out &&
	echo "Deleted branch side (was $short)." >expect &&
	expect_equal expect err &&
	test ! -e .gitmem/logs/refs/heads/side
EOF

test_case '-d asks the branch that is followed, as git' <<'EOF'
	cd notes &&
	gitmem branch ahead &&
	gitmem --branch ahead add -c 'only there' >id &&
	gitmem branch follows ahead &&
	gitmem branch -u ahead follows &&
	gitmem branch -d follows 2>err &&
	grep -qx "warning: branch 'follows' is merged to 'ahead', but not to HEAD" err &&
	gitmem branch on-main main &&
	gitmem branch -u there on-main &&
	must_fail 128 gitmem branch -d on-main 2>err &&
	grep -qx "error: branch 'on-main' is not fully merged to there" err &&
	gitmem branch --unset-upstream on-main &&
	gitmem -q branch -d on-main &&
	gitmem -q branch -D ahead
EOF

test_case '-d refuses a branch with staged changes' <<'EOF'
	cd notes &&
	gitmem branch staged &&
	gitmem --branch staged add 'waits' >id &&
	must_fail 128 gitmem branch -d staged 2>err &&
	grep -qx "error: branch 'staged' has staged changes" err &&
	gitmem -q branch -D staged &&
	gitmem branch staged &&
	gitmem --json --branch staged status >actual &&
	test "$(json_get actual .staged)" = '[]'
EOF

test_case 'the branch of HEAD is never deleted' <<'EOF'
	cd notes &&
	must_fail 128 gitmem branch -D main 2>err &&
	grep -qx "error: HEAD is on branch 'main'" err &&
	must_fail 128 gitmem branch -d nope 2>err &&
	grep -qx "error: branch 'nope' does not exist" err
EOF

test_case '-m takes log, stage and settings along' <<'EOF'
	cd notes &&
	gitmem branch old &&
	gitmem --branch old add --key waits 'waits' >id &&
	gitmem config branch.old.remote origin &&
	gitmem config branch.old.er.remote other &&
	silent gitmem branch -m old new &&
	must_fail 1 git_here rev-parse -q --verify refs/heads/old &&
	test "$(git_here rev-parse new)" = "$(git_here rev-parse main)" &&
	git_here reflog --format=%gs new >actual &&
	printf 'branch: renamed refs/heads/old to refs/heads/new\n' >expect &&
	printf 'branch: Created from HEAD\n' >>expect &&
	expect_equal expect actual &&
	test "$(gitmem config branch.new.remote)" = origin &&
	must_fail 1 gitmem config branch.old.remote &&
	test "$(gitmem config branch.old.er.remote)" = other &&
	gitmem --branch new commit -m 'from the stage' >out &&
	gitmem --branch new show waits >out
EOF

test_case '-m with one name renames the branch of HEAD' <<'EOF'
	cd notes &&
	gitmem branch -m trunk &&
	test "$(head_of .gitmem)" = refs/heads/trunk &&
	gitmem branch -m trunk main &&
	gitmem branch -m main main &&
	test "$(git_here symbolic-ref HEAD)" = refs/heads/main
EOF

test_case '-m in a repository without a commit' <<'EOF'
	new_repo unborn &&
	gitmem add --key staged 'x' >id &&
	gitmem branch -m trunk &&
	test "$(head_of .gitmem)" = refs/heads/trunk &&
	gitmem commit -m first >out &&
	gitmem branch >actual &&
	echo '* trunk' >expect &&
	expect_equal expect actual
EOF

test_case '-m overwrites nothing' <<'EOF'
	cd notes &&
	git_here for-each-ref >expect &&
	must_fail 128 gitmem branch -m new there 2>err &&
	grep -qx "error: a branch named 'there' exists already" err &&
	must_fail 128 gitmem branch -m nope other 2>err &&
	grep -qx "error: branch 'nope' does not exist" err &&
	must_fail 128 gitmem branch -m new new/child &&
	must_fail 128 gitmem branch -m new group &&
	gitmem --branch waiting add 'staged on no commit' >id &&
	must_fail 128 gitmem branch -m new waiting 2>err &&
	grep -qx "error: branch 'waiting' has staged changes" err &&
	git_here for-each-ref >actual &&
	expect_equal expect actual &&
	git_here reflog exists refs/heads/new
EOF

test_case '-M takes the place of another branch, never that of HEAD' <<'EOF'
	cd notes &&
	gitmem branch from &&
	gitmem branch onto there &&
	gitmem --branch onto add 'staged on it' >id &&
	gitmem config branch.onto.remote origin &&
	must_fail 128 gitmem branch -m from onto &&
	must_fail 128 gitmem branch -M from main 2>err &&
	grep -qx "error: HEAD is on branch 'main'" err &&
	silent gitmem branch -M from onto &&
	test "$(git_here rev-parse onto)" = "$(git_here rev-parse main)" &&
	must_fail 1 git_here rev-parse -q --verify refs/heads/from &&
	must_fail 1 gitmem config branch.onto.remote &&
	gitmem --branch onto --json status >actual &&
	test "$(json_get actual .staged)" = '[]' &&
	git_here reflog --format=%gs onto | head -n 1 >actual &&
	echo 'branch: renamed refs/heads/from to refs/heads/onto' >expect &&
	expect_equal expect actual &&
	gitmem branch from &&
	silent gitmem branch -f -m from onto &&
	gitmem -q branch -D onto
EOF

test_case '-f moves a branch, never that of HEAD' <<'EOF'
	cd notes &&
	gitmem branch moving &&
	gitmem --branch moving add --key held 'staged on it' >id &&
	must_fail 128 gitmem branch moving there &&
	silent gitmem branch -f moving there &&
	test "$(git_here rev-parse moving)" = "$(git_here rev-parse there)" &&
	test "$(git_here rev-parse 'moving@{1}')" = "$(git_here rev-parse main)" &&
	git_here reflog -1 --format=%gs moving >actual &&
	echo 'branch: Reset to there' >expect &&
	expect_equal expect actual &&
	gitmem --branch moving show held >out &&
	must_fail 128 gitmem branch -f main there 2>err &&
	grep -qx "error: HEAD is on branch 'main'" err &&
	silent gitmem branch -f anew there &&
	gitmem -q branch -d -f moving anew &&
	must_fail 1 git_here rev-parse -q --verify refs/heads/moving &&
	must_fail 129 gitmem branch -f
EOF

# distances BRANCH UPSTREAM: ahead and behind, as git counts them.
distances() {
	git_here rev-list --left-right --count "$1...$2" | tr '\t' ' '
}

test_case 'a branch follows another one' <<'EOF'
	new_repo follows &&
	gitmem add -c 'one' >id &&
	gitmem branch agents/a &&
	gitmem branch -u main agents/a 2>err &&
	echo "branch 'agents/a' set up to track 'main'." >expect &&
	expect_equal expect err &&
	test "$(gitmem config branch.agents/a.remote)" = . &&
	test "$(gitmem config branch.agents/a.merge)" = refs/heads/main &&
	for n in 1 2 3; do
		gitmem --branch agents/a add -c "mine $n" >id || exit 1
	done &&
	gitmem add -c 'two' >id && gitmem add -c 'three' >id &&
	gitmem branch -v >actual &&
	grep -q '^  agents/a [0-9a-f]* \[ahead 3, behind 2\] add 1 semantic memory$' actual &&
	gitmem branch -vv >actual &&
	grep -q '^  agents/a [0-9a-f]* \[main: ahead 3, behind 2\] add 1 semantic memory$' actual &&
	gitmem --json branch >actual &&
	grep agents/a actual >line &&
	test "$(json_get line .upstream)" = main &&
	test "$(json_get line .ahead) $(json_get line .behind)" = "$(distances agents/a main)" &&
	grep '"main","commit"' actual >line &&
	test "$(json_get line .upstream) $(json_get line .ahead)" = 'null null' &&
	gitmem --branch agents/a status >actual &&
	grep -qx "Upstream 'main': 3 ahead, 2 behind" actual &&
	gitmem --branch agents/a --json status >actual &&
	test "$(json_get actual .ahead) $(json_get actual .behind)" = '3 2' &&
	test "$(gitmem log --oneline agents/a@{upstream} | wc -l)" -eq 3 &&
	gitmem merge -q agents/a &&
	gitmem branch -vv >actual &&
	grep -q '\[main: behind 3\]' actual
EOF

test_case 'and follows it no more' <<'EOF'
	cd follows &&
	gitmem branch --unset-upstream agents/a &&
	must_fail 1 gitmem config branch.agents/a.merge &&
	must_fail 1 gitmem config branch.agents/a.remote &&
	must_fail 128 gitmem branch --unset-upstream agents/a 2>err &&
	grep -qx "error: branch 'agents/a' follows none" err &&
	gitmem branch -vv >actual &&
	must_fail 1 grep -q '\[main' actual
EOF

test_case 'a branch of a remote is followed as git does it' <<'EOF'
	cd follows &&
	gitmem config remote.up/stream.url nowhere &&
	git_here update-ref refs/remotes/up/stream/topic/x main~1 &&
	git_here update-ref refs/remotes/origin/topic main~2 &&
	gitmem branch -u up/stream/topic/x &&
	test "$(gitmem config branch.main.remote)" = up/stream &&
	test "$(gitmem config branch.main.merge)" = refs/heads/topic/x &&
	gitmem status >actual &&
	grep -qx "Upstream 'up/stream/topic/x': $(distances main main~1 |
		sed 's/ / ahead, /') behind" actual &&
	gitmem branch new origin/topic 2>err &&
	grep -qx "branch 'new' set up to track 'origin/topic'." err &&
	test "$(gitmem config branch.new.remote)" = origin &&
	silent gitmem branch --no-track other origin/topic &&
	must_fail 1 gitmem config branch.other.remote &&
	gitmem branch --track third main 2>err &&
	test "$(gitmem config branch.third.merge)" = refs/heads/main &&
	gitmem branch --track fourth 2>err &&
	test "$(gitmem config branch.fourth.merge)" = refs/heads/main &&
	must_fail 128 gitmem branch --track fifth main~1 2>err &&
	grep -q "^error: 'main~1' is no branch" err &&
	git_here update-ref -d refs/remotes/origin/topic &&
	gitmem branch -vv >actual &&
	grep -q '^  new [0-9a-f]* \[origin/topic: gone\] ' actual &&
	gitmem --json branch >actual &&
	grep '"new"' actual >line &&
	test "$(json_get line .ahead)" = null &&
	gitmem -q branch -u new new 2>err &&
	grep -q "^warning: branch 'new' is not made to follow itself" err &&
	must_fail 128 gitmem branch -u nowhere new &&
	must_fail 128 gitmem branch -u main nowhere &&
	must_fail 129 gitmem branch -u main -d new &&
	must_fail 129 gitmem branch --track &&
	must_fail 129 gitmem branch --track --no-track x main
EOF

test_git_case 'git agrees on what is followed, and how far off it is' <<'EOF'
	cd follows &&
	gitmem config remote.origin.fetch '+refs/heads/*:refs/remotes/origin/*' &&
	gitmem config remote.up/stream.fetch '+refs/heads/*:refs/remotes/up/stream/*' &&
	gitmem --json branch >actual &&
	"$PYTHON" -c '
import json, sys

for line in sys.stdin:
    b = json.loads(line)
    parts = [w + " %d" % b[w] for w in ("ahead", "behind") if b[w]]
    gone = b["upstream"] and b["ahead"] is None
    track = "[gone]" if gone else "[%s]" % ", ".join(parts) if parts else ""
    print(b["name"], b["upstream"] or "", track)
' <actual >ours &&
	real_git --git-dir=.gitmem for-each-ref refs/heads \
		--format='%(refname:short) %(upstream:short) %(upstream:track)' >theirs &&
	expect_equal theirs ours
EOF

test_case 'names that are none' <<'EOF'
	cd notes &&
	for name in 'a b' a..b HEAD 'x.lock' '.x' 'x/' '@{1}' 'a~1' 'a^' 'a:b' 'a?' 'a[' 'a\b' \
		"$(printf 'a\nb')"; do
		must_fail 128 gitmem branch "$name" 2>err || exit 1
		grep -q 'is not a valid branch name$' err || exit 1
	done &&
	must_fail 128 gitmem branch -- -x
EOF

test_case 'a branch that is there, or in the way, is refused' <<'EOF'
	cd notes &&
	must_fail 128 gitmem branch there 2>err &&
	grep -qx "error: a branch named 'there' exists already" err &&
	must_fail 128 gitmem branch there/child &&
	must_fail 128 gitmem branch group &&
	must_fail 128 gitmem branch x nope 2>err &&
	grep -q "^error: .*'nope'" err &&
	must_fail 128 gitmem -C ../empty branch x 2>err &&
	grep -q '^error: .*HEAD' err
EOF

test_case 'with --branch, HEAD means that branch' <<'EOF'
	cd notes &&
	gitmem --branch there branch from-there &&
	test "$(git_here rev-parse from-there)" = "$(git_here rev-parse there)"
EOF

test_case 'wrong usage' <<'EOF'
	cd notes &&
	must_fail 129 gitmem branch -d &&
	must_fail 129 gitmem branch -m &&
	must_fail 129 gitmem branch -m a b c &&
	must_fail 129 gitmem branch a b c &&
	must_fail 129 gitmem branch -a x &&
	must_fail 129 gitmem branch -d -m x y
EOF

test_case 'a detached HEAD is on no branch' <<'EOF'
	cd notes &&
	git_here update-ref --no-deref HEAD refs/heads/there &&
	gitmem branch >actual &&
	head -n 1 actual >first &&
	echo '* (HEAD detached)' >expect &&
	expect_equal expect first &&
	must_fail 128 gitmem branch -m x 2>err &&
	grep -qx 'error: HEAD is on no branch' err &&
	gitmem switch -q main
EOF

if has_faults; then
	test_case 'a rename that fails loses nothing' <<'EOF'
		new_repo swept &&
		gitmem add -c 'one' >id &&
		commit=$(git_here rev-parse main) &&
		for kind in write fsync rename alloc; do
			n=0
			while n=$(next_fault $kind $n); do
				GITMEM_FAULT=$kind:$n GITMEM_FAULT_REPORT=report \
					gitmem branch -m main trunk 2>err
				[ "$(cat report)" = hit ] || break
				gitmem fsck >faults || exit 1
				git_here show-ref --head >refs || exit 1
				grep -q ' HEAD$' refs || exit 1
				grep -v "^$commit " refs && exit 1
				gitmem branch >list || exit 1
				grep -qx '\* main' list || gitmem -q switch main 2>err ||
					gitmem branch -m main || exit 1
				grep -q trunk list && gitmem branch >list && grep -q trunk list &&
					{ gitmem -q branch -D trunk || exit 1; }
				:
			done
			gitmem branch -m trunk main || exit 1
		done
EOF
fi

done_testing
