#!/bin/sh
# gitmem config.

. "$(dirname "$0")/lib.sh"

test_case 'a setting is set, read and taken away' <<'EOF'
	new_repo notes &&
	silent gitmem config user.name 'deploy bot' &&
	gitmem config user.name >actual &&
	echo 'deploy bot' >expect &&
	expect_equal expect actual &&
	git --git-dir=.gitmem config user.name >actual &&
	expect_equal expect actual &&
	silent gitmem config --unset user.name &&
	must_fail 1 gitmem config user.name >actual 2>err &&
	test ! -s actual &&
	test ! -s err
EOF

test_case 'any value comes back the same, to git too' <<'EOF'
	cd notes &&
	for value in '' ' blanks ' 'semi;colon # hash' 'quote " back\slash' "$(printf 'two\nlines')" \
		"$(printf 'a\ttab')" 'ünïcode'; do
		gitmem config test.value "$value" || exit 1
		printf '%s\n' "$value" >expect
		gitmem config test.value >actual || exit 1
		expect_equal expect actual || exit 1
		git --git-dir=.gitmem config test.value >actual || exit 1
		expect_equal expect actual || exit 1
	done
EOF

test_case 'what git writes is read' <<'EOF'
	cd notes &&
	git --git-dir=.gitmem config 'branch.Feature/X.remote' 'some where' &&
	test "$(gitmem config 'branch.Feature/X.remote')" = 'some where' &&
	must_fail 1 gitmem config 'branch.feature/x.remote' &&
	test "$(gitmem config 'BRANCH.Feature/X.Remote')" = 'some where'
EOF

test_case 'the rest of the file stays byte for byte' <<'EOF'
	new_repo comments &&
	printf '# mine\n[user]   ; here\n\tname = old # why\n\temail = a@b\n' >>.gitmem/config &&
	sed 's/name = old # why/name = new/' .gitmem/config >expect &&
	gitmem config user.name new &&
	sed 's/name = new # why/name = new/' .gitmem/config >actual &&
	expect_equal expect actual
EOF

test_case '--list lists all, the strongest last' <<'EOF'
	new_repo listed &&
	gitmem config --global user.email global@example.com &&
	git config --global user.name 'of git' &&
	git config --global core.editor vi &&
	gitmem config user.name own &&
	gitmem config --list >actual &&
	grep '^user' actual >users &&
	printf 'user.name=of git\nuser.email=global@example.com\nuser.name=own\n' >expect &&
	expect_equal expect users &&
	must_fail 1 grep core.editor actual &&
	gitmem config >again &&
	expect_equal actual again &&
	gitmem config -l >again &&
	expect_equal actual again &&
	test "$(gitmem config user.name)" = own
EOF

test_case '--global needs no repository and makes its file' <<'EOF'
	export XDG_CONFIG_HOME="$SCRATCH/xdg" &&
	silent gitmem config --global memory.maxSize 2m &&
	test -f xdg/gitmem/config &&
	test "$(gitmem config --global memory.maxsize)" = 2m &&
	gitmem config --global >actual &&
	echo 'memory.maxsize=2m' >expect &&
	expect_equal expect actual &&
	new_repo of-global &&
	test "$(gitmem config memory.maxSize)" = 2m &&
	gitmem config --global --unset memory.maxSize &&
	must_fail 1 gitmem config memory.maxSize
EOF

test_case 'it prints JSON' <<'EOF'
	cd notes &&
	gitmem config user.name 'x "y"' &&
	gitmem --json config user.name >actual &&
	test "$(json_get actual .key)" = user.name &&
	test "$(json_get actual .value)" = 'x "y"' &&
	gitmem --json config --list >actual &&
	json_get actual .key >keys &&
	grep -qx core.bare keys &&
	silent gitmem --json config user.name z
EOF

test_case 'taking away what is not set is "no"' <<'EOF'
	cd notes &&
	must_fail 1 gitmem config --unset no.such 2>err &&
	echo "error: 'no.such' is not set" >expect &&
	expect_equal expect err
EOF

test_case 'wrong usage' <<'EOF'
	cd notes &&
	cp .gitmem/config before &&
	for name in name .name user. 'us er.name' 'user.na me' user.1name; do
		must_fail 129 gitmem config "$name" x 2>err || exit 1
		grep -q '^error: ' err || exit 1
	done &&
	must_fail 129 gitmem config --unset &&
	must_fail 129 gitmem config --list user.name &&
	must_fail 129 gitmem config user.name a b &&
	expect_equal before .gitmem/config
EOF

test_case 'without a repository it fails' <<'EOF'
	must_fail 128 gitmem config user.name 2>err &&
	grep -q '^error: not a gitmem repository' err
EOF

test_case 'a broken file is named with its line' <<'EOF'
	new_repo broken &&
	damaged . &&
	printf '[user\n' >>.gitmem/config &&
	must_fail 128 gitmem config user.name 2>err &&
	grep -q "^error: bad config line [0-9]* in '.*/.gitmem/config'" err
EOF

test_case 'writers at the same time all get through' <<'EOF'
	new_repo many &&
	for writer in 1 2 3 4; do
		(
			for i in 1 2 3 4 5; do
				gitmem config "test.w$writer-$i" "$i" || exit 1
			done
		) &
	done &&
	wait &&
	test "$(gitmem config --list | grep -c '^test.w')" -eq 20
EOF

test_case 'core.fsync is commit or none' <<'EOF'
	gitmem init --object-store zstd flushed >/dev/null &&
	cd flushed &&
	gitmem config user.name N && gitmem config user.email n@example.com &&
	silent gitmem config core.fsync none &&
	silent gitmem config core.fsync commit &&
	must_fail 129 gitmem config core.fsync never 2>err &&
	grep -q "^error: 'core.fsync' is 'commit' or 'none', not 'never'" err &&
	must_fail 129 gitmem config --global Core.fSync all &&
	test "$(gitmem config core.fsync)" = commit &&
	git config -f .gitmem/config core.fsync all &&
	must_fail 128 gitmem list 2>err &&
	grep -q "^error: 'core.fsync' is 'commit' or 'none', not 'all'" err &&
	must_fail 129 gitmem config core.fsync never &&
	must_fail 128 gitmem config user.name X &&
	silent gitmem config core.fsync commit &&
	gitmem list >/dev/null &&
	git config -f .gitmem/config core.fsync all &&
	silent gitmem config --unset core.fsync &&
	gitmem list >/dev/null
EOF

test_case 'in the layout of git core.fsync is what git says' <<'EOF'
	gitmem init --object-store git stock >/dev/null &&
	cd stock &&
	silent gitmem config core.fsync all &&
	gitmem list >/dev/null
EOF

# With the fault seam a flush that fails shows that there was one.
if has_faults; then
	test_case 'a commit is flushed, unless core.fsync is none' <<'EOF'
		cd flushed &&
		export GITMEM_FAULT_REPORT="$PWD/report" &&
		gitmem add -c 'one memory' >/dev/null &&
		{ GITMEM_FAULT=fsync:1+ gitmem add -c 'another' >actual 2>err; test $? -eq 128; } &&
		test "$(cat report)" = hit &&
		gitmem config core.fsync none &&
		GITMEM_FAULT=fsync:1+ gitmem add -c 'a third memory' >/dev/null &&
		test "$(cat report)" = missed &&
		gitmem config core.fsync commit &&
		gitmem list >actual &&
		grep -q 'a third memory' actual &&
		! grep -q another actual
EOF
fi

done_testing
