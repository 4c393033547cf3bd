#!/bin/sh
# gitmem clone: from stock git, from gitmem repositories on this machine, and what is in the way.

. "$(dirname "$0")/lib.sh"
. "$lib_here/lib_remote.sh"

# A repository of stock git with two branches, a tag, and a memory on each.
stock_remote() {
	new_remote "$1" &&
		real_git clone -q "$remotes/$1" "seed-$1" 2>err &&
		(
			cd "seed-$1" &&
				mkdir keys && printf -- '---\nid: 01890000-0000-7000-8000-00000000000%s\ntype: semantic\nkey: %s\ncreated: 2026-01-02T03:04:05Z\n---\n\nokapis sleep standing\n' 1 okapi >keys/okapi.md &&
				real_git add . &&
				real_git -c user.name=T -c user.email=t@example.com commit -q -m one &&
				real_git tag v1 &&
				real_git branch other &&
				real_git push -q origin main other v1
		)
}

# A gitmem repository with memories, two branches and something staged.
peer() {
	mkdir "$1" && cd "$1" &&
		gitmem init --object-store "${2:-$lib_store}" >out &&
		for i in 1 2 3 4 5; do
			gitmem add -c --key "k/$i" "memory $i about okapis" >out || return 1
		done &&
		gitmem branch other &&
		gitmem --branch other add -c --key k/other 'only there' >out &&
		gitmem tag v1 &&
		gitmem add --key staged 'not committed yet' >out &&
		cd ..
}

test_case 'a repository of stock git over a path' <<'END'
	stock_remote notes &&
	gitmem clone "$remotes/notes" mine >out 2>err &&
	test ! -s out &&
	test "$(cat err)" = "Cloning into 'mine'..." &&
	test "$(gitmem -C mine log --oneline -1 | cut -c9-)" = one &&
	test "$(gitmem -C mine show okapi | tail -1)" = 'okapis sleep standing' &&
	gitmem -C mine branch -a >actual &&
	printf '* main\n  remotes/origin/HEAD\n  remotes/origin/main\n  remotes/origin/other\n' >expect &&
	expect_equal expect actual &&
	test "$(gitmem -C mine tag)" = v1 &&
	gitmem -C mine status | grep -qx "Upstream 'origin/main': 0 ahead, 0 behind" &&
	gitmem -C mine reflog main | grep -q "clone: from $remotes/notes" &&
	gitmem -C mine fsck
END

test_case 'over every other transport' <<'END'
	{ has_remotes https && export GITMEM_SSL_CAINFO="$remote_ca" || true; } &&
	for kind in file git http https ssh; do
		has_remotes $kind || continue
		url=$(remote_url $kind notes) &&
			gitmem -q clone "$url" "by-$kind" 2>err || { cat err && return 1; } &&
			test ! -s err &&
			test "$(gitmem -C "by-$kind" config remote.origin.url)" = "$url" &&
			test "$(gitmem -C "by-$kind" log --oneline -1 | cut -c9-)" = one || return 1
	done
END

test_case 'the folder is named as the URL ends' <<'END'
	mkdir guess && cd guess &&
	for end in '' / /.git; do
		[ "$end" != /.git ] || { mkdir -p dir && real_git clone -q "$remotes/notes" dir/notes 2>err; } &&
		case $end in /.git) url=$PWD/dir/notes/.git ;; *) url=$remotes/notes$end ;; esac &&
		gitmem -q clone "$url" && test -d notes/.gitmem && rm -rf notes || return 1
	done &&
	real_git clone -q --bare "$remotes/notes" deep.git &&
	gitmem -q clone deep.git && test -d deep/.gitmem && rm -rf deep &&
	gitmem -q clone deep && test -d deep/.gitmem &&
	test "$(gitmem -C deep config remote.origin.url)" = "$PWD/deep.git"
END

test_case 'so it is where nobody can be reached' <<'END'
	export GITMEM_SSH_COMMAND=false &&
	cat >urls <<-'EOT' &&
		host:path/to/foo.git foo
		host:foo foo
		user@host:foo/.gitmem foo
		ssh://user@host:22/foo/ foo
		ssh://host:2222/~/notes.gitmem notes
		file:///nowhere/a%20b a%20b
	EOT
	while read -r url name; do
		must_fail 128 gitmem clone "$url" 2>err </dev/null &&
			test "$(head -1 err)" = "Cloning into '$name'..." &&
			must_fail 128 gitmem clone --bare "$url" 2>err </dev/null &&
			test "$(head -1 err)" = "Cloning into bare repository '$name.gitmem'..." || return 1
	done <urls &&
	must_fail 129 gitmem clone / 2>err && test -s err
END

test_case 'a branch that is asked for' <<'END'
	gitmem -q clone -b other "$remotes/notes" branch &&
	test "$(gitmem -C branch branch --json | grep -c '"current":true')" -eq 1 &&
	gitmem -C branch status | grep -qx 'On branch other' &&
	must_fail 128 gitmem clone -b none "$remotes/notes" nobranch 2>err &&
	grep -qx 'error: Remote branch none not found in upstream origin' err &&
	test ! -e nobranch
END

test_case 'JSON tells what came of it' <<'END'
	gitmem --json -q clone -o hub "$remotes/notes" json >out &&
	cat >check.py <<-'EOT' &&
		import json, sys
		told = json.load(open("out"))
		assert told["path"].endswith("/json/.gitmem"), told
		assert told["url"].endswith("/notes") and told["remote"] == "hub", told
		assert told["branch"] == "main" and len(told["commit"]) == 40, told
		assert told["objects"] == 4 and not told["linked"] and not told["bare"], told
	EOT
	"$PYTHON" check.py &&
	gitmem -C json branch -a | grep -qx '  remotes/hub/main'
END

test_case 'a repository without a commit' <<'END'
	new_remote nothing &&
	gitmem clone "$remotes/nothing" nothing 2>err &&
	grep -qx 'warning: You appear to have cloned an empty repository.' err &&
	gitmem -C nothing add -c 'first' >out &&
	gitmem -C nothing status | grep -q 'On branch main' &&
	peer blank && rm -rf blank && mkdir blank && gitmem init -b trunk blank >out &&
	gitmem -q clone blank blank2 2>err &&
	gitmem -C blank2 status | grep -qx 'On branch trunk'
END

test_case 'a folder that is in use is left alone' <<'END'
	mkdir full && echo mine >full/file &&
	must_fail 128 gitmem clone "$remotes/notes" full 2>err &&
	grep -qx "error: destination path 'full' already exists and is not an empty directory" err &&
	test "$(ls -A full)" = file &&
	echo mine >plain &&
	must_fail 128 gitmem clone "$remotes/notes" plain 2>err &&
	test "$(cat plain)" = mine &&
	mkdir empty &&
	gitmem -q clone "$remotes/notes" empty &&
	must_fail 128 gitmem clone "$remotes/notes" empty 2>err &&
	must_fail 129 gitmem clone 2>err &&
	must_fail 129 gitmem clone a b c 2>err
END

test_case 'a failed clone leaves nothing' <<'END'
	must_fail 128 gitmem clone "$PWD/nowhere" lost 2>err &&
	grep -qx "error: repository '$PWD/nowhere' does not exist" err &&
	mkdir norepo kept &&
	must_fail 128 gitmem clone norepo lost 2>err &&
	must_fail 128 gitmem clone norepo kept 2>err &&
	test ! -e lost && test -z "$(ls -A kept)" &&
	must_fail 128 gitmem clone --bare norepo lost 2>err &&
	test ! -e lost && test -z "$(ls -A | grep gitmem-clone)"
END

test_case 'what a killed clone left goes with the next one' <<'END'
	mkdir -p taken/.gitmem-clone-1-0/repository/store &&
	gitmem -q clone "$remotes/notes" taken &&
	test "$(ls -A taken)" = .gitmem
END

test_case 'a shallow repository is refused' <<'END'
	(cd seed-notes && echo more >more && real_git add . &&
		real_git -c user.name=T -c user.email=t@example.com commit -q -m two &&
		real_git push -q origin main) &&
	real_git clone -q --bare --depth 1 "file://$remotes/notes" thin.git &&
	must_fail 128 gitmem clone thin.git thin 2>err &&
	grep -q shallow err && test ! -e thin
END

test_case 'a gitmem repository on this machine shares its files' <<'END'
	peer a &&
	gitmem -C a gc -q &&
	gitmem -C a add -c 'one more' >out &&
	gitmem --json -q clone a b >out &&
	grep -q '"linked":true' out &&
	case $lib_store in
	zstd) where=store kind='seg-*' ;;
	git) where=objects/pack kind='pack-*.pack' ;;
	esac &&
	test -n "$(find b/.gitmem/$where -name "$kind" -links 2)" &&
	gitmem -C a log --oneline >expect && gitmem -C b log --oneline >actual &&
	expect_equal expect actual &&
	gitmem -C b branch -a >actual &&
	printf '* main\n  remotes/origin/HEAD\n  remotes/origin/main\n  remotes/origin/other\n' >expect &&
	expect_equal expect actual &&
	test "$(gitmem -C b tag)" = v1 &&
	test -z "$(gitmem -C b status --short)" &&
	gitmem -C b reflog HEAD >log && test "$(wc -l <log)" -eq 1
END

test_case 'a remote whose HEAD leads to no branch' <<'END'
	stock_remote headless && at=$(cat "$remotes/headless/HEAD") &&
	for head in refs/tags/v1 refs/remotes/x/y; do
		printf 'ref: %s\n' "$head" >"$remotes/headless/HEAD" &&
			rm -rf headless && gitmem clone -q "$remotes/headless" headless &&
			gitmem -C headless branch >actual && echo '* main' >expect &&
			expect_equal expect actual && gitmem -C headless show okapi >out || return 1
	done &&
	echo "$at" >"$remotes/headless/HEAD"
END

test_case 'neither notices what becomes of the other' <<'END'
	gitmem -C b add -c --key k/b 'of b' >out &&
	gitmem -C a rm -c k/1 >out && gitmem -C a add -c --key k/a 'of a' >out &&
	gitmem -C a gc -q && gitmem -C b gc -q &&
	gitmem -C a fsck && gitmem -C b fsck &&
	test "$(gitmem -C b show k/1 | tail -1)" = 'memory 1 about okapis' &&
	must_fail 128 gitmem -C b show k/a 2>err &&
	cp -r a aside && rm -rf a &&
	gitmem -C b fsck && gitmem -C b list >list && test "$(wc -l <list)" -ge 6 &&
	mv aside a
END

test_case 'into the other layout' <<'END'
	case $lib_store in zstd) other=git ;; git) other=zstd ;; esac &&
	gitmem -q clone --object-store $other a converted &&
	gitmem -C converted fsck &&
	gitmem -C a log --oneline >expect && gitmem -C converted log --oneline >actual &&
	expect_equal expect actual &&
	gitmem -q clone --object-store $other "$remotes/notes" fetched &&
	gitmem -C fetched fsck &&
	test -e converted/.gitmem/store -o $other = git
END

test_case 'a bare one is found from inside' <<'END'
	gitmem -q clone --bare a hub.gitmem &&
	test -e hub.gitmem/HEAD && test ! -e hub.gitmem/.gitmem &&
	(cd hub.gitmem && gitmem branch -a >../actual && cd stage && gitmem fsck) &&
	printf '* main\n  other\n' >expect && expect_equal expect actual &&
	gitmem -q clone hub.gitmem && test -d hub/.gitmem &&
	gitmem -C hub log --oneline >actual && gitmem -C a log --oneline >expect &&
	expect_equal expect actual &&
	(cd seed-notes && gitmem -q clone --bare ../a && test -d a.gitmem/stage)
END

test_case 'recall works at once' <<'END'
	gitmem -C b recall okapis >out && grep -q okapis out
END

test_case 'the index comes along' <<'END'
	i=0 && while [ $i -lt 60 ]; do
		i=$((i + 1)) && echo "{\"key\":\"many/$i\",\"content\":\"number $i\"}"
	done | gitmem -C a import jsonl - >out &&
	gitmem -C a reindex 2>err &&
	gitmem -C a recall okapis --json >expect &&
	gitmem -q clone a indexed &&
	test -n "$(find indexed/.gitmem/recall -name '*.postings' -links 2)" &&
	gitmem -C indexed status | grep -q '^Index: current' &&
	gitmem -C indexed recall okapis --json >actual &&
	expect_equal expect actual &&
	gitmem -C indexed add -c 'okapis eat leaves' >out &&
	gitmem -C indexed reindex 2>err && gitmem -C indexed recall leaves >out &&
	gitmem -C a recall okapis --json >actual && expect_equal expect actual &&
	gitmem -C indexed fsck
END

test_case 'an index that is damaged or lacks a file stays behind' <<'END'
	gitmem -q clone a behind1 && rm behind1/.gitmem/recall/*.postings &&
	gitmem -q clone behind1 behind2 &&
	test -z "$(ls -A behind2/.gitmem/recall)" &&
	gitmem -C behind2 recall okapis >out && grep -q 'memory 4 about okapis' out &&
	echo rubbish >behind1/.gitmem/recall/index.db && rm -f behind1/.gitmem/recall/index.db-* &&
	gitmem -q clone behind1 behind3 &&
	gitmem -C behind3 recall okapis >out && grep -q okapis out &&
	gitmem -C behind3 fsck && rm -rf behind1
END

test_case 'one that is written and tidied up meanwhile' <<'END'
	{ (for i in 1 2 3 4 5 6 7 8; do
		gitmem -C a add -c "while it is cloned $i" >out1 &&
			gitmem -C a gc -q 2>err1 || exit 1
	done) & } &&
	for i in 1 2 3 4 5 6; do
		gitmem -q clone a "during-$i" && gitmem -C "during-$i" fsck >out2 || return 1
	done &&
	wait $!
END

test_case 'what must not be in a repository is not cloned' <<'END'
	peer evil git && gitmem -C evil gc -q &&
	blob=$(echo x | real_git --git-dir=evil/.gitmem hash-object -w --stdin) &&
	"$PYTHON" -c 'import sys; sys.stdout.buffer.write(b"100644 ..\0" + bytes.fromhex(sys.argv[1]))' \
		"$blob" >tree &&
	tree=$(real_git --git-dir=evil/.gitmem hash-object -w -t tree --literally tree) &&
	real_git --git-dir=evil/.gitmem update-ref refs/heads/other \
		"$(real_git --git-dir=evil/.gitmem -c user.name=T -c user.email=t@example.com \
			commit-tree -m evil "$tree")" &&
	for url in "$PWD/evil" "file://$PWD/evil"; do
		must_fail 128 gitmem clone "$url" good 2>err &&
			test "$(grep -c '^error: ' err)" -eq 1 && test ! -e good || return 1
	done &&
	rm -rf evil
END

test_case 'a damaged repository is not cloned' <<'END'
	peer broken git &&
	rm -f broken/.gitmem/objects/"$(real_git --git-dir=broken/.gitmem rev-parse main~2^{tree} |
		sed 's,^..,&/,')" &&
	must_fail 128 gitmem clone broken mended 2>err &&
	test "$(grep -c '^error: ' err)" -eq 1 && test ! -e mended &&
	rm -rf broken
END

test_case 'one that is converted back and forth meanwhile' <<'END'
	gitmem -C a log --oneline >expect &&
	{ (for i in 1 2 3 4 5 6 7 8 9 10; do
		gitmem -q -C a repack --object-store git && gitmem -q -C a repack --object-store zstd ||
			exit 1
	done) & } &&
	for i in 1 2 3 4 5 6 7 8; do
		gitmem -q clone --bare a flip && gitmem -C flip fsck >out2 &&
			gitmem -C flip log --oneline >actual && expect_equal expect actual &&
			rm -rf flip || return 1
	done &&
	wait $! && gitmem -q -C a repack --object-store "$lib_store"
END

done_testing
