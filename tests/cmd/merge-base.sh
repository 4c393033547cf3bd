#!/bin/sh
# gitmem merge-base: where two histories parted, as git tells it.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

# Commits of which some merge others crosswise:
#
#   a - b - d - f (main)      d merges c, e merges b, f merges d and e
#    \   \ /                  late is a child of b that is older than it
#     \  / \                  lone has nothing to do with the others
#      c - e - g (other)
history() {
	"${PYTHON:-python3}" - <<-'SCRIPT'
		def commit(name, mark, date, *parents):
		    print(f"commit refs/heads/{name}\nmark :{mark}")
		    print(f"committer x <x@example.com> {date} +0000\ndata 1\n{mark}")
		    for i, parent in enumerate(parents):
		        print("merge" if i else "from", f":{parent}")
		    print(f"M 100644 inline file{mark}\ndata 1\nx")

		commit("a", 1, 1000)
		commit("b", 2, 1010, 1)
		commit("c", 3, 1020, 1)
		commit("d", 4, 1030, 2, 3)
		commit("e", 5, 1040, 3, 2)
		commit("main", 6, 1050, 4, 5)
		commit("other", 7, 1060, 5)
		commit("late", 8, 900, 2)
		commit("lone", 9, 1070)
	SCRIPT
}

# same_as_git ARGUMENT...: the answer, in any order, and the exit code are those of git.
same_as_git() {
	real_git --git-dir=../peer merge-base "$@" >expect
	wanted=$?
	gitmem merge-base "$@" >actual
	test $? -eq "$wanted" && sort expect >expect.sorted && sort actual >actual.sorted &&
		expect_equal expect.sorted actual.sorted
}

test_case 'the answers are those of git' <<'EOF'
	history >stream &&
	real_git init -q --bare peer &&
	real_git --git-dir=peer fast-import --quiet <stream &&
	new_repo crossed &&
	git --git-dir=.gitmem fast-import --quiet <../stream &&
	for one in a b c d e main other late lone; do
		for two in a b c d e main other late lone; do
			same_as_git --all "$one" "$two" &&
				same_as_git --is-ancestor "$one" "$two" || exit 1
		done
	done
EOF

test_case 'without --all it is one of them' <<'EOF'
	cd crossed &&
	gitmem merge-base --all d e >all &&
	test "$(wc -l <all)" -eq 2 &&
	gitmem merge-base d e >actual &&
	test "$(wc -l <actual)" -eq 1 &&
	grep -qxFf actual all &&
	gitmem merge-base e other >actual &&
	real_git --git-dir=../peer rev-parse e >expect &&
	expect_equal expect actual
EOF

test_case '--json' <<'EOF'
	cd crossed &&
	gitmem --json merge-base --all d e >actual &&
	test "$(wc -l <actual)" -eq 2 &&
	head -n 1 actual >first &&
	test "$(json_get first .commit)" = "$(gitmem merge-base d e)" &&
	must_fail 1 gitmem --json merge-base main lone >actual 2>err &&
	test ! -s actual &&
	test ! -s err
EOF

test_case 'what is no revision is refused' <<'EOF'
	cd crossed &&
	must_fail 128 gitmem merge-base main nonsense 2>err &&
	grep -q nonsense err &&
	must_fail 129 gitmem merge-base main 2>err &&
	must_fail 129 gitmem merge-base a b c 2>err &&
	must_fail 129 gitmem merge-base --all --is-ancestor a b 2>err
EOF

test_case '-h' <<'EOF'
	gitmem merge-base -h >actual &&
	head -n 1 actual >first &&
	echo 'usage: gitmem merge-base [--all] <revision> <revision>' >expect &&
	expect_equal expect first
EOF

done_testing
