#!/bin/sh
# The commit graph, as the commands use it: made by gc, judged by stock git, never believed.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

# Where it is.
graphs() {
	if git_layout; then
		echo .gitmem/objects/info/commit-graphs
	else
		echo .gitmem/store/commit-graphs
	fi
}

# 400 commits that change one of ten memories each, and a branch that parts after the 100th.
history() {
	"${PYTHON:-python3}" - <<-'SCRIPT'
		def commit(branch, parent, i):
		    n = i % 10
		    text = (f"---\nid: 018f0000-0000-7000-8000-00000000000{n}\ntype: semantic\n"
		            f"created: 2026-01-02T03:04:05Z\n---\nSaid {i} times.\n")
		    print(f"commit refs/heads/{branch}\nmark :{i}\n"
		          f"committer x <x@example.com> {1767323045 + i} +0000\ndata 2\nc\n")
		    if parent:
		        print(f"from :{parent}")
		    print(f"M 100644 inline memories/2026/01-02/{'2339c3c0c1'[n]}/"
		          f"018f0000-0000-7000-8000-00000000000{n}.md\ndata {len(text)}\n{text}")

		for i in range(1, 401):
		    commit("main", i - 1, i)
		commit("side", 100, 401)
	SCRIPT
}

# What commands say of that history.
ask() {
	gitmem log -- 018f0000-0000-7000-8000-000000000003 &&
		gitmem log --oneline side..main &&
		gitmem merge-base main side
}

test_case 'gc makes it, and nothing is told otherwise' <<'EOF'
	history >stream &&
	new_repo long &&
	git --git-dir=.gitmem fast-import --quiet <../stream &&
	ask >expect &&
	test ! -e "$(graphs)" &&
	gitmem gc -n >out &&
	test ! -e "$(graphs)" &&
	gitmem gc 2>err &&
	test -s "$(graphs)/commit-graph-chain" &&
	ask >actual &&
	expect_equal expect actual &&
	silent gitmem fsck
EOF

test_case 'stock git finds it right' <<'EOF'
	history >stream &&
	real_git init -q --bare judge &&
	real_git --git-dir=judge fast-import --quiet <stream &&
	cp -r "long/$(cd long && graphs)" judge/objects/info/ &&
	real_git --git-dir=judge commit-graph verify 2>err &&
	test ! -s err
EOF

test_case 'one that is damaged is not believed, told of, and made anew' <<'EOF'
	cd long &&
	file=$(echo "$(graphs)"/*.graph) &&
	chmod u+w "$file" &&
	size=$(wc -c <"$file") &&
	cp "$file" ../whole &&
	dd if=/dev/zero of="$file" bs=1 seek=10000 count=4000 conv=notrunc 2>out &&
	test "$(wc -c <"$file")" -eq "$size" &&
	ask >actual &&
	expect_equal expect actual &&
	gitmem fsck >out 2>err &&
	grep -q 'commit-graph' out &&
	grep -q '^hint: .gitmem gc.' err &&
	: >"$file" &&
	ask >actual &&
	expect_equal expect actual &&
	gitmem fsck >out 2>err &&
	grep -q 'commit-graph' out &&
	rm "$file" &&
	ask >actual &&
	expect_equal expect actual &&
	gitmem fsck >out 2>err &&
	grep -q 'commit-graph' out &&
	gitmem gc 2>err &&
	silent gitmem fsck &&
	cmp ../whole "$(graphs)"/*.graph
EOF

test_case 'what is forged in it is told' <<'EOF'
	cd long &&
	real_git init -q --bare ../other &&
	sed 's/Said/Sung/' ../stream | real_git --git-dir=../other fast-import --quiet &&
	real_git --git-dir=../other commit-graph write --reachable &&
	rm -rf "$(graphs)" &&
	mkdir "$(graphs)" &&
	name=$(tail -c 20 ../other/objects/info/commit-graph | od -An -tx1 | tr -d ' \n') &&
	cp ../other/objects/info/commit-graph "$(graphs)/graph-$name.graph" &&
	echo "$name" >"$(graphs)/commit-graph-chain" &&
	ask >actual &&
	expect_equal expect actual &&
	gitmem fsck >out 2>err &&
	grep -q 'cannot be read' out &&
	grep -q '400 more commits' out &&
	gitmem gc 2>err &&
	silent gitmem fsck
EOF

test_case 'it goes when history is short again' <<'EOF'
	cd long &&
	gitmem branch -D side 2>err &&
	gitmem reset --hard main~300 2>err >out &&
	gitmem gc 2>err &&
	test ! -e "$(graphs)/commit-graph-chain" &&
	test -z "$(find "$(graphs)" -name '*.graph')" &&
	silent gitmem fsck
EOF

done_testing
