#!/bin/sh
# gitmem merge-driver: stock git merges memories field by field, as gitmem merge does.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

at() {
	GITMEM_AUTHOR_DATE=2026-01-02T03:$1:00Z
	GITMEM_COMMITTER_DATE=$GITMEM_AUTHOR_DATE
	export GITMEM_AUTHOR_DATE GITMEM_COMMITTER_DATE
}

# configure WORKTREE: run the lines that the README of the repository tells people to use.
configure() {
	git --git-dir=.gitmem show main:README.md |
		sed -n "s,^    git config,real_git -C '$1' config,p" >config.sh &&
		test "$(wc -l <config.sh)" -eq 2 && eval "$(cat config.sh)"
}

# begin DIR: a repository with the files of --readme and two memories, and a branch `other`.
begin() {
	gitmem init -q --readme "$1" && cd "$1" &&
		at 10 && gitmem add -c --key editor --tag a Helix >id &&
		gitmem add -c --key shell "$(printf 'one\ntwo\nthree\nfour\nfive')" >id &&
		gitmem branch other && at 20
}

# stock_clone: ./stock, a clone of all branches by stock git, with the driver, on main.
stock_clone() {
	git --git-dir=.gitmem bundle create -q all.bundle --all &&
		real_git init -q -b none stock && real_git -C stock config user.name x &&
		real_git -C stock config user.email x@y && configure stock &&
		real_git -C stock fetch -q ../all.bundle '+refs/*:refs/*' -u &&
		real_git -C stock checkout -q main
}

test_case 'where the driver can finish, the trees are those of gitmem merge' <<'EOF'
	begin finishes &&
	gitmem edit -c editor --tag b --importance 0.9 &&
	gitmem edit -c shell --content "$(printf 'one\n2\nthree\nfour\nfive')" &&
	gitmem add -c --key both --tag ours --id 0191aaaa-0000-7000-8000-000000000002 same >id &&
	gitmem add -c 'only here' >id && at 30 &&
	gitmem --branch other edit -c editor --content Emacs --tag -a --scope global &&
	gitmem --branch other edit -c shell --content "$(printf 'one\ntwo\nthree\nfour\n5')" &&
	gitmem --branch other add -c --key both --tag theirs \
		--id 0191aaaa-0000-7000-8000-000000000001 same >id &&
	gitmem --branch other add -c 'only there' >id &&
	stock_clone && real_git -C stock merge -q --no-edit other && gitmem merge -q other &&
	git --git-dir=.gitmem rev-parse 'main^{tree}' >expect &&
	real_git -C stock rev-parse 'main^{tree}' >actual && expect_equal expect actual &&
	git --git-dir=.gitmem log -1 --format='%s %P' >expect &&
	real_git -C stock log -1 --format='%s %P' >actual && expect_equal expect actual &&
	real_git -C stock checkout -q other && real_git -C stock merge -q --no-edit main~1 &&
	real_git -C stock rev-parse 'other^{tree}' >actual &&
	git --git-dir=.gitmem rev-parse 'main^{tree}' >expect && expect_equal expect actual &&
	real_git -C stock fsck --strict >out 2>&1 && rm -rf stock/.git
EOF

test_case 'a memory that got another key on one side is merged where it went' <<'EOF'
	begin moved && gitmem edit -c shell --key tools/shell && at 30 &&
	gitmem --branch other edit -c shell --content "$(printf 'one\ntwo\nthree\nfour\n5')" &&
	stock_clone && real_git -C stock merge -q --no-edit other && gitmem merge -q other &&
	git --git-dir=.gitmem rev-parse 'main^{tree}' >expect &&
	real_git -C stock rev-parse 'main^{tree}' >actual && expect_equal expect actual &&
	rm -rf stock/.git
EOF

test_case 'the driver was used: without it the same merge is a conflict' <<'EOF'
	cd finishes && rm -rf stock && gitmem reset -q --hard main~1 && stock_clone &&
	real_git -C stock config --remove-section merge.gitmem &&
	must_fail 1 real_git -C stock merge -q --no-edit other >out 2>&1 && rm -rf stock/.git
EOF

test_case 'where it takes two files it keeps ours, and gitmem merge finishes' <<'EOF'
	begin leaves &&
	gitmem edit -c editor --content Vim && gitmem edit -c shell --tag x && at 30 &&
	gitmem --branch other edit -c editor --content Emacs &&
	gitmem --branch other edit -c shell --tag y &&
	stock_clone && must_fail 1 real_git -C stock merge --no-edit other >out 2>err &&
	grep -q 'CONFLICT (content): Merge conflict in keys/editor.md' out &&
	grep -q "'keys/editor.md' is left to 'gitmem merge'" err &&
	git --git-dir=.gitmem show main:keys/editor.md >expect &&
	expect_equal expect stock/keys/editor.md &&
	real_git -C stock diff --name-only --diff-filter=U >actual && echo keys/editor.md >expect &&
	expect_equal expect actual &&
	gitmem merge -q other && real_git -C stock show :keys/shell.md >actual &&
	git --git-dir=.gitmem show main:keys/shell.md >expect && expect_equal expect actual &&
	real_git -C stock merge --abort && real_git -C stock status --porcelain >actual &&
	test ! -s actual && gitmem --json list --conflicts >conflicts &&
	test "$(wc -l <conflicts)" -eq 2 && rm -rf stock/.git
EOF

# edits SEED: base.jsonl, and main.jsonl and other.jsonl with random edits of the same memories.
edits() {
	"$PYTHON" - "$1" <<-'SCRIPT'
		import json, random, sys

		draw = random.Random(int(sys.argv[1]))

		def words():
		    return "\n".join(draw.choice("abcdefgh") * 3 for _ in range(draw.randrange(1, 9)))

		def edit(record):
		    record = json.loads(json.dumps(record))
		    record["updated"] = "2026-01-02T04:%02d:00Z" % draw.randrange(3)
		    for _ in range(draw.randrange(1, 4)):
		        field = draw.choice(["tags", "importance", "scope", "agent", "type", "content",
		                             "content", "valid_until", "mood"])
		        if field == "content":
		            lines = record["content"].split("\n")
		            at = draw.randrange(len(lines))
		            lines[at:at + draw.randrange(2)] = [draw.choice("xyz") * 3]
		            record["content"] = "\n".join(lines)
		        else:
		            record[field] = {
		                "tags": draw.sample(["a", "b", "c", "d"], draw.randrange(1, 4)),
		                "importance": draw.choice([0.1, 0.4, 0.9]),
		                "scope": draw.choice(["shared", "global"]),
		                "agent": draw.choice(["ann", "bob"]),
		                "type": draw.choice(["semantic", "procedural", "state"]),
		                "valid_until": "2027-01-0%dT00:00:00Z" % draw.randrange(1, 4),
		                "mood": draw.choice(["good", "bad"]),
		            }[field]
		    return record

		base = [{"id": "0191aaaa-0000-7000-8000-%012x" % i, "key": "k/%d" % i, "content": words(),
		         "created": "2026-01-02T03:00:00Z", "type": "semantic"} for i in range(60)]
		for name in ("base", "main", "other"):
		    with open(name + ".jsonl", "w", encoding="utf-8") as file:
		        for record in base:
		            if name == "base" or draw.randrange(4):
		                file.write(json.dumps(record if name == "base" else edit(record)) + "\n")
	SCRIPT
}

# What git could merge by itself is in gitmem's tree at the same path; of the rest there are siblings.
test_case 'of random edits each file that git could merge is that of gitmem merge' <<'EOF'
	for seed in 1 2 3; do
		echo "seed $seed" && begin "random-$seed" && edits "$seed" &&
			gitmem import jsonl base.jsonl >out && gitmem branch -f other main &&
			gitmem import jsonl main.jsonl >out &&
			gitmem --branch other import jsonl other.jsonl >out && stock_clone &&
			must_fail 1 real_git -C stock merge -q --no-edit other >out 2>err &&
			gitmem --json merge other >json 2>err &&
			real_git -C stock ls-files -s | grep ' 0.keys/k/' | cut -d' ' -f2- >finished &&
			git --git-dir=.gitmem ls-tree -r main keys/k | sed 's/^100644 blob //;s/	/ 0&/' >all &&
			grep -vxF -f all finished >differ; test ! -s differ || { cat differ; exit 1; } &&
			real_git -C stock diff --name-only --diff-filter=U >left &&
			json_get json .conflicts >expect && wc -l <left >actual && expect_equal expect actual &&
			test "$(wc -l <left)" -gt 1 && test "$(wc -l <finished)" -gt 30 && rm -rf stock/.git &&
			cd .. || exit 1
	done
EOF

# versions: the files O, A and B, of which the driver makes one.
versions() {
	git --git-dir=.gitmem show main~1:keys/editor.md >O &&
		git --git-dir=.gitmem show main:keys/editor.md >A &&
		git --git-dir=.gitmem show other:keys/editor.md >B
}

test_case 'it needs no repository, and tells why it leaves a file alone' <<'EOF'
	begin alone && gitmem edit -c editor --content Vim && at 30 &&
	gitmem --branch other edit -c editor --content Emacs && versions && cp A ours &&
	mkdir ../outside && mv O A B ours ../outside && cd ../outside &&
	must_fail 1 gitmem merge-driver O A B keys/editor.md >out 2>err && test ! -s out &&
	expect_equal ours A && grep -q "^error: 'keys/editor.md' is left to 'gitmem merge': " err &&
	grep -q '^hint: ' err &&
	silent gitmem merge-driver O O B keys/editor.md && expect_equal B O
EOF

test_case 'what one side alone changed, or both alike, is taken' <<'EOF'
	cd outside && printf 'base\n' >O && printf 'ours\n' >A && cp O B &&
	silent gitmem merge-driver O A B keys/x.md && echo ours >expect && expect_equal expect A &&
	cp O A && printf 'theirs\n' >B && silent gitmem merge-driver O A B keys/x.md &&
	echo theirs >expect && expect_equal expect A &&
	cp B A && silent gitmem merge-driver O A B keys/x.md && expect_equal expect A
EOF

test_case 'other files are merged as text, or left alone' <<'EOF'
	cd outside && printf '1\n2\n3\n4\n5\n' >O && printf 'one\n2\n3\n4\n5\n' >A &&
	printf '1\n2\n3\n4\nfive\n' >B && silent gitmem merge-driver O A B notes.txt &&
	printf 'one\n2\n3\n4\nfive\n' >expect && expect_equal expect A &&
	printf 'a\0b' >O && printf 'a\0c' >A && printf 'a\0d' >B && cp A before &&
	must_fail 1 gitmem merge-driver O A B keys/x.md 2>err && cmp before A
EOF

test_case 'a memory that somebody broke by hand is left to gitmem merge' <<'EOF'
	begin broken && gitmem edit -c editor --content Vim && versions && mv O B ../outside &&
	mv A ../outside && cd ../outside && sed 's/^type: .*/type: nonsense/' O >B && cp A before &&
	must_fail 1 gitmem merge-driver O A B keys/editor.md 2>err && expect_equal before A &&
	must_fail 1 gitmem merge-driver O B A keys/editor.md 2>err && grep -q nonsense B
EOF

test_case 'hostile files never make it crash' <<'EOF'
	cd outside && "$PYTHON" - <<'SCRIPT'
import os, random, subprocess, sys

whole = b"""---
id: 0191aaaa-0000-7000-8000-000000000002
type: semantic
key: editor
created: 2026-01-02T03:10:00Z
tags:
  - a
---
one
two
three
"""
draw = random.Random(4)
for turn in range(150):
    for name in "OAB":
        data = bytearray(whole)
        for _ in range(draw.randrange(6)):
            at = draw.randrange(len(data) + 1)
            kind = draw.randrange(4)
            if kind == 0:
                data[at:at + draw.randrange(20)] = b""
            elif kind == 1:
                data[at:at] = bytes(draw.randrange(256) for _ in range(draw.randrange(9)))
            elif kind == 2:
                data[at:at] = data[:draw.randrange(len(data) + 1)]
            else:
                data = data[:at]
        with open(name, "wb") as file:
            file.write(data)
    with open("A", "rb") as file:
        ours = file.read()
    path = draw.choice(["keys/editor.md", "memories/x.md", "notes", "keys/" + "x" * 300])
    result = subprocess.run(["gitmem", "merge-driver", "O", "A", "B", path],
                            capture_output=True, check=False)
    with open("A", "rb") as file:
        now = file.read()
    if result.returncode not in (0, 1) or result.stdout or (result.returncode and now != ours):
        sys.exit("turn %d: %r" % (turn, result))
SCRIPT
EOF

test_case 'a file that cannot be read is a failure, and ours stays' <<'EOF'
	cd outside && printf 'a\n' >A && printf 'b\n' >B && mkdir -p folder && cp A before &&
	must_fail 128 gitmem merge-driver missing A B keys/x.md 2>err &&
	must_fail 128 gitmem merge-driver folder A B keys/x.md 2>err &&
	must_fail 128 gitmem merge-driver A A missing keys/x.md 2>err && expect_equal before A &&
	must_fail 129 gitmem merge-driver A A A && must_fail 129 gitmem merge-driver A A A x y
EOF

done_testing
