#!/bin/sh
# Bad input of every kind: one clear line, the right code, and nothing half-written.

. "$(dirname "$0")/lib.sh"

git_here() {
	git --git-dir=.gitmem "$@"
}

# refused CODE COMMAND...: with one line of error (and perhaps one of advice), no output.
refused() {
	refused_code=$1
	shift
	must_fail "$refused_code" "$@" >refused.out 2>refused.err &&
		test ! -s refused.out &&
		test "$(grep -c '^error: .' refused.err)" -eq 1 &&
		test "$(grep -vc '^error: \|^hint: ' refused.err)" -eq 0 && return
	printf 'refused: %s\n' "$*"
	cat refused.out refused.err
	return 1
}

snapshot() {
	(cd .gitmem && find . -type f ! -name lock ! -path './recall/*' \
		! -path ./store/manifest ! -path './store/dict-*' -exec sha1sum {} + | LC_ALL=C sort) >"$1"
}

# Nothing of ours was left lying about.
no_litter() {
	litter=$(find .gitmem -path .gitmem/recall -prune -o \( -name 'tmp_*' -o -name '.tmp_*' -o -name '*.lock' -o -name '.spool_*' \
		-o -name 'EDIT_*' -o -name '*.tmp' \) -print) &&
		printf '%s' "$litter" &&
		test -z "$litter"
}

test_case 'the folders of others' <<'EOF'
	mkdir elsewhere && cd elsewhere &&
	refused 128 gitmem add text &&
	refused 128 gitmem list &&
	refused 128 gitmem -C no-such-folder list &&
	GITMEM_DIR=no-such-folder refused 128 gitmem list &&
	GITMEM_DIR=. refused 128 gitmem list &&
	mkdir .gitmem && damaged . &&
	refused 128 gitmem add text
EOF

test_case 'a repository of a newer format' <<'EOF'
	new_repo newer &&
	damaged . &&
	gitmem add -c text >out &&
	git config -f .gitmem/config core.repositoryformatversion 2 &&
	refused 128 gitmem list &&
	grep -q newer refused.err &&
	git config -f .gitmem/config core.repositoryformatversion 1 &&
	gitmem list >out &&
	git config -f .gitmem/config extensions.future true &&
	refused 128 gitmem add text &&
	grep -q future refused.err
EOF

test_case 'settings that cannot be read' <<'EOF'
	new_repo settings &&
	damaged . &&
	cp .gitmem/config config &&
	echo '[broken' >>.gitmem/config &&
	refused 128 gitmem list &&
	grep -q "config" refused.err &&
	cp config .gitmem/config &&
	git_here config memory.maxSize lots &&
	refused 128 gitmem add text
EOF

# As somebody for whom the permissions count. Root's repository has to be named to them.
as_nobody() {
	if [ "$(id -u)" -eq 0 ]; then
		GITMEM_DIR=$PWD/.gitmem setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	else
		"$@"
	fi
}

if [ "$(id -u)" -ne 0 ] || setpriv --reuid=65534 --regid=65534 --clear-groups true 2>/dev/null; then
	test_case 'a read-only repository is read and not written' <<'EOF'
	new_repo readonly &&
	gitmem add -c --key k 'the text' >id &&
	chmod -R go=rX . && chmod -R a-w .gitmem &&
	chmod a+rx "$SCRATCH" "$SCRATCH/.." &&
	cp "$(command -v gitmem)" "$SCRATCH/gitmem-copy" && chmod a+rx "$SCRATCH/gitmem-copy" &&
	copy=$SCRATCH/gitmem-copy &&
	as_nobody "$copy" list >actual &&
	test "$(wc -l <actual)" -eq 1 &&
	as_nobody "$copy" recall text >actual &&
	as_nobody "$copy" status >actual &&
	as_nobody "$copy" export >actual &&
	must_fail 128 as_nobody "$copy" add text 2>err &&
	grep -q '^hint: ' err &&
	must_fail 128 as_nobody "$copy" rm -c k 2>err &&
	must_fail 128 as_nobody "$copy" import jsonl /dev/null --no-commit 2>err &&
	for command in 'gc' 'config a.b c' 'branch other' 'reindex'; do
		must_fail 128 as_nobody "$copy" $command 2>err &&
		grep -q '^error: cannot .*: Permission denied$' err &&
		grep -qx 'hint: the repository is read-only for you' err || return 1
	done &&
	chmod -R u+w .gitmem &&
	gitmem add -c 'as before' >out
EOF

	test_git_case 'a folder that cannot be read' <<'EOF'
	new_repo unreadable &&
	gitmem add -c text >id &&
	chmod -R go=rX . && chmod 700 .gitmem/objects &&
	must_fail 128 as_nobody "$SCRATCH/gitmem-copy" list 2>err &&
	test "$(grep -c '^error: ' err)" -eq 1 &&
	chmod 755 .gitmem/objects && chmod 700 .gitmem &&
	must_fail 128 as_nobody "$SCRATCH/gitmem-copy" list 2>err
EOF
else
	test_skip 'a read-only repository is read and not written' 'cannot become another user'
fi

test_case 'text that is none' <<'EOF'
	new_repo text &&
	gitmem add -c base >out &&
	snapshot before &&
	printf 'a\000b' >nul &&
	printf 'caf\351' >latin &&
	printf '\355\240\200' >surrogate &&
	printf '\300\257' >overlong &&
	for file in nul latin surrogate overlong; do
		refused 128 gitmem add --file $file || exit 1
		refused 128 gitmem add -c --file $file || exit 1
		must_fail 128 gitmem add - <$file 2>err || exit 1
		refused 128 gitmem edit "$(cat out)" --file $file || exit 1
	done &&
	refused 128 gitmem add "$(cat latin)" &&
	refused 128 gitmem add --tag "$(cat latin)" text &&
	refused 128 gitmem add --key "$(cat latin)" text &&
	refused 128 gitmem add --session "$(printf 'a\nb')" text &&
	refused 128 gitmem add --role "$(printf '%01100d' 1)" text &&
	snapshot after &&
	expect_equal before after
EOF

test_case 'text that is too large' <<'EOF'
	new_repo large &&
	head -c 20971520 /dev/zero | tr '\0' x >big &&
	snapshot before &&
	refused 128 gitmem add --file big &&
	grep -q '^hint: .*memory.maxSize' refused.err &&
	must_fail 128 gitmem add -c - <big 2>err &&
	must_fail 128 gitmem --json add --file big 2>err &&
	test "$(json_get err .error.code)" = too-big &&
	snapshot after &&
	expect_equal before after &&
	{ printf '{"content":"' && cat big && printf '"}\n{"content":"good"}\n'; } >in.jsonl &&
	gitmem import jsonl in.jsonl >counts 2>err &&
	test "$(json_get counts .rejected)" = 1 &&
	test "$(json_get counts .added)" = 1 &&
	head -c 1048576 big >limit &&
	gitmem add -c --file limit >out &&
	echo >>limit &&
	head -c 1048577 big >over &&
	refused 128 gitmem add -c --file over &&
	git config -f .gitmem/config memory.maxSize 32m &&
	refused 128 gitmem add text &&
	gitmem config memory.maxSize 31m &&
	gitmem add -c --file big >id &&
	gitmem show "$(cat id)" >out &&
	test "$(wc -c <out)" -gt 20971520
EOF

test_case 'tricks with keys' <<'EOF'
	new_repo keys &&
	gitmem add -c base >out &&
	snapshot before &&
	for key in .. ../x a/../b . ./a a/. /abs /etc/passwd a//b a/ / \
		.git .GIT .Git/config a/.git .git/hooks .gitmodules .gitattributes .GITIGNORE \
		git~1 GIT~1 'a\b' '..\x' con NUL com1.txt aux/x \
		notes.md a.md/b NOTES.MD 'dot.' 'space ' 'a. /b' 'a /b' \
		"$(printf 'tab\tkey')" "$(printf 'new\nline')" "$(printf 'esc\033[31m')" \
		"$(printf '\177')" "$(printf 'a\302\205b')" "$(printf 'zero\342\200\213width')" \
		"$(printf 'right\342\200\256left')" "$(printf '.g\342\200\214it')" \
		"$(printf '\357\273\277bom')" "$(printf '%0256d' 1)" "$(printf '%0253d' 1)" \
		"$(printf 'a/%01001d' 1)" "$(printf 'x%.0s/' $(seq 65))y"; do
		refused 128 gitmem add -c --key "$key" text || exit 1
		refused 128 gitmem edit -c "$(cat out)" --key "$key" || exit 1
	done &&
	snapshot after &&
	expect_equal before after &&
	for key in ...x .gitx a.mdx 'in ner' "$(printf '%0252d' 1)" "$(printf 'caf\303\251')" \
		user:shell -dash- 'a&b' '*' '%2F' 'refs/heads/main' HEAD 'emoji/👩‍💻'; do
		gitmem add -c --key="$key" "text of $key" >id || exit 1
		gitmem show "keys/$key.md" >out || exit 1
	done
EOF

test_case 'keys that some file systems take for one' <<'EOF'
	new_repo alike &&
	gitmem add -c --key User/Editor text >id &&
	refused 128 gitmem add -c --key user/editor text &&
	grep -q "'keys/User' on some file systems" refused.err &&
	refused 128 gitmem add --key User/EDITOR text &&
	refused 128 gitmem add -c --key USER/other text &&
	gitmem add --key "$(printf 'Stra\303\237e/x')" text >out &&
	refused 128 gitmem add --key STRASSE/y text &&
	refused 128 gitmem add --key "$(printf 'STRA\341\272\236E/z')" text &&
	gitmem add --key "$(printf 'caf\303\251')" text >first &&
	gitmem add --key "$(printf 'cafe\314\201')" text >second &&
	expect_equal first second &&
	refused 128 gitmem add --key "$(printf 'CAF\303\211')" text &&
	must_fail 128 gitmem --json add --key "$(printf 'CAFE\314\201')" text 2>err &&
	test "$(json_get err .error.code)" = exists
EOF

test_case 'bad dates, numbers and options' <<'EOF'
	new_repo usage &&
	snapshot before &&
	for date in 2026-13-01 2026-02-30 25:99 nonsense 99999-01-01 2026-01-01T00:00:00+99:00; do
		refused 129 gitmem add --created "$date" text || exit 1
		refused 129 gitmem add --valid-from "$date" text || exit 1
		GITMEM_AUTHOR_DATE=$date refused 129 gitmem add text || exit 1
	done &&
	refused 129 gitmem add --importance 1.1 text &&
	refused 129 gitmem add --importance -1 text &&
	refused 129 gitmem add --type Fact text &&
	refused 129 gitmem --no-such-option add text &&
	refused 129 gitmem add --no-such-option text &&
	refused 129 gitmem add --key &&
	refused 129 gitmem no-such-command &&
	refused 129 gitmem list --limit many &&
	must_fail 129 gitmem --json add --created nonsense text 2>err &&
	test "$(json_get err .error.code)" = usage &&
	snapshot after &&
	expect_equal before after
EOF

test_case 'JSON that is bad, each in its way' <<'EOF'
	new_repo json &&
	{
		echo '{"content":"a","content":"b"}' &&
		echo '{"content":"a","x":{"y":1,"y":2}}' &&
		echo '{"content":"unfinished' &&
		echo '{"content":"a"} {"content":"b"}' &&
		echo '{"content":"a\ud800"}' &&
		echo '{"content":"a","key":"a\u0000b"}' &&
		echo '{"content":"a","tags":[1]}' &&
		echo '{"content":"a","seq":1.5}' &&
		echo '{"content":"a","seq":-1}' &&
		echo '{"content":"a","importance":1e999}' &&
		printf '%010000d\n' 0 | tr 0 '[' &&
		printf '{"content":"a","deep":%s%s}\n' "$(printf '%050d' 0 | tr 0 '[')" "$(printf '%050d' 0 | tr 0 ']')" &&
		echo '{"":1,"content":"a"}' &&
		echo 'null'
	} >in.jsonl &&
	gitmem import jsonl in.jsonl >counts 2>err &&
	test "$(json_get counts .rejected)" = 14 &&
	test "$(json_get counts .commit)" = null &&
	test "$(wc -l <err)" -eq 14 &&
	must_fail 1 git_here rev-parse -q --verify HEAD
EOF

test_case 'the front matter of others' <<'EOF'
	new_repo matter &&
	damaged . &&
	gitmem add -c --key good 'good' >out &&
	export GIT_INDEX_FILE=$PWD/index &&
	git_here read-tree HEAD &&
	put() {
		put_blob=$(printf '%b' "$2" | git_here hash-object -w --stdin) &&
			git_here update-index --add --cacheinfo "100644,$put_blob,$1"
	} &&
	id='id: 01900000-0000-7000-8000-00000000000' &&
	put keys/none.md 'no front matter\n' &&
	put keys/empty.md '' &&
	put keys/alias.md "---\n${id}1\ntype: state\ncreated: 2026-01-01\ntags: &a [x]\nmore: *a\n---\n" &&
	put keys/tag.md "---\n${id}2\ntype: !!str state\ncreated: 2026-01-01\n---\n" &&
	put keys/twice.md "---\n${id}3\ntype: state\ntype: state\ncreated: 2026-01-01\n---\n" &&
	put keys/open.md "---\n${id}4\ntype: state\n" &&
	put keys/bytes.md "---\n${id}5\ntype: state\ncreated: 2026-01-01\n---\n\\0377" &&
	tree=$(git_here write-tree) &&
	unset GIT_INDEX_FILE &&
	hand=$(GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=b \
		git_here commit-tree "$tree" -p main -m hand) &&
	git_here update-ref refs/heads/main "$hand" &&
	gitmem list >actual &&
	test "$(wc -l <actual)" -eq 1 &&
	refused 128 gitmem add --key none text &&
	refused 128 gitmem add -c --key alias text &&
	refused 128 gitmem edit none --content x &&
	gitmem add -c --key fresh text >out &&
	test "$(git_here rev-parse HEAD:keys/alias.md)" = "$(git_here rev-parse "$hand:keys/alias.md")"
EOF

# Give a process time to begin, and wait for its end by a signal.
interrupt() {
	"$PYTHON" -c '
import os, signal, subprocess, sys, time
process = subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
    preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
for i in range(5000):
    process.stdin.write(b"{\"content\":\"memory %d\"}\n" % i)
process.stdin.flush()
time.sleep(0.3)
process.send_signal(getattr(signal, sys.argv[1]))
code = process.wait(20)
assert code == -getattr(signal, sys.argv[1]), code
' "$@"
}

test_case 'Ctrl-C in the middle of an import' <<'EOF'
	new_repo interrupted &&
	gitmem add -c base >out &&
	gitmem add staged >out &&
	snapshot before &&
	for signal in SIGINT SIGTERM SIGHUP; do
		interrupt $signal gitmem import jsonl - 2>err || exit 1
		interrupt $signal gitmem import jsonl --no-commit - 2>err || exit 1
		interrupt $signal gitmem add -c - 2>err || exit 1
	done &&
	snapshot after &&
	expect_equal before after &&
	no_litter &&
	gitmem add -c 'nothing is locked' >out
EOF

test_case 'a broken pipe' <<'EOF'
	new_repo pipe &&
	"$PYTHON" -c '
for i in range(3000):
    print("{\"content\":\"memory %d, which is long enough to fill a pipe\"}" % i)' >in.jsonl &&
	gitmem import jsonl in.jsonl >out &&
	for command in 'list' 'export' 'list --json' 'log' 'show HEAD'; do
		{ gitmem $command 2>err || echo $? >code; } | head -n 1 >out
		test ! -s err || { cat err; exit 1; }
	done &&
	{ must_fail 128 gitmem add -c 'into nowhere' >/dev/full 2>err; } &&
	grep -q '^error: cannot write to standard output' err &&
	gitmem list >list &&
	grep -q 'into nowhere' list
EOF

test_case 'descriptors that are closed' <<'EOF'
	new_repo closed &&
	{ gitmem add -c 'said to nobody' <&- >&- 2>&-; } &&
	{ gitmem list >&-; test $? -le 128; } &&
	gitmem list >list &&
	grep -q 'said to nobody' list &&
	test "$(wc -l <list)" -eq 1
EOF

test_case 'a project does not add the repository it holds' <<'EOF'
	git init -q project && cd project &&
	echo code >main.c &&
	gitmem init >/dev/null &&
	gitmem add -c text >out && rm out &&
	gitmem add staged >/dev/null &&
	git add . &&
	test "$(git ls-files)" = main.c &&
	test -z "$(git status --porcelain --untracked-files=all | grep gitmem)"
EOF

test_case 'a stage, a lock or an index that is no file' <<'EOF'
	new_repo nofile &&
	damaged . &&
	gitmem add -c text >out &&
	mkdir .gitmem/stage/main &&
	refused 128 gitmem add text &&
	rmdir .gitmem/stage/main &&
	ln -s /etc/passwd .gitmem/stage/main &&
	must_fail 128 gitmem add text 2>err &&
	rm .gitmem/stage/main &&
	mkfifo .gitmem/stage/main &&
	refused 128 gitmem status &&
	rm .gitmem/stage/main &&
	rm .gitmem/lock && mkdir .gitmem/lock &&
	refused 128 gitmem add text &&
	rmdir .gitmem/lock &&
	ln -s /nonexistent/place .gitmem/lock &&
	refused 128 gitmem add text &&
	rm .gitmem/lock &&
	gitmem add -c text >out
EOF

test_case 'branches that cannot be' <<'EOF'
	new_repo refs &&
	gitmem add -c base >out &&
	gitmem --branch a/b add -c text >out &&
	refused 128 gitmem --branch a add -c text &&
	refused 128 gitmem --branch a/b/c add -c text &&
	for name in '' . .. a..b 'a b' 'a~' 'a^' 'a:' 'a?' 'a*' 'a[' 'a\' /a a/ a//b a.lock .a \
		'@{' HEAD "$(printf 'a\tb')" -a; do
		must_fail 128 gitmem --branch="$name" add -c text >out 2>err || test -z "$name" || exit 1
	done &&
	git_here for-each-ref --format='%(refname)' >actual &&
	printf 'refs/heads/a/b\nrefs/heads/main\n' >expect &&
	expect_equal expect actual
EOF

done_testing
