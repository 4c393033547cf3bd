#!/bin/sh
# gitmem diff: record by record, and as a patch that git takes.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

git_here() {
	git --git-dir=.gitmem "$@"
}

# files_of REVISION DIR: the files of a revision in a new folder.
files_of() {
	mkdir "$2" &&
		git_here archive --format=tar "$1" >files.tar &&
		tar -xf files.tar -C "$2"
}

test_case 'what is staged against the head' <<'EOF'
	new_repo notes &&
	silent gitmem diff &&
	silent gitmem diff --exit-code &&
	gitmem add --key user/editor 'Maya edits in Helix' >id &&
	gitmem diff >actual &&
	{
		printf 'added %s keys/user/editor.md\n' "$(tail -c 9 id)" &&
		printf '  type: semantic\n  key: user/editor\n  agent: tester\n' &&
		printf '  created: 2026-01-02T03:04:05Z\n  +Maya edits in Helix\n'
	} >expect &&
	expect_equal expect actual &&
	must_fail 1 gitmem diff --exit-code >actual 2>err &&
	expect_equal expect actual &&
	test ! -s err &&
	gitmem commit -m one >out &&
	silent gitmem diff
EOF

test_case 'fields and lines of a change' <<'EOF'
	cd notes &&
	printf 'one\ntwo\nthree\n' >text &&
	gitmem add -c --file text --key list >id2 &&
	printf 'one\n2\nthree\nfour\n' >text &&
	gitmem edit list --tag +a --importance 0.75 --content "$(cat text)" >out &&
	gitmem diff >actual &&
	{
		printf 'changed %s keys/list.md\n' "$(tail -c 9 id2)" &&
		printf '  updated: (none) -> 2026-01-02T03:04:05Z\n' &&
		printf '  importance: 0.5 -> 0.75\n  tags: (none) -> a\n' &&
		printf '  one\n  [-two-]{+2+}\n  three\n  {+four+}\n'
	} >expect &&
	expect_equal expect actual &&
	gitmem commit -m two >out
EOF

test_case 'between revisions' <<'EOF'
	cd notes &&
	gitmem diff HEAD~1 HEAD >actual &&
	expect_equal expect actual &&
	gitmem diff HEAD~1..HEAD >actual &&
	expect_equal expect actual &&
	gitmem diff HEAD~1.. >actual &&
	expect_equal expect actual &&
	gitmem diff HEAD~1 >actual &&
	expect_equal expect actual &&
	silent gitmem diff HEAD HEAD &&
	silent gitmem diff --exit-code HEAD &&
	gitmem diff HEAD HEAD~1 >actual &&
	grep -qx '  importance: 0.75 -> 0.5' actual
EOF

test_case 'since two branches went apart' <<'EOF'
	new_repo apart &&
	gitmem add -c base >out &&
	gitmem --branch side add -c on-side >out &&
	gitmem add -c on-main >out &&
	gitmem diff --name-only main...side >actual &&
	git_here diff --name-only main...side >expect &&
	expect_equal expect actual &&
	test "$(wc -l <actual)" -eq 1 &&
	gitmem diff --name-only main side >actual &&
	test "$(wc -l <actual)" -eq 2 &&
	gitmem --branch side diff --name-only main... >actual &&
	expect_equal expect actual &&
	tree=$(git_here mktree </dev/null) &&
	id=$(GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=b \
		git_here commit-tree "$tree" -m alone) &&
	must_fail 128 gitmem diff "main...$id" 2>err &&
	grep -q 'no common history' err
EOF

test_case '--stat and --name-only' <<'EOF'
	cd notes &&
	gitmem diff --stat HEAD~1 >actual &&
	printf ' M %s keys/list.md\n 0 added, 1 changed, 0 removed\n' "$(tail -c 9 id2)" >expect &&
	expect_equal expect actual &&
	gitmem diff --name-only HEAD~2 HEAD >actual &&
	echo keys/list.md >expect &&
	expect_equal expect actual &&
	must_fail 1 gitmem diff --name-only --exit-code HEAD~2 HEAD >actual &&
	expect_equal expect actual &&
	must_fail 129 gitmem diff --stat --patch
EOF

test_case 'JSON lines' <<'EOF'
	cd notes &&
	gitmem --json diff HEAD~1 HEAD >actual &&
	test "$(wc -l <actual)" -eq 1 &&
	test "$(json_get actual .status)" = M &&
	test "$(json_get actual .id)" = "$(cat id2)" &&
	test "$(json_get actual .path)" = keys/list.md &&
	test "$(json_get actual .old)" = "$(git_here rev-parse HEAD~1:keys/list.md)" &&
	test "$(json_get actual .new)" = "$(git_here rev-parse HEAD:keys/list.md)" &&
	test "$(json_get actual .fields)" = '["updated", "importance", "tags", "content"]' &&
	test "$(json_get actual .changes.1)" = '{"field": "importance", "old": 0.5, "new": 0.75}' &&
	test "$(json_get actual .changes.2)" = '{"field": "tags", "old": [], "new": ["a"]}' &&
	test "$(json_get actual .changes.0.old)" = null &&
	test "$(json_get actual .changes.3.field)" = content &&
	json_get actual .changes.3.new >content &&
	printf 'one\n2\nthree\nfour\n' >expect &&
	expect_equal expect content &&
	must_fail 1 gitmem diff --json --exit-code HEAD~2 HEAD~1 >actual &&
	test "$(json_get actual .status)" = A &&
	test "$(json_get actual .old)" = null &&
	test "$(json_get actual .fields)" = '[]' &&
	gitmem diff --json HEAD~1 HEAD~2 >actual &&
	test "$(json_get actual .status)" = D &&
	test "$(json_get actual .new)" = null
EOF

test_case 'words in colour, and a long text by its changes' <<'EOF'
	new_repo words &&
	seq -f 'this is line number %g' 40 >text &&
	gitmem add -c --file text --key long >id &&
	sed -e 's/line number 20$/the twentieth line/' -e '$d' text >new &&
	gitmem edit long --file new >out &&
	gitmem diff >actual &&
	{
		printf 'changed %s keys/long.md\n' "$(tail -c 9 id)" &&
		printf '  updated: (none) -> 2026-01-02T03:04:05Z\n  @@ -17,7 +17,7 @@\n' &&
		seq -f '  this is line number %g' 17 19 &&
		printf '  this is {+the twentieth+} line[-number 20-]\n' &&
		seq -f '  this is line number %g' 21 23 &&
		printf '  @@ -37,4 +37,3 @@\n' &&
		seq -f '  this is line number %g' 37 39 &&
		printf '  [-this is line number 40-]\n'
	} >expect &&
	expect_equal expect actual &&
	gitmem commit -m two >out &&
	gitmem diff --color=always HEAD~1 >actual &&
	printf '  this is \033[32mthe twentieth\033[m line\033[31mnumber 20\033[m\n' >line &&
	grep -qxFf line actual
EOF

test_case 'memories that were written anew' <<'EOF'
	new_repo reworded &&
	gitmem add -c 'The staging host is stage.example.com since May' >old &&
	gitmem rm "$(cat old)" &&
	gitmem add 'The staging host is stage.example.com since June' >new &&
	gitmem add 'Quite another thing' >third &&
	gitmem diff >actual &&
	grep -q "^reworded $(tail -c 9 old) -> $(tail -c 9 new) memories/.* -> memories/.*% alike)$" actual &&
	grep -qx '  The staging host is stage.example.com since \[-May-\]{+June+}' actual &&
	must_fail 1 grep -q '^removed' actual &&
	gitmem diff --stat >actual &&
	grep -q "^ A $(tail -c 9 new) .* (was $(tail -c 9 old))$" actual &&
	grep -q "^ D $(tail -c 9 old) .* (reworded as $(tail -c 9 new))$" actual &&
	grep -qx ' 2 added, 0 changed, 1 removed' actual &&
	gitmem diff --json >all &&
	grep '"status":"D"' all >actual &&
	test "$(json_get actual .reworded.id)" = "$(cat new)" &&
	test "$(json_get actual .reworded.similarity)" = 90 &&
	grep "$(cat third)" all >actual &&
	must_fail 1 grep reworded actual &&
	gitmem diff --name-only >actual &&
	gitmem commit -m again >out &&
	git_here diff --no-renames --name-only HEAD~1 HEAD >expect &&
	expect_equal expect actual &&
	gitmem diff --patch HEAD~1 HEAD >actual &&
	git_here diff --full-index --no-renames --no-color HEAD~1 HEAD >expect &&
	expect_equal expect actual
EOF

test_case 'two memories that follow each other at one path' <<'EOF'
	new_repo follow &&
	gitmem add -c --key job/lead 'Ada leads the team' >one &&
	gitmem rm job/lead &&
	gitmem commit -m gone >out &&
	gitmem add -c --key job/lead 'Grace left for another one' >two &&
	gitmem diff HEAD~2 >actual &&
	grep -qx "removed $(tail -c 9 one) keys/job/lead.md" actual &&
	grep -qx "added $(tail -c 9 two) keys/job/lead.md" actual &&
	gitmem diff --name-only HEAD~2 >actual &&
	echo keys/job/lead.md >expect &&
	expect_equal expect actual &&
	gitmem diff --patch HEAD~2 >patch &&
	files_of HEAD~2 before && files_of HEAD after &&
	git -C before apply ../patch &&
	diff -r before after
EOF

test_case 'a patch of memories that took the places of each other is taken by git' <<'EOF'
	new_repo places &&
	for key in a b c; do gitmem add -c --key $key "text of $key" >id || exit 1; done &&
	gitmem edit -c a --key x && gitmem edit -c b --key a && gitmem edit -c c --key b &&
	gitmem edit -c x --key c && gitmem add -c --key d 'text of d' >id &&
	gitmem edit -c d --key e && gitmem add -c --key d 'another d' >id &&
	files_of HEAD before && files_of HEAD~7 first &&
	gitmem diff --patch HEAD~7 HEAD >patch &&
	git -C first apply ../patch && diff -r before first &&
	files_of HEAD~7 old && git -C before apply -R ../patch && diff -r before old &&
	files_of HEAD~2 third && gitmem diff --patch HEAD~2 HEAD >patch &&
	git -C third apply ../patch && diff -r first third
EOF

test_case 'a memory that moves is one change' <<'EOF'
	new_repo moved &&
	gitmem add -c 'Maya edits in Helix' >id &&
	gitmem edit "$(cat id)" --key user/editor >out &&
	gitmem diff --json >actual &&
	test "$(wc -l <actual)" -eq 1 &&
	test "$(json_get actual .status)" = M &&
	test "$(json_get actual .path)" = keys/user/editor.md &&
	git_here ls-tree -r --name-only HEAD >expect &&
	json_get actual .old_path >old &&
	expect_equal expect old &&
	gitmem diff >actual &&
	echo "changed $(tail -c 9 id) $(cat expect) -> keys/user/editor.md" >header &&
	head -n 1 actual >first &&
	expect_equal header first &&
	gitmem diff --patch >staged.patch &&
	gitmem commit -m moved >out &&
	files_of HEAD~1 before &&
	files_of HEAD after &&
	git -C before apply ../staged.patch &&
	diff -r before after
EOF

test_case 'the patch is one that git applies' <<'EOF'
	cd notes &&
	gitmem add -c 'a memory to remove' >gone &&
	gitmem rm "$(cat gone)" >out &&
	gitmem edit list --content 'quite
other text without an end' >out &&
	gitmem add --key 'with blank/näme' 'a key with a blank' >out &&
	gitmem diff --patch >staged.patch &&
	gitmem commit -m three >out &&
	gitmem diff -p HEAD~1 HEAD >actual &&
	expect_equal staged.patch actual &&
	files_of HEAD~1 before &&
	files_of HEAD after &&
	git -C before apply --whitespace=nowarn ../staged.patch &&
	diff -r before after &&
	git -C after apply --whitespace=nowarn -R ../staged.patch &&
	rm -rf before after &&
	files_of HEAD~1 before &&
	git -C before apply --check ../staged.patch
EOF

test_case 'the patch of a small change is that of git' <<'EOF'
	cd notes &&
	gitmem diff --patch HEAD~3 HEAD~2 >actual &&
	git_here diff --full-index --no-renames --no-color HEAD~3 HEAD~2 >theirs &&
	sed 's/^\(@@.*@@\).*/\1/' theirs >expect &&
	expect_equal expect actual
EOF

test_case 'files that are no memories, with modes, links and odd names' <<'EOF'
	new_repo files &&
	export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=b &&
	export GIT_INDEX_FILE="$PWD/index.tmp" &&
	put() {
		blob=$(printf "$3" | git_here hash-object -w --stdin) &&
			git_here update-index --add --cacheinfo "$1,$blob,$2"
	} &&
	put 100644 plain 'one\n' && put 100644 script 'echo\n' && put 100644 turns 'text\n' &&
	put 100644 'a"b\\c' 'quoted\n' && put 100644 binary 'a\000b' && put 100644 empty '' &&
	one=$(git_here commit-tree -m one "$(git_here write-tree)") &&
	put 100644 plain 'one\ntwo' && put 100755 script 'echo\n' && put 120000 turns plain &&
	put 100644 'a"b\\c' 'quoted again\n' && put 100644 binary 'a\000c' &&
	printf '0 %040d\tempty\n' 0 >remove &&
	git_here update-index --index-info <remove && put 100644 'new
line' 'x\n' &&
	two=$(git_here commit-tree -m two -p "$one" "$(git_here write-tree)") &&
	git_here update-ref refs/heads/main "$two" &&
	gitmem diff -p HEAD~1 >patch &&
	awk '/^diff/ { skip = /binary/ } !skip' patch >actual &&
	git_here diff --full-index --no-renames --no-color HEAD~1 HEAD >theirs &&
	awk '/^diff/ { skip = /binary/ } !skip' theirs >expect &&
	expect_equal expect actual &&
	files_of HEAD~1 before && files_of HEAD after &&
	git -C before apply --whitespace=nowarn ../patch &&
	diff -r --no-dereference before after &&
	git -C before apply --whitespace=nowarn -R ../patch &&
	rm -r after && files_of HEAD~1 after &&
	diff -r --no-dereference before after &&
	gitmem diff HEAD~1 >actual &&
	grep -qx '  mode: 100644 -> 100755' actual &&
	grep -qx '  (binary)' actual &&
	gitmem diff --json HEAD~1 -- plain >actual &&
	test "$(json_get actual .id)" = null &&
	test "$(json_get actual .fields)" = '["content"]'
EOF

test_case 'files that are not text come, change and go' <<'EOF'
	new_repo binary &&
	export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=b &&
	export GIT_INDEX_FILE="$PWD/index.tmp" &&
	put() {
		blob=$(git_here hash-object -w --stdin) &&
			git_here update-index --add --cacheinfo "$1,$blob,$2"
	} &&
	"$PYTHON" -c 'import random, sys
r = random.Random(7)
for n in (0, 1, 3, 4, 51, 52, 53, 70000):
    open("b%d" % n, "wb").write(b"\0" + bytes(r.randrange(256) for i in range(n)))' &&
	for n in 0 3 52 53; do put 100644 "gone$n" <"b$n" || exit 1; done &&
	put 100644 large <b70000 && put 100755 mode <b52 && put 100644 text <b53 &&
	one=$(git_here commit-tree -m one "$(git_here write-tree)") &&
	git_here read-tree --empty &&
	for n in 1 4 51; do put 100644 "new$n" <"b$n" || exit 1; done &&
	put 100644 large <b53 && put 100644 mode <b51 && echo now text | put 100644 text &&
	two=$(git_here commit-tree -m two -p "$one" "$(git_here write-tree)") &&
	git_here update-ref refs/heads/main "$two" &&
	gitmem diff --patch HEAD~1 >patch &&
	files_of HEAD~1 before && files_of HEAD after &&
	git -C before apply ../patch &&
	diff -r before after &&
	test ! -x before/mode &&
	git -C before apply -R ../patch &&
	rm -r after && files_of HEAD~1 after &&
	diff -r before after
EOF

test_case 'a branch without a commit' <<'EOF'
	new_repo unborn &&
	silent gitmem diff &&
	silent gitmem diff --json &&
	must_fail 128 gitmem diff HEAD 2>err &&
	grep -qx "error: branch 'main' has no commit yet" err &&
	must_fail 128 gitmem diff HEAD HEAD &&
	must_fail 128 gitmem diff main..HEAD &&
	gitmem add one >out &&
	gitmem diff --stat >actual &&
	grep -qx ' 1 added, 0 changed, 0 removed' actual &&
	gitmem diff --patch >patch &&
	mkdir empty && git -C empty apply ../patch &&
	test -d empty/memories
EOF

test_case 'a short id of several objects' <<'EOF'
	new_repo ambiguous &&
	"$PYTHON" -c 'import hashlib
seen = {}
for n in range(10000):
    text = b"%d\n" % n
    short = hashlib.sha1(b"blob %d\0" % len(text) + text).hexdigest()[:4]
    if short in seen:
        print(seen[short], n)
        break
    seen[short] = n' >twins &&
	for n in $(cat twins); do
		echo "$n" | git_here hash-object -w --stdin >hex || exit 1
	done &&
	must_fail 128 gitmem diff "$(cut -c1-4 hex)" 2>err &&
	grep -q "ambiguous" err
EOF

test_case 'only some memories' <<'EOF'
	cd notes &&
	gitmem diff --name-only HEAD~1 HEAD -- list >actual &&
	echo keys/list.md >expect &&
	expect_equal expect actual &&
	gitmem diff --name-only HEAD~1 HEAD list >actual &&
	expect_equal expect actual &&
	gitmem diff --name-only HEAD~1 HEAD -- "$(cat id2)" >actual &&
	expect_equal expect actual &&
	gitmem diff --name-only HEAD~1 HEAD -- "$(cat gone)" >actual &&
	grep -q "^memories/.*$(cat gone).md" actual &&
	gitmem diff --name-only HEAD~1 -- keys memories >actual &&
	test "$(wc -l <actual)" -eq 3 &&
	silent gitmem diff HEAD~1 -- user/editor &&
	gitmem add --key user/shell fish >out &&
	gitmem add --key user/editor Vim >out &&
	gitmem diff --name-only user/shell >actual &&
	echo keys/user/shell.md >expect &&
	expect_equal expect actual
EOF

test_case 'what does not exist' <<'EOF'
	cd notes &&
	must_fail 128 gitmem diff nonsense >actual 2>err &&
	test ! -s actual &&
	grep -q nonsense err &&
	must_fail 128 gitmem diff HEAD nonsense &&
	must_fail 128 gitmem diff HEAD nonsense -- list &&
	for name in 'HEAD@{u}' 'HEAD HEAD@{u}' 'HEAD@{u} list'; do
		must_fail 128 gitmem diff $name 2>err &&
		echo "error: no upstream is set for the branch 'main'" >expect &&
		expect_equal expect err || exit 1
	done &&
	must_fail 128 gitmem diff list 'HEAD@{u}' 2>err &&
	grep -q "^error: no revision or memory 'HEAD@{u}'" err &&
	must_fail 128 gitmem diff HEAD -- nonsense &&
	must_fail 128 gitmem diff HEAD..nonsense &&
	must_fail 128 gitmem diff HEAD...nonsense &&
	must_fail 128 gitmem --json diff nonsense 2>err &&
	test "$(json_get err .error.code)" = not-found &&
	must_fail 129 gitmem diff --nonsense &&
	must_fail 129 gitmem diff HEAD HEAD HEAD -- list
EOF

test_case 'control characters of others stay text' <<'EOF'
	new_repo control &&
	gitmem add --key odd 'red: [31m' >out &&
	gitmem add --key odd "$(printf 'bell \033[31m now')" >out &&
	gitmem diff >actual &&
	must_fail 1 grep -q "$(printf '\033')" actual &&
	gitmem diff --color=always --patch >actual &&
	grep -q 'bell ?\[31m now' actual &&
	gitmem diff --patch >actual &&
	grep -q "$(printf '\033')" actual
EOF

done_testing
