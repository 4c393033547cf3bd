#!/bin/sh
# gitmem log --graph: the drawing, beside that of git.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

GIT_AUTHOR_NAME=tester
GIT_AUTHOR_EMAIL=tester@localhost
GIT_COMMITTER_NAME=tester
GIT_COMMITTER_EMAIL=tester@localhost
export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL

git_here() {
	git --git-dir=.gitmem "$@"
}

# make NAME PARENT...: one commit, a minute after the one before, that its tag names. Its tree
# holds the file $file with the name in it, and what the first parent has.
minute=10
file=
make() {
	name=$1
	shift
	for parent in "$@"; do
		set -- "$@" -p "$parent"
		shift
	done
	minute=$((minute + 1))
	tree=$(
		export GIT_INDEX_FILE="$PWD/index.tmp" &&
			rm -f "$GIT_INDEX_FILE" &&
			if [ $# -gt 0 ]; then git_here read-tree "$2"; fi &&
			if [ -n "$file" ]; then
				blob=$(echo "$name" | git_here hash-object -w --stdin) &&
					git_here update-index --add --cacheinfo "100644,$blob,$file"
			fi &&
			git_here write-tree
	) &&
		commit=$(GIT_AUTHOR_DATE="2026-01-02T03:$minute:00Z" \
			GIT_COMMITTER_DATE="2026-01-02T03:$minute:00Z" \
			git_here commit-tree "$tree" -m "$name" "$@") &&
		git_here update-ref "refs/tags/$name" "$commit" &&
		git_here update-ref refs/heads/main "$commit"
}

# same_as_git ARGUMENT...: apart from blanks at line ends.
same_as_git() {
	gitmem log --graph "$@" >ours &&
		git_here log --graph "$@" >theirs &&
		sed 's/ *$//' ours >actual &&
		sed 's/ *$//' theirs >expect &&
		expect_equal expect actual
}

test_case 'a single line' <<'EOF'
	new_repo line &&
	make a && make b a && make c b &&
	same_as_git &&
	same_as_git --oneline &&
	gitmem log --graph --oneline -1 >actual &&
	test "$(wc -l <actual)" -eq 1 &&
	same_as_git --oneline b..c
EOF

test_case 'a branch that was merged' <<'EOF'
	new_repo merged &&
	make a && make b a && make c a && make d c && make m d b && make e m &&
	same_as_git &&
	same_as_git --oneline &&
	same_as_git --oneline -1 m &&
	same_as_git --oneline b..e
EOF

test_case 'a branch that was merged again and again' <<'EOF'
	new_repo again &&
	make a && make f1 a && make m1 a f1 && make f2 f1 && make m2 m1 f2 && make f3 f2 &&
	make m3 m2 f3 &&
	same_as_git &&
	same_as_git --oneline
EOF

test_case 'merges of each other' <<'EOF'
	new_repo cross &&
	make a && make l1 a && make r1 a && make l2 l1 r1 && make r2 r1 l1 && make m l2 r2 &&
	same_as_git --oneline &&
	same_as_git --oneline l2 r2 &&
	same_as_git --oneline l2...r2
EOF

test_case 'a lane that is crossed' <<'EOF'
	new_repo crossed &&
	make a && make b a && make c a && make d b c && make e a && make f d e && make g c &&
	make h f g &&
	same_as_git --oneline &&
	same_as_git
EOF

test_case 'two histories without a common root' <<'EOF'
	new_repo roots &&
	make a && make b a && make x && make y x &&
	same_as_git --oneline b y &&
	make m b y &&
	same_as_git --oneline
EOF

test_case 'a merge of four' <<'EOF'
	new_repo four &&
	make a && make b a && make c a && make d a && make e a && make m b c d e &&
	gitmem log --graph --oneline >actual &&
	grep -c '[*]' actual >count &&
	test "$(cat count)" -eq 6 &&
	head -n 4 actual >head &&
	sed 's/ *[0-9a-f]* m$//; s/ *[0-9a-f]* e$//; s/ *$//' head >drawn &&
	printf '*\n|\\\n| |\\\n| | |\\\n' >expect &&
	expect_equal expect drawn
EOF

test_case 'only the commits of a path' <<'EOF'
	new_repo paths &&
	file=x && make a && file=y && make b a && file=x && make c b &&
	file=y && make d b && file=x && make e d && make m c e && file=y && make n m &&
	same_as_git --oneline -- x &&
	same_as_git --oneline -- y
EOF

test_case 'the rows go on beside the lines of a long message' <<'EOF'
	cd merged &&
	gitmem log --graph --stat >actual &&
	must_fail 1 grep -v '^[*|\\/ ]' actual &&
	silent gitmem log --graph -n 0
EOF

test_case 'JSON has no drawing' <<'EOF'
	cd merged &&
	gitmem log --json --graph >actual &&
	gitmem log --json >expect &&
	expect_equal expect actual
EOF

done_testing
