#!/bin/sh
# gitmem init: a repository, as stock git and a surrounding project see it.

. "$(dirname "$0")/lib.sh"

test_case 'it makes a repository and says where' <<'EOF'
	mkdir notes &&
	cd notes &&
	gitmem init >actual 2>err &&
	echo "Initialized empty gitmem repository in $(pwd)/.gitmem" >expect &&
	expect_equal expect actual &&
	test ! -s err &&
	test "$(head_of .gitmem)" = refs/heads/main
EOF

test_case 'an empty repository is of use' <<'EOF'
	cd notes &&
	silent gitmem list &&
	silent gitmem log &&
	silent gitmem branch &&
	silent gitmem fsck &&
	must_fail 1 gitmem recall anything
EOF

test_case 'doing it again changes nothing' <<'EOF'
	cd notes &&
	gitmem add -c 'stays' >id &&
	find .gitmem -type f -exec sha1sum {} + | LC_ALL=C sort >expect &&
	gitmem init >actual &&
	echo "Reinitialized existing gitmem repository in $(pwd)/.gitmem" >line &&
	expect_equal line actual &&
	find .gitmem -type f -exec sha1sum {} + | LC_ALL=C sort >actual &&
	expect_equal expect actual &&
	silent gitmem -q init
EOF

test_git_case 'it mends folders that are missing' <<'EOF'
	new_repo mended &&
	rm -r .gitmem/logs .gitmem/stage .gitmem/objects/pack &&
	silent gitmem init -q &&
	test -d .gitmem/stage &&
	gitmem add -c 'works' >id
EOF

test_case 'the folder is made with what is missing above it' <<'EOF'
	gitmem init deep/er/notes >actual &&
	grep -q 'deep/er/notes/.gitmem$' actual &&
	test -d deep/er/notes/.gitmem
EOF

test_case '-b names the branch' <<'EOF'
	gitmem init -q -b assistant named &&
	test "$(head_of named/.gitmem)" = refs/heads/assistant &&
	gitmem init -b other named >out 2>err &&
	grep -q "^warning: the repository exists already: '-b other' is ignored" err &&
	test "$(head_of named/.gitmem)" = refs/heads/assistant
EOF

test_case 'a bad name of a branch makes nothing' <<'EOF'
	mkdir bad &&
	for name in 'a b' .. HEAD '' a..b 'a.lock' -- '@{' '/x' 'x/'; do
		must_fail 128 gitmem init "--initial-branch=$name" bad >out 2>err || exit 1
		test ! -s out || exit 1
		grep -q 'is not a valid branch name' err || exit 1
		test ! -e bad/.gitmem || exit 1
	done
EOF

test_case 'it prints JSON' <<'EOF'
	gitmem --json init json >actual &&
	test "$(json_get actual .path)" = "$(pwd)/json/.gitmem" &&
	test "$(json_get actual .created)" = true &&
	test "$(json_get actual .branch)" = main &&
	gitmem init --json json >actual &&
	test "$(json_get actual .created)" = false
EOF

test_case 'GITMEM_DIR is the folder itself' <<'EOF'
	GITMEM_DIR=elsewhere/mem gitmem init -q &&
	test -f elsewhere/mem/HEAD &&
	GITMEM_DIR=elsewhere/mem gitmem init -q given &&
	test -f given/.gitmem/HEAD &&
	GITMEM_DIR=elsewhere/mem gitmem add -c 'there' >id
EOF

test_case 'a surrounding project adds nothing of it' <<'EOF'
	git init -q project &&
	cd project &&
	gitmem init -q &&
	gitmem add -c 'not of the project' >../id &&
	echo code >main.c &&
	git add . &&
	git ls-files >actual &&
	echo main.c >expect &&
	expect_equal expect actual &&
	git status --porcelain >../status &&
	must_fail 1 grep gitmem ../status
EOF

test_case '--readme makes a first commit for people with stock git' <<'EOF'
	gitmem init -q --readme readme &&
	cd readme &&
	git --git-dir=.gitmem ls-tree --name-only HEAD >actual &&
	printf '.gitattributes\nREADME.md\n' >expect &&
	expect_equal expect actual &&
	git --git-dir=.gitmem show HEAD:README.md >text &&
	grep -qx '# Memory' text &&
	silent gitmem list &&
	gitmem init -q --readme &&
	test "$(git --git-dir=.gitmem rev-list --count HEAD)" -eq 1 &&
	silent gitmem fsck
EOF

test_case '--readme keeps a README that is there' <<'EOF'
	new_repo kept &&
	gitmem add -c --key a 'one' >id &&
	blob=$(echo mine | git --git-dir=.gitmem hash-object -w --stdin) &&
	git --git-dir=.gitmem read-tree HEAD &&
	git --git-dir=.gitmem update-index --add --cacheinfo "100644,$blob,README.md" &&
	tree=$(git --git-dir=.gitmem write-tree) &&
	commit=$(git --git-dir=.gitmem -c user.name=x -c user.email=x@y \
		commit-tree -m x -p HEAD "$tree") &&
	git --git-dir=.gitmem update-ref refs/heads/main "$commit" &&
	rm -f .gitmem/index &&
	gitmem init -q --readme &&
	test "$(git --git-dir=.gitmem show HEAD:README.md)" = mine &&
	git --git-dir=.gitmem cat-file -e HEAD:.gitattributes &&
	test "$(gitmem --json list | wc -l)" -eq 1
EOF

test_case '--object-store git keeps objects and refs in files of Git' <<'EOF'
	gitmem init -q --object-store git plain &&
	cd plain &&
	gitmem add -c 'kept in a file' >id &&
	test ! -e .gitmem/store &&
	test -f .gitmem/refs/heads/main &&
	real_git --git-dir=.gitmem fsck --strict &&
	test "$(real_git --git-dir=.gitmem rev-list --count HEAD)" -eq 1
EOF

test_case '--object-store zstd keeps all of it in segments' <<'EOF'
	gitmem init -q --object-store zstd compact &&
	cd compact &&
	gitmem add -c 'kept in a segment' >id &&
	gitmem branch side &&
	silent gitmem fsck &&
	find .gitmem/objects .gitmem/refs -type f >files &&
	test ! -s files
EOF

test_case 'segments are the default' <<'EOF'
	HOME=$SCRATCH/nobody gitmem init -q default &&
	test -f default/.gitmem/store/manifest &&
	env -u HOME "$(command -v gitmem)" init -q homeless &&
	test -f homeless/.gitmem/store/manifest
EOF

test_case 'init.objectStore of the user is another default' <<'EOF'
	export XDG_CONFIG_HOME="$SCRATCH/xdg" &&
	gitmem config --global init.objectStore git &&
	gitmem init -q by-config &&
	test ! -e by-config/.gitmem/store &&
	gitmem init -q --object-store zstd by-option &&
	test -f by-option/.gitmem/store/manifest &&
	silent gitmem init -q by-option &&
	gitmem config --global init.objectStore zstd &&
	gitmem init -q by-config-too &&
	test -f by-config-too/.gitmem/store/manifest &&
	gitmem config --global init.objectStore tar &&
	must_fail 128 gitmem init wrong 2>err &&
	grep -q "^error: 'init.objectStore' is 'tar', which is neither 'zstd' nor 'git'" err &&
	test ! -e wrong &&
	gitmem init -q --object-store git not-asked &&
	test ! -e not-asked/.gitmem/store
EOF

test_case 'a repository keeps its layout: another is refused' <<'EOF'
	for layout in zstd git; do
		other=$([ "$layout" = git ] && echo zstd || echo git)
		gitmem init -q --object-store "$layout" "keeps-$layout" || exit 1
		gitmem -C "keeps-$layout" add -c 'stays' >id || exit 1
		rm -r "keeps-$layout/.gitmem/recall" || exit 1
		find "keeps-$layout" -type f -exec sha1sum {} + | LC_ALL=C sort >expect
		must_fail 128 gitmem init --object-store "$other" "keeps-$layout" >out 2>err || exit 1
		test ! -s out || exit 1
		grep -q "^error: .*is there already, in the layout '$layout'" err || exit 1
		grep -q "^hint: 'gitmem repack --object-store $other' converts it" err || exit 1
		test ! -e "keeps-$layout/.gitmem/recall" || exit 1
		silent gitmem init -q --object-store "$layout" "keeps-$layout" || exit 1
		find "keeps-$layout" -type f -exec sha1sum {} + | LC_ALL=C sort >actual
		expect_equal expect actual || exit 1
	done &&
	must_fail 128 gitmem --json init --object-store git keeps-zstd 2>err &&
	test "$(json_get err .error.code)" = exists
EOF

test_case 'many at once make one, in one layout' <<'EOF'
	for i in 1 2 3 4 5 6; do
		layout=$([ $((i % 2)) = 0 ] && echo zstd || echo git)
		gitmem init -q --object-store "$layout" shared 2>"err-$layout-$i" &
	done &&
	wait &&
	gitmem -C shared add -c 'one' >id &&
	silent gitmem -C shared fsck &&
	if [ -e shared/.gitmem/store ]; then
		test ! -e shared/.gitmem/refs/heads
	else
		real_git --git-dir=shared/.gitmem fsck --strict
	fi
EOF

test_case 'in segments a commit has a name in SHA-256 as well' <<'EOF'
	cd compact &&
	gitmem add -c 'another' >id &&
	gitmem --json log -1 >commit &&
	name=$(json_get commit .sha256) &&
	test ${#name} -eq 64 &&
	gitmem --json log -1 "sha256:$name" >actual &&
	expect_equal commit actual &&
	gitmem --json show "sha256:$(echo "$name" | cut -c 1-12)~1" >parent &&
	test "$(json_get parent .commit)" = "$(json_get commit .parents.0)" &&
	must_fail 128 gitmem log sha256:0000000000 2>err &&
	must_fail 128 gitmem log sha256:xyz12 2>err &&
	must_fail 128 gitmem -C ../plain log "sha256:$name" 2>err
EOF

test_case 'stock git refuses a repository with segments' <<'EOF'
	for command in log 'fsck --strict' gc 'show HEAD' 'branch x'; do
		# shellcheck disable=SC2086 # a command and its arguments
		must_fail 128 real_git --git-dir=compact/.gitmem $command 2>err || exit 1
		grep -q 'unknown repository extension' err || exit 1
	done &&
	must_fail 128 real_git clone compact/.gitmem copied &&
	test ! -e copied &&
	silent gitmem -C compact fsck
EOF

test_case 'a store that is lost is not made anew' <<'EOF'
	gitmem init -q --object-store zstd lost &&
	damaged lost &&
	rm -r lost/.gitmem/store &&
	must_fail 128 gitmem -C lost list 2>err &&
	grep -q '^error: .*store. is missing' err &&
	must_fail 128 gitmem init lost 2>err &&
	test ! -e lost/.gitmem/store
EOF

test_case 'what it refuses' <<'EOF'
	must_fail 129 gitmem init --object-store tar x &&
	must_fail 129 gitmem init a b &&
	must_fail 129 gitmem init '' &&
	echo file >taken &&
	must_fail 128 gitmem init taken 2>err &&
	grep -q '^error: .*taken' err
EOF

if has_faults; then
	test_case 'a failed write leaves nothing that is half a repository' <<'EOF'
		for kind in write fsync rename alloc; do
			n=0
			while n=$(next_fault $kind $n) && rm -rf swept && mkdir swept; do
				GITMEM_FAULT=$kind:$n GITMEM_FAULT_REPORT=report gitmem init -q --readme \
					swept 2>err
				code=$?
				gitmem init -q swept && gitmem -C swept fsck || exit 1
				[ "$(cat report)" = hit ] || break
				if [ "$code" -ne 0 ] && ! grep -q '^error: ' err; then
					echo "$kind $n: code $code without an error"
					exit 1
				fi
			done
			[ "$n" -gt 2 ] && [ "$code" -eq 0 ] || exit 1
		done
EOF
fi

done_testing
