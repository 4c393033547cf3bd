#!/bin/sh
# gitmem fetch from remotes that mean harm (forged_remote.py), or break: it tells why, changes
# nothing, and leaves nothing.

. "$(dirname "$0")/lib.sh"

# forged KIND: fetch from such a remote.
forged() {
	gitmem config core.sshCommand "$PYTHON $lib_here/forged_remote.py $1" &&
		gitmem fetch origin
}

# refused KIND WORDS: with these words, and all is as it was.
refused() {
	must_fail 128 forged "$1" 2>err || { cat err && return 1; }
	{
		grep -q "$2" err && test "$(grep -c . err)" -le 2 &&
			test "$(gitmem branch -a)" = "$before" &&
			test -z "$(find .gitmem -name 'tmp_*')" && gitmem fsck -q
	} || { echo "$1:" && cat err && return 1; }
}

new_mine() {
	new_repo "$1" && gitmem config remote.origin.url ssh://forged/x &&
		gitmem config remote.origin.fetch '+refs/heads/*:refs/remotes/origin/*' &&
		gitmem add -c --key mine 'what was here' >out && before=$(gitmem branch -a)
}

test_case 'a good one, to see that the others are refused for what they are' <<'EOF'
	new_mine good && forged good 2>err && gitmem show origin/main:keys/okapi.md | grep -q standing
EOF

test_case 'packs that are damaged' <<'EOF'
	new_mine damaged && for kind in byte checksum text version more bad-delta; do
		refused $kind damaged || return 1
	done &&
	refused cut 'fetch\|damaged\|end' && refused nothing . && refused orphan-delta .
EOF

test_case 'packs from which something is missing' <<'EOF'
	new_mine missing && for kind in commit root folder blob; do
		refused without-$kind 'is missing' || return 1
	done &&
	refused empty 'is missing'
EOF

test_case 'packs that want too much' <<'EOF'
	new_mine much && refused millions 'fetch.maxObjects' && refused huge 'more than' &&
	refused bombs 'more than' && { ! slow_tests || refused zeros 'more than'; } &&
	gitmem config fetch.maxInputSize 300 && refused good 'fetch.maxInputSize' &&
	gitmem config --unset fetch.maxInputSize && gitmem config fetch.maxObjects 3 &&
	refused good 'fetch.maxObjects' && gitmem config fetch.maxObjects 4 && forged good 2>err
EOF

test_case 'trees and commits that no repository may have' <<'EOF'
	new_mine trees && for kind in dots dot-git dot-git-case slash empty-name mode type double \
		no-author; do
		refused $kind 'not sound' || return 1
	done
EOF

test_case 'refs with names that lead astray' <<'EOF'
	new_mine refs && gitmem branch >branches && cp .gitmem/config before && { forged refs 2>err || test $? -eq 1; } &&
	gitmem branch -a >out && ! grep -q 'rescue\|red\|a b\|lock\|\.\.' out && grep -q 'origin/good' out &&
	! grep -q "$(printf '\033')" err && gitmem branch >after && expect_equal branches after
EOF

test_case 'what a killed fetch left goes with gc, and what is held stays' <<'EOF'
	new_mine litter && mkdir -p .gitmem/objects/tmp_objdir-incoming-gm-abcdef/pack &&
	echo x >.gitmem/objects/tmp_objdir-incoming-gm-abcdef/pack/p && gitmem fsck -q &&
	mkdir .gitmem/objects/tmp_objdir-incoming-gm-ghijkl &&
	flock .gitmem/objects/tmp_objdir-incoming-gm-ghijkl gitmem gc -q &&
	test "$(ls -d .gitmem/objects/tmp*)" = .gitmem/objects/tmp_objdir-incoming-gm-ghijkl &&
	forged good 2>err && test ! -e .gitmem/objects/tmp_objdir-incoming-gm-ghijkl
EOF

test_case 'the program is killed while it fetches' <<'EOF'
	new_mine killed && cat >slow <<'END' && chmod +x slow &&
#!/bin/sh
"$PYTHON" "$HERE/forged_remote.py" good | { dd bs=1 count=400 2>/dev/null; sleep 20; }
END
	export PYTHON HERE="$lib_here" && gitmem config core.sshCommand "$PWD/slow" &&
	{ timeout -s KILL 2 gitmem fetch origin 2>err; test $? -eq 137; } && test "$(gitmem branch -a)" = "$before" &&
	sleep 0.5 && forged good 2>err && test -z "$(find .gitmem -name 'tmp_*')"
EOF

done_testing
