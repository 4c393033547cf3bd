#!/bin/sh
# gitmem repack: one pack in Git's layout, and from one layout to the other and back.

. "$(dirname "$0")/lib.sh"

# A repository in Git's layout, whatever the tests are run on, with something of everything.
git_repo() {
	mkdir "$1" && cd "$1" && gitmem init --object-store git >out &&
		for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
			gitmem add -c --key "k/$((i % 5))" "memory $i about okapis" >out || return 1
		done &&
		gitmem branch other &&
		gitmem --branch other add -c 'only there' >out &&
		gitmem add --key staged 'not committed yet' >out &&
		stock tag -a -m 'a tag' v1 main &&
		stock tag light main~3 &&
		stock update-ref refs/notes/x main~2 &&
		stock symbolic-ref refs/remotes/origin/HEAD refs/heads/other &&
		echo 'nothing leads here' | stock hash-object -w --stdin >lost
}

# On the repository itself.
stock() {
	real_git --git-dir=.gitmem -c user.name=T -c user.email=t@example.com "$@"
}

# All that there is, as stock git and we see it.
snapshot() {
	stock cat-file --batch-all-objects --batch-check | sort &&
		stock rev-list --all --reflog --objects | sort &&
		stock for-each-ref &&
		cat .gitmem/HEAD &&
		(cd .gitmem/logs && find . -type f ! -name '.tmp_*' -exec sha1sum {} + | sort) &&
		gitmem status | grep -v "^Index: "
}

stock_fsck() {
	stock fsck --strict --no-dangling >fsck.out 2>&1 && ! grep -v '^notice' fsck.out
}

test_case 'everything becomes one pack that git finds no fault in' <<'END'
	git_repo one &&
	snapshot >expect &&
	gitmem repack 2>err &&
	grep -Eq '^packed [0-9]+ objects into [0-9]+ bytes; before, all had [0-9]+$' err &&
	snapshot >actual &&
	expect_equal expect actual &&
	test "$(ls .gitmem/objects/pack | wc -l)" -eq 2 &&
	test "$(stock count-objects)" = '1 objects, 4 kilobytes' &&
	stock verify-pack -v .gitmem/objects/pack/*.idx >list &&
	grep -q 'chain length = ' list &&
	stock_fsck &&
	silent gitmem -q repack &&
	snapshot >actual &&
	expect_equal expect actual
END

test_case 'a dry run changes nothing' <<'END'
	git_repo dry &&
	find .gitmem -name lock -o -type f -print | sort >expect &&
	gitmem repack -n 2>err &&
	grep -Eq '^would pack [0-9]+ objects$' err &&
	gitmem repack -n --object-store zstd 2>err &&
	grep -Eq '^would convert [0-9]+ objects and [0-9]+ refs to the zstd layout$' err &&
	find .gitmem -name lock -o -type f -print | sort >actual &&
	expect_equal expect actual
END

test_case 'packs become one; one that is kept stays, and what it has is not packed again' <<'END'
	git_repo packs &&
	stock repack -q -d &&
	gitmem add -c 'more' >out &&
	stock repack -q -d &&
	for pack in .gitmem/objects/pack/*.pack; do
		: >"${pack%.pack}.keep" && break
	done &&
	gitmem add -c 'even more' >out &&
	snapshot >expect &&
	gitmem --json repack >actual &&
	test "$(json_get actual .packs)" -eq 1 &&
	test "$(json_get actual .layout)" = git &&
	test "$(json_get actual .converted)" = false &&
	test -e "$pack" &&
	test "$(ls .gitmem/objects/pack/*.pack | wc -l)" -eq 2 &&
	snapshot >actual &&
	expect_equal expect actual &&
	stock_fsck
END

test_case 'packed objects that nothing leads to get a pack apart with their ages' <<'END'
	git_repo apart &&
	stock pack-objects -q .gitmem/objects/pack/pack <lost >out &&
	stock repack -q -d &&
	touch -d '2026-01-01 00:00:00' .gitmem/objects/pack/*.pack &&
	snapshot >expect &&
	gitmem repack 2>err &&
	test "$(ls .gitmem/objects/pack/*.pack | wc -l)" -eq 2 &&
	test "$(ls .gitmem/objects/pack/*.mtimes | wc -l)" -eq 1 &&
	snapshot >actual &&
	expect_equal expect actual &&
	stock_fsck &&
	gitmem repack 2>err &&
	snapshot >actual &&
	expect_equal expect actual &&
	test "$(ls .gitmem/objects/pack/*.mtimes | wc -l)" -eq 1 &&
	stock repack -q -a -d --cruft --cruft-expiration=2026-01-02 &&
	must_fail 1 stock cat-file -e "$(cat lost)"
END

test_case 'an index over many packs, a bitmap and reverse indexes are no hindrance' <<'END'
	git_repo midx &&
	stock repack -q -d &&
	gitmem add -c 'more' >out &&
	stock -c pack.writeReverseIndex=true repack -q -d &&
	stock -c pack.writeReverseIndex=true repack -q -a -d --write-bitmap-index --write-midx &&
	gitmem add -c 'one more' >out &&
	stock repack -q -d &&
	stock multi-pack-index write --bitmap &&
	snapshot >expect &&
	gitmem repack 2>err &&
	snapshot >actual &&
	expect_equal expect actual &&
	test "$(ls .gitmem/objects/pack | wc -l)" -eq 2 &&
	stock_fsck
END

test_case 'what is borrowed from another repository stays there' <<'END'
	git_repo lender &&
	gitmem -q repack &&
	cd .. && mkdir borrower && cd borrower &&
	gitmem init --object-store git >out &&
	echo "$PWD/../lender/.gitmem/objects" >.gitmem/objects/info/alternates &&
	stock update-ref refs/heads/main "$(git --git-dir=../lender/.gitmem rev-parse main)" &&
	gitmem add -c 'of my own' >out &&
	gitmem --json repack >actual &&
	test "$(json_get actual .objects)" -lt 10 &&
	stock_fsck &&
	gitmem -q repack --object-store zstd &&
	gitmem fsck &&
	gitmem list >expect &&
	gitmem -q repack --object-store git &&
	gitmem list >actual &&
	expect_equal expect actual &&
	stock_fsck
END

test_case 'there and back again nothing has changed' <<'END'
	git_repo round &&
	snapshot >expect &&
	gitmem list >expect-list &&
	gitmem log other main >expect-log &&
	gitmem repack --object-store zstd 2>err &&
	grep -Eq '^converted [0-9]+ objects and 7 refs to the zstd layout$' err &&
	test -e .gitmem/store/manifest &&
	must_fail 128 stock log &&
	gitmem fsck &&
	gitmem list >actual &&
	expect_equal expect-list actual &&
	gitmem log other main >actual &&
	expect_equal expect-log actual &&
	test -z "$(find .gitmem/objects -type f)" &&
	test ! -e .gitmem/packed-refs &&
	gitmem --json repack --object-store git >actual &&
	test "$(json_get actual .layout)" = git &&
	test "$(json_get actual .converted)" = true &&
	test ! -e .gitmem/store &&
	snapshot >actual &&
	expect_equal expect actual &&
	stock_fsck &&
	gitmem commit -m 'what was staged' >out &&
	stock_fsck
END

test_case 'a detached HEAD and an empty repository are converted' <<'END'
	git_repo detached &&
	stock update-ref --no-deref HEAD main~1 &&
	snapshot >expect &&
	gitmem -q repack --object-store zstd &&
	gitmem -q repack --object-store git &&
	snapshot >actual &&
	expect_equal expect actual &&
	cd .. && mkdir nothing && cd nothing &&
	gitmem init --object-store git -b trunk >out &&
	gitmem -q repack &&
	gitmem -q repack --object-store zstd &&
	gitmem status >actual &&
	grep -q trunk actual &&
	gitmem add -c 'the first' >out &&
	gitmem -q repack --object-store git &&
	stock_fsck &&
	test "$(stock rev-list --count trunk)" -eq 1
END

test_case 'a repository that began as zstd is converted, and stock git works in it' <<'END'
	mkdir began && cd began && gitmem init --object-store zstd >out &&
	for i in 1 2 3 4 5 6; do
		gitmem add -c --key "k/$i" "memory $i" >out || exit 1
	done &&
	gitmem rm -c k/3 &&
	gitmem branch other HEAD~2 &&
	gitmem log other main >expect &&
	mkdir -p .gitmem/logs/refs/heads/sub &&
	echo 'of a conversion that failed' >.gitmem/logs/refs/heads/sub/gone &&
	gitmem --json repack -n --object-store git >planned &&
	gitmem --json repack --object-store git >done &&
	test "$(json_get planned .refs)" = "$(json_get done .refs)" &&
	test ! -e .gitmem/logs/refs/heads/sub/gone &&
	gitmem log other main >actual &&
	expect_equal expect actual &&
	stock_fsck &&
	stock log --oneline >out &&
	test "$(wc -l <out)" -eq 7 &&
	test "$(stock reflog | wc -l)" -eq 7 &&
	stock commit-tree -p main -m 'by git' 'main^{tree}' >commit &&
	stock update-ref refs/heads/main "$(cat commit)" &&
	gitmem log -1 >actual &&
	grep -q 'by git' actual
END

test_case 'a damaged object is not lost in a conversion: it is refused' <<'END'
	git_repo broken && damaged . &&
	blob=$(stock rev-parse 'main:keys/k/1.md') &&
	file=.gitmem/objects/$(echo "$blob" | sed 's,^..,&/,') &&
	chmod u+w "$file" && printf x >"$file" &&
	must_fail 128 gitmem repack 2>err &&
	grep -q "$blob" err &&
	must_fail 128 gitmem repack --object-store zstd 2>err &&
	grep -q "$blob" err &&
	test ! -e .gitmem/store && test ! -e .gitmem/store.new &&
	stock log --oneline >out
END

test_case 'worktrees and shallow histories are not converted' <<'END'
	git_repo unfit &&
	stock worktree add -q ../unfit-tree other &&
	must_fail 128 gitmem repack --object-store zstd 2>err &&
	grep -q "worktrees' cannot be converted" err &&
	gitmem -q repack &&
	stock_fsck
END

test_case 'what an interrupted conversion left is undone or finished' <<'END'
	git_repo left &&
	snapshot >expect &&
	stock config extensions.gitmem 1 &&
	stock config core.repositoryformatversion 1 &&
	mkdir .gitmem/store.new .gitmem/store.new/store &&
	echo half >.gitmem/store.new/store/seg-00000001 &&
	gitmem list >out &&
	gitmem fsck >out &&
	grep -q "^warning: file 'store.new': a conversion that was stopped left it" out &&
	gitmem -q repack &&
	test ! -e .gitmem/store.new &&
	snapshot >actual &&
	expect_equal expect actual &&
	gitmem -q repack --object-store zstd &&
	cp -R .gitmem copy &&
	gitmem -q repack --object-store git &&
	mv copy/store .gitmem/store.old &&
	cp copy/config .gitmem/config &&
	gitmem list >out &&
	gitmem -q repack &&
	test ! -e .gitmem/store.old &&
	snapshot >actual &&
	expect_equal expect actual &&
	rm -r copy
END

test_case 'a writer that waited for a conversion writes into the new layout' <<'END'
	git_repo waiting &&
	for round in 1 2 3; do
		for layout in zstd git; do
			gitmem -q repack --object-store "$layout" &
			gitmem add -c "while it was going to $layout in round $round" >out || exit 1
			gitmem list >out || exit 1
			wait || exit 1
		done
	done &&
	gitmem list >out &&
	test "$(grep -c 'while it was' out)" -eq 6 &&
	stock_fsck
END

test_case 'segments are packed too' <<'END'
	git_repo segments &&
	snapshot >expect &&
	gitmem -q repack --object-store zstd &&
	gitmem --json repack -n >actual &&
	test "$(json_get actual .layout)" = zstd &&
	gitmem --json repack >actual &&
	test "$(json_get actual .objects)" -gt 50 &&
	test "$(json_get actual .unreachable)" -gt 0 &&
	gitmem fsck &&
	gitmem -q repack --object-store git &&
	snapshot >actual &&
	expect_equal expect actual &&
	stock_fsck
END

# other_layout: the one that the repository does not have.
other_layout() {
	if [ -e .gitmem/store/manifest ]; then
		echo git
	else
		echo zstd
	fi
}

test_case 'killed at any moment it is in one layout or the other, with all there is' <<'END'
	git_repo killed &&
	snapshot >expect &&
	gitmem list >expect-list &&
	for pause in 0.005 0.01 0.015 0.02 0.03 0.04 0.05 0.06 0.07 0.08 0.1 0.15 0.2; do
		gitmem -q repack --object-store "$(other_layout)" &
		sleep "$pause"
		gitmem list >actual || exit 1
		cmp expect-list actual || exit 1
		kill -9 $! 2>/dev/null
		wait
		gitmem list >actual || exit 1
		cmp expect-list actual || exit 1
		gitmem fsck || exit 1
	done &&
	gitmem -q repack --object-store zstd &&
	gitmem -q repack --object-store git &&
	test ! -e .gitmem/store.old && test ! -e .gitmem/store.new &&
	gitmem status >out &&
	gitmem recall okapis >out &&
	snapshot >actual &&
	expect_equal expect actual &&
	stock_fsck
END

# there_and_back N: convert the repository N times either way.
there_and_back() {
	for round in $(seq "$1"); do
		gitmem -q repack --object-store zstd || echo "zstd $round" >>failed
		gitmem -q repack --object-store git || echo "git $round" >>failed
	done
}

test_case 'readers go on while it is converted over and over' <<'END'
	git_repo readers &&
	gitmem list >expect &&
	{ there_and_back 3 & } &&
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		gitmem list >actual || exit 1
		cmp expect actual || exit 1
		gitmem log >out || exit 1
	done &&
	wait &&
	test ! -e failed &&
	stock_fsck
END

done_testing
