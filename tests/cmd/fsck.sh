#!/bin/sh
# gitmem fsck: every damage is named, and nothing sound is.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

git_here() {
	git --git-dir=.gitmem -c user.name=tester -c user.email=tester@localhost "$@"
}

# object_file REV: the file of the loose object that git knows by this name.
object_file() {
	git_here rev-parse "$1" | sed 's|^\(..\)|.gitmem/objects/\1/|'
}

# fresh DIR: a copy of the sound repository `sound`, which becomes the current folder.
fresh() {
	cp -R "$SCRATCH/sound" "$SCRATCH/$1" && cd "$SCRATCH/$1" && chmod -R u+w .gitmem && damaged .
}

# finds SEVERITY PATTERN...: fsck ends with the code that belongs to the severity, and for
# each pattern there is a line; all lines have this severity.
finds() {
	severity=$1
	shift
	if [ "$severity" = error ]; then
		must_fail 1 gitmem fsck >found 2>err || return 1
	else
		gitmem fsck >found 2>err || return 1
	fi
	for pattern in "$@"; do
		if ! grep -q "^$severity: $pattern" found; then
			echo "nothing fits '$severity: $pattern':"
			cat found err
			return 1
		fi
	done
	if grep -v "^$severity: " found; then
		return 1
	fi
}

# git_finds PATTERN: stock git has something to say too.
git_finds() {
	git_here fsck --strict >git-found 2>&1
	grep -q "$1" git-found || { cat git-found; return 1; }
}

# set_file PATH OBJECT [MODE]: commit a file on main with plumbing of git.
set_file() {
	git_here read-tree refs/heads/main &&
		git_here update-index --add --cacheinfo "${3:-100644},$2,$1" &&
		tree=$(git_here write-tree) &&
		rm -f .gitmem/index &&
		commit=$(git_here commit-tree -m "set $1" -p refs/heads/main "$tree") &&
		git_here update-ref refs/heads/main "$commit"
}

test_case 'a sound repository is silent' <<'EOF'
	new_repo sound &&
	silent gitmem fsck &&
	gitmem add -c --key user/editor 'Maya edits with Helix' >../id1 &&
	gitmem add -c 'The staging host is stage.example.com' >../id2 &&
	gitmem --branch other add -c 'on another branch' >../id3 &&
	gitmem add --key waits 'staged' >../id4 &&
	gitmem -q reindex &&
	git_here tag -a -m 'a tag' v1 main~1 &&
	silent gitmem fsck
EOF

test_case 'with -v it tells what it looked at, with --json too' <<'EOF'
	cd sound &&
	gitmem fsck -v >out 2>err &&
	test ! -s out &&
	objects=$(git_here count-objects | sed 's/ .*//') &&
	echo "$objects objects, 3 memories" >expect &&
	expect_equal expect err &&
	gitmem --json fsck >actual 2>err &&
	test ! -s err &&
	echo "{\"objects\":$objects,\"memories\":3,\"errors\":[],\"warnings\":[]}" >expect &&
	expect_equal expect actual &&
	rm out err expect actual
EOF

test_git_case 'packs are looked at' <<'EOF'
	fresh packed &&
	git_here repack -qad &&
	git_here pack-refs --all &&
	git_here prune-packed &&
	silent gitmem fsck &&
	pack=$(ls .gitmem/objects/pack/*.pack) &&
	size=$(wc -c <"$pack") &&
	printf 'XXXX' | dd of="$pack" bs=1 seek=$((size / 2)) conv=notrunc 2>/dd &&
	finds error "file '.*\.pack': its checksum is wrong" "file '.*\.pack': object '" &&
	git_finds error
EOF

test_git_case 'an index of a pack that is damaged' <<'EOF'
	fresh packed-index &&
	git_here repack -qad &&
	index=$(ls .gitmem/objects/pack/*.idx) &&
	printf 'XXXX' | dd of="$index" bs=1 seek=1100 conv=notrunc 2>/dd &&
	must_fail 1 gitmem fsck >found &&
	grep -q "^error: file '.*\.idx': " found &&
	git_finds error
EOF

# flip FILE OFFSET: another byte stands there, whatever it was.
flip() {
	chmod u+w "$1" &&
		"$PYTHON" -c 'import sys
with open(sys.argv[1], "r+b") as file:
    file.seek(int(sys.argv[2]))
    byte = file.read(1)[0]
    file.seek(int(sys.argv[2]))
    file.write(bytes([byte ^ 0x55]))' "$1" "$2"
}

test_git_case 'a byte of an object that was flipped' <<'EOF'
	fresh flipped &&
	file=$(object_file main:keys/user/editor.md) &&
	id=$(git_here rev-parse main:keys/user/editor.md) &&
	flip "$file" 40 &&
	finds error "object '$id': " &&
	git_finds "$id"
EOF

test_git_case 'an object that lies under another name' <<'EOF'
	fresh renamed &&
	id=$(git_here rev-parse main:keys/user/editor.md) &&
	cp "$(object_file main:keys)" "$(object_file main:keys/user/editor.md)" &&
	finds error "object '$id': " &&
	git_finds "$id"
EOF

test_git_case 'an object that was cut' <<'EOF'
	fresh cut &&
	id=$(git_here rev-parse main:keys/user/editor.md) &&
	file=$(object_file main:keys/user/editor.md) &&
	for size in 0 1 20 60; do
		head -c "$size" "$file" >short &&
			cp short "$file" && finds error "object '$id': " || exit 1
	done &&
	git_finds "$id"
EOF

for what in 'blob main:keys/user/editor.md' 'tree main:keys' 'commit main~1' 'commit main' 'tag v1'; do
	type=${what% *}
	name=${what#* }
	test_git_case "a $type that is missing ($name)" "
		fresh 'missing-$type-$(echo "$name" | tr '~:/' '---')' &&
		id=\$(git_here rev-parse '$name') &&
		rm \"\$(object_file '$name')\" &&
		must_fail 1 gitmem fsck >found &&
		grep -q \"^error: object '\$id': this [a-z]* is missing; .* names it\\$\" found &&
		test \"\$(grep -c \"'\$id'\" found)\" -eq 1 &&
		git_finds \"\$id\""
done

test_git_case 'what is missing is told with who needs it' <<'EOF'
	fresh missing &&
	id=$(git_here rev-parse main:keys/user/editor.md) &&
	tree=$(git_here rev-parse main:keys/user) &&
	rm "$(object_file main:keys/user/editor.md)" &&
	finds error "object '$id': this blob is missing; tree '$tree', as 'editor.md', names it\$"
EOF

test_case 'an object of the wrong kind' <<'EOF'
	fresh wrong-kind &&
	blob=$(git_here rev-parse main:keys/user/editor.md) &&
	"$PYTHON" -c '
import sys
sys.stdout.buffer.write(b"40000 keys\0" + bytes.fromhex(sys.argv[1]))' "$blob" >raw &&
	tree=$(git_here hash-object -t tree -w --literally raw) &&
	commit=$(git_here commit-tree -m x "$tree") &&
	git_here update-ref refs/heads/odd "$commit" &&
	finds error "object '$blob': it is a blob, but tree '$tree', as 'keys', names it as a tree"
EOF

test_case 'objects that are not well-formed' <<'EOF'
	fresh malformed &&
	tree=$(printf '100644 a\0short' | git_here hash-object -t tree -w --literally --stdin) &&
	commit=$(echo 'no commit' | git_here hash-object -t commit -w --literally --stdin) &&
	tag=$(echo 'no tag' | git_here hash-object -t tag -w --literally --stdin) &&
	finds error "object '$tree': " "object '$commit': no 'tree' line" "object '$tag': no 'object' line" &&
	git_finds "$commit"
EOF

test_case 'files that are no objects' <<'EOF'
	fresh stray &&
	mkdir -p .gitmem/objects/aa &&
	echo x >.gitmem/objects/aa/stray &&
	echo x >.gitmem/objects/aa/tmp_obj_left &&
	finds error "file '.*/objects/aa/stray': "
EOF

test_git_case 'refs that are garbage' <<'EOF'
	fresh refs &&
	echo garbage >.gitmem/refs/heads/garbage &&
	: >.gitmem/refs/heads/empty &&
	echo 1234567890123456789012345678901234567890 >.gitmem/refs/heads/nowhere &&
	git_here rev-parse main:keys/user/editor.md >.gitmem/refs/heads/blob &&
	git_here rev-parse main >'.gitmem/refs/heads/bad name' &&
	git_here rev-parse main >.gitmem/refs/heads/held.lock &&
	finds error "ref 'refs/heads/garbage': " "ref 'refs/heads/empty': " \
		"object '1234567890123456789012345678901234567890': this commit is missing; 'refs/heads/nowhere' names it" \
		"object '[0-9a-f]*': it is a blob, but 'refs/heads/blob' names it as a commit" \
		"ref 'refs/heads/bad name': this is not a valid name" &&
	test "$(wc -l <found)" -eq 5 &&
	git_finds refs/heads/garbage
EOF

test_git_case 'a ref that leads nowhere' <<'EOF'
	fresh symbolic &&
	mkdir -p .gitmem/refs/remotes/origin &&
	echo 'ref: refs/remotes/origin/gone' >.gitmem/refs/remotes/origin/HEAD &&
	finds warning "ref 'refs/remotes/origin/HEAD': it points to 'refs/remotes/origin/gone', which"
EOF

test_git_case 'packed-refs that is broken' <<'EOF'
	fresh packed-refs &&
	git_here pack-refs --all &&
	echo garbage >>.gitmem/packed-refs &&
	must_fail 1 gitmem fsck >found &&
	grep -q "^error: file 'packed-refs': " found &&
	git_finds packed-refs
EOF

test_git_case 'HEAD that is broken' <<'EOF'
	fresh head &&
	echo garbage >.gitmem/HEAD &&
	finds error "ref 'HEAD': " &&
	echo 'ref: refs/tags/v1' >.gitmem/HEAD &&
	finds error "ref 'HEAD': it points to 'refs/tags/v1', which is no branch" &&
	echo 1234567890123456789012345678901234567890 >.gitmem/HEAD &&
	finds error "object '1234567890123456789012345678901234567890': this commit is missing; 'HEAD'"
EOF

test_case 'HEAD on a branch without a commit is fine' <<'EOF'
	fresh unborn &&
	echo 'ref: refs/heads/new' >.gitmem/HEAD &&
	silent gitmem fsck
EOF

# cannot_open DIR FILE: fsck says so, with FILE in the message; other commands fail with 128.
cannot_open() {
	finds error "repository '.*$1" &&
		grep -qx 'error: the repository is damaged: 1 error, 0 warnings' err &&
		must_fail 1 gitmem --json fsck >actual 2>err &&
		test "$(json_get actual .errors.0.kind)" = repository &&
		test "$(json_get actual .objects)" -eq 0 &&
		test "$(json_get err .error.code)" = no &&
		must_fail 128 gitmem list
}

test_case 'a repository that cannot be opened' <<'EOF'
	for name in HEAD objects refs; do
		fresh "without-$name" && rm -r ".gitmem/$name" && cannot_open "'$name'" || exit 1
	done &&
	fresh config &&
	echo '[broken' >>.gitmem/config &&
	cannot_open config &&
	fresh newer &&
	git_here config core.repositoryformatversion 7 &&
	cannot_open config &&
	fresh extension &&
	git_here config core.repositoryformatversion 1 &&
	git_here config extensions.refStorage reftable &&
	cannot_open config &&
	GITMEM_DIR="$SCRATCH/newer/.gitmem" && export GITMEM_DIR && cd "$SCRATCH" &&
	must_fail 1 gitmem fsck
EOF

test_case 'without a repository it fails' <<'EOF'
	must_fail 128 gitmem fsck >out 2>err &&
	test ! -s out &&
	grep -q '^error: not a gitmem repository' err &&
	GITMEM_DIR="$SCRATCH/nowhere" && export GITMEM_DIR &&
	must_fail 128 gitmem fsck
EOF

test_case 'a damaged stage' <<'EOF'
	fresh stage &&
	cp .gitmem/stage/main stage &&
	sed 's/^staged$/stagex/' stage >.gitmem/stage/main &&
	finds error "stage 'stage/main': damaged at byte" &&
	echo garbage >.gitmem/stage/main &&
	finds error "stage 'stage/main': damaged at byte 0" &&
	cp stage .gitmem/stage/main &&
	gitmem add 'second' >id &&
	sed 's/^staged$/stagex/' .gitmem/stage/main >broken &&
	cp broken .gitmem/stage/main &&
	finds error "stage 'stage/main': damaged at byte"
EOF

test_git_case 'pipes in the place of files' <<'EOF'
	fresh pipes &&
	mkfifo .gitmem/stage/pipe .gitmem/refs/heads/pipe .gitmem/logs/refs/heads/pipe &&
	finds error "stage 'stage/pipe': it is no plain file" "ref 'refs/heads/pipe': "
EOF

test_case 'a stage whose end was not written is none' <<'EOF'
	fresh torn &&
	cp .gitmem/stage/main stage &&
	size=$(wc -c <stage) &&
	for cut in 1 5 20 100 $((size - 16)) $((size - 10)) $((size - 1)) "$size"; do
		head -c $((size - cut)) stage >.gitmem/stage/main || exit 1
		silent gitmem fsck || exit 1
	done
EOF

test_git_case 'a reflog that is broken' <<'EOF'
	fresh reflog &&
	sed '1s/^/x/' .gitmem/logs/HEAD >log &&
	cp log .gitmem/logs/HEAD &&
	finds error "reflog 'HEAD': "
EOF

test_git_case 'what only a reflog names may be gone' <<'EOF'
	fresh expired &&
	gone=$(git_here rev-parse other) &&
	file=$(object_file other) &&
	git_here update-ref refs/heads/main other &&
	git_here update-ref refs/heads/main main~1 &&
	git_here update-ref -d refs/heads/other &&
	silent gitmem fsck &&
	rm "$file" &&
	finds warning "object '$gone': this commit is missing; the reflog of 'HEAD' names it"
EOF

test_case 'what nothing names is no fault' <<'EOF'
	fresh dangling &&
	echo x | git_here hash-object -w --stdin >id &&
	git_here commit-tree -m x "$(git_here rev-parse 'main^{tree}')" >>id &&
	silent gitmem fsck
EOF

test_case 'files that are no memories' <<'EOF'
	fresh files &&
	text=$(echo 'just text' | git_here hash-object -w --stdin) &&
	set_file keys/text.md "$text" &&
	set_file memories/README.md "$text" &&
	set_file memories/picture.png "$text" &&
	set_file NOTES.md "$text" &&
	set_file keys/link.md "$text" 120000 &&
	finds warning "memory 'main:keys/text.md': it is a file, not a memory: " \
		"memory 'main:memories/README.md': it is a file, not a memory: " \
		"memory 'main:keys/link.md': it is no plain file" &&
	test "$(wc -l <found)" -eq 3
EOF

test_case 'a memory that lies elsewhere' <<'EOF'
	fresh moved &&
	blob=$(git_here rev-parse main:keys/user/editor.md) &&
	git_here read-tree main &&
	git_here --work-tree=. update-index --force-remove keys/user/editor.md &&
	git_here update-index --add --cacheinfo "100644,$blob,keys/other.md" &&
	commit=$(git_here commit-tree -m x -p main "$(git_here write-tree)") &&
	git_here update-ref refs/heads/main "$commit" &&
	finds warning "memory 'main:keys/other.md': its place is 'keys/user/editor.md'\$" &&
	test "$(wc -l <found)" -eq 1
EOF

test_case 'two memories with one id' <<'EOF'
	fresh twins &&
	id=$(cat "$SCRATCH/id1") &&
	git_here cat-file blob main:keys/user/editor.md |
		sed 's/^key: .*/key: user\/twin/' >twin &&
	blob=$(git_here hash-object -w twin) &&
	set_file keys/user/twin.md "$blob" &&
	finds warning "memory 'main:keys/user/twin.md': its id $id is also that of 'keys/user/editor.md'"
EOF

test_case 'keys that some file systems take for one' <<'EOF'
	fresh alike &&
	git_here cat-file blob main:keys/user/editor.md |
		sed -e 's/^key: .*/key: user\/Editor/' -e 's/^id: ......../id: 01234567/' >twin &&
	blob=$(git_here hash-object -w twin) &&
	set_file keys/user/Editor.md "$blob" &&
	finds warning "memory 'main:keys/user/editor.md': some file systems take it for 'Editor.md'"
EOF

test_case 'branches that share a fault do not repeat it' <<'EOF'
	fresh shared &&
	text=$(echo 'just text' | git_here hash-object -w --stdin) &&
	set_file keys/text.md "$text" &&
	gitmem branch copy &&
	gitmem --branch copy add -c 'more' >id &&
	finds warning "memory 'copy:keys/text.md': " &&
	test "$(wc -l <found)" -eq 1
EOF

test_case 'the index' <<'EOF'
	fresh index &&
	rm .gitmem/recall/index.db* &&
	silent gitmem fsck &&
	echo garbage >.gitmem/recall/index.db &&
	finds warning "index 'recall/index.db': " &&
	grep -qx "hint: 'gitmem reindex' makes the index anew" err &&
	gitmem -q reindex &&
	silent gitmem fsck
EOF

test_case 'an index that does not hold what the branch holds' <<'EOF'
	fresh false-index &&
	gitmem -q reindex &&
	"$PYTHON" -c '
import sqlite3
db = sqlite3.connect(".gitmem/recall/index.db")
db.execute("DELETE FROM memory")
db.commit()' &&
	finds warning "index 'recall/index.db': " &&
	gitmem -q reindex &&
	silent gitmem fsck
EOF

test_git_case 'with --json a fault is an object in a list' <<'EOF'
	fresh json &&
	id=$(git_here rev-parse main:keys/user/editor.md) &&
	rm "$(object_file main:keys/user/editor.md)" &&
	text=$(echo 'just text' | git_here hash-object -w --stdin) &&
	set_file keys/text.md "$text" &&
	must_fail 1 gitmem --json fsck >actual 2>err &&
	test "$(wc -l <actual)" -eq 1 &&
	test "$(json_get actual .errors.0.kind)" = object &&
	test "$(json_get actual .errors.0.subject)" = "$id" &&
	json_get actual .errors.0.message >message &&
	grep -q '^this blob is missing; tree ' message &&
	test "$(json_get actual .warnings.0.subject)" = main:keys/text.md &&
	test "$(json_get err .error.code)" = no &&
	test "$(json_get err .error.message)" = 'the repository is damaged: 1 error, 1 warning'
EOF

test_case 'names of others are safe to look at' <<'EOF'
	fresh escapes &&
	text=$(echo 'just text' | git_here hash-object -w --stdin) &&
	set_file "keys/$(printf 'a\033[31mb').md" "$text" &&
	gitmem fsck >found &&
	grep -q 'keys/a?\[31mb.md' found
EOF

test_case 'folders in folders by the million cost nothing' <<'EOF'
	fresh bomb &&
	blob=$(git_here rev-parse main:keys/user/editor.md) &&
	tree=$(printf '100644 blob %s\ta.md\n' "$blob" | git_here mktree) &&
	for level in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		for name in a b c d; do
			printf '040000 tree %s\t%s\n' "$tree" "$name"
		done >entries
		tree=$(git_here mktree <entries) || exit 1
	done &&
	root=$(printf '040000 tree %s\tkeys\n' "$tree" | git_here mktree) &&
	commit=$(git_here commit-tree -m bomb "$root") &&
	git_here update-ref refs/heads/bomb "$commit" &&
	rm -r .gitmem/recall &&
	finds warning "memory 'bomb:keys/.*': this folder holds just what '" &&
	test "$(wc -l <found)" -lt 100
EOF

test_case 'a repository that cannot be written is checked all the same' <<'EOF'
	fresh read-only &&
	chmod -R a-w .gitmem &&
	silent gitmem fsck &&
	chmod -R u+w .gitmem
EOF

test_case 'where nothing is damaged nothing is repaired' <<'EOF'
	cd sound &&
	files() { find .gitmem -type f ! -name lock ! -path '*/recall/*' -exec cksum {} + | sort; } &&
	files >before &&
	gitmem fsck --repair >out 2>err &&
	test ! -s out &&
	echo 'there is nothing to repair' >expect &&
	expect_equal expect err &&
	gitmem --json fsck --repair >actual 2>err &&
	grep -q '"errors":\[\],.*"lost":\[\],"repaired":\[\]' actual &&
	files >after &&
	expect_equal before after &&
	rm out err expect actual before after
EOF

test_git_case 'a damaged memory is put aside and told, and the rest stays' <<'EOF'
	fresh repair-git &&
	id=$(git_here rev-parse "main:keys/user/editor.md") &&
	file=$(object_file "main:keys/user/editor.md") &&
	chmod u+w "$file" &&
	flip "$file" 20 &&
	must_fail 1 gitmem fsck >found 2>err &&
	must_fail 1 gitmem fsck --repair >repaired 2>err &&
	grep -q "^repaired: file 'objects': .*; kept: .*/objects.damaged-" repaired &&
	grep -q "^lost: blob '$id', 'keys/user/editor.md' of commit " repaired &&
	test ! -e "$file" &&
	gitmem log --oneline main >log &&
	test "$(wc -l <log)" -eq 2 &&
	must_fail 1 gitmem fsck --repair >again 2>err &&
	must_fail 1 grep repaired: again &&
	gitmem show "$(cat ../id2)" >shown
EOF

test_git_case 'a pack without its index is made whole' <<'EOF'
	fresh repair-pack &&
	git_here repack -qad &&
	git_here prune-packed &&
	gitmem list >expect &&
	rm -f .gitmem/objects/pack/*.idx &&
	touch -d '2 days ago' .gitmem/objects/pack/*.pack &&
	must_fail 1 gitmem fsck >found 2>err &&
	gitmem fsck --repair >repaired 2>err &&
	gitmem list >actual &&
	expect_equal expect actual &&
	git_here fsck --strict >git-found 2>&1 &&
	silent gitmem fsck
EOF

test_git_case 'a branch whose commit is lost goes back by its log' <<'EOF'
	fresh repair-ref &&
	git_here branch -q -D other &&
	tip=$(git_here rev-parse main) &&
	back=$(git_here rev-parse main~1) &&
	rm -f "$(object_file main)" &&
	must_fail 1 gitmem fsck >found 2>err &&
	must_fail 1 gitmem fsck --repair >repaired 2>err &&
	grep -qx 'error: the repository is whole again, but not all could be saved' err &&
	grep -q "^repaired: ref 'refs/heads/main': it was moved from $tip to $back" repaired &&
	test "$(git_here rev-parse main)" = "$back" &&
	gitmem fsck >found
EOF

test_git_case 'refs and HEAD that cannot be read come back by their logs' <<'EOF'
	fresh repair-files &&
	tip=$(git_here rev-parse main) &&
	echo garbage >.gitmem/refs/heads/main &&
	echo garbage >.gitmem/HEAD &&
	must_fail 1 gitmem fsck >found 2>err &&
	gitmem fsck --repair >repaired 2>err &&
	test "$(git_here rev-parse main)" = "$tip" &&
	test "$(git_here symbolic-ref HEAD)" = refs/heads/main &&
	gitmem fsck >found
EOF

# mend: fsck finds something, and after a repair there is what was there before.
mend() {
	must_fail 1 gitmem fsck >found 2>err || return 1
	if ! gitmem fsck --repair >repaired 2>err; then
		cat repaired err
		return 1
	fi
	grep -q '^repaired: ' repaired &&
		gitmem list >actual && expect_equal expect actual &&
		gitmem log main >log-actual && expect_equal log-expect log-actual &&
		gitmem fsck >found
}

if [ "$lib_store" = zstd ]; then
	test_case 'a store mends without its manifest, and is kept' <<'EOF'
		fresh repair-manifest &&
		gitmem list >expect && gitmem log main >log-expect &&
		rm .gitmem/store/manifest &&
		must_fail 128 gitmem list 2>err &&
		mend &&
		test -e "$(echo .gitmem/store.damaged-*)/seg-00000001" &&
		test ! -e .gitmem/rescue
EOF

	test_case 'a store that is gone is made of what is kept' <<'EOF'
		cd repair-manifest &&
		rm -rf .gitmem/store &&
		mend
EOF

	test_case 'a repair that was killed is no obstacle' <<'EOF'
		fresh repair-killed &&
		gitmem list >expect && gitmem log main >log-expect &&
		mkdir -p .gitmem/rescue/store && echo x >.gitmem/rescue/store/seg-00000001 &&
		: >.gitmem/store/manifest &&
		mend &&
		test ! -e .gitmem/rescue &&
		mkdir -p .gitmem/rescue/store && echo y >.gitmem/rescue/store/seg-00000009 &&
		: >.gitmem/rescue/ready && : >.gitmem/store/manifest &&
		mend &&
		test ! -e .gitmem/rescue &&
		grep -q y .gitmem/store.damaged-*/seg-00000009
EOF

	test_case 'settings that lost their section do not hide the store' <<'EOF'
		fresh repair-config &&
		gitmem list >expect && gitmem log main >log-expect &&
		gitmem config memory.maxSize 1m &&
		sed -i 's/^\[core\]/[kore]/' .gitmem/config &&
		must_fail 128 gitmem list 2>err &&
		mend &&
		test "$(gitmem config memory.maxSize)" = 1m
EOF

	test_case 'damage in a segment: what is lost is told, the rest stays' <<'EOF'
		fresh repair-segment &&
		file=$(find .gitmem/store -name 'seg-*' | sort | head -n 1) &&
		printf 'XXXXXXXX' | dd of="$file" bs=1 seek=200 conv=notrunc 2>/dd &&
		must_fail 1 gitmem --json fsck >found 2>err &&
		grep -q '"errors":\[{"kind":"file",.*is damaged from byte' found &&
		{ gitmem --json fsck --repair >repaired 2>err || test $? -eq 1; } &&
		grep -q '"lost":\[' repaired &&
		grep -q '"kept":".*/store.damaged-' repaired &&
		gitmem list >listed
EOF

	test_case 'a branch that a repair cannot keep is a loss that the exit status tells' <<'EOF'
		new_repo repair-branch && damaged . &&
		awk 'BEGIN { for (i = 0; i < 900; i++) print i * i }' >text &&
		gitmem add -c --file text >id &&
		gitmem -q gc &&
		gitmem add -c 'another' >id &&
		find .gitmem/store -name 'seg-*' -exec ls -S {} + | sed 1q >largest &&
		rm -f "$(cat largest)" &&
		must_fail 1 gitmem fsck >found 2>err &&
		must_fail 1 gitmem fsck --repair >repaired 2>err &&
		grep -q "^repaired: ref 'refs/heads/main': it was " repaired &&
		grep -qx 'error: the repository is whole again, but not all could be saved' err &&
		gitmem fsck --repair >again 2>err &&
		grep -qx 'there is nothing to repair' err
EOF

	test_case 'a repair without the newest segment does not say that all is well' <<'EOF'
		new_repo repair-newest && damaged . &&
		gitmem add -c 'one memory' >id &&
		gitmem -q gc &&
		gitmem add -c 'another' >id &&
		rm -f .gitmem/store/seg-00000002 &&
		must_fail 1 gitmem fsck >found 2>err &&
		must_fail 1 gitmem --json fsck --repair >repaired 2>err &&
		grep -q 'the newest segment, and all that was in it alone, is lost' repaired &&
		grep -q 'whole again, but not all could be saved' err &&
		gitmem fsck &&
		gitmem list >actual &&
		grep -q 'one memory' actual
EOF

	test_case 'a repair leaves alone what a newer version wrote' <<'EOF'
		fresh repair-newer &&
		printf '[extensions]\n\tfuture = 2\n' >>.gitmem/config &&
		must_fail 1 gitmem fsck >found 2>err &&
		cp .gitmem/config before &&
		must_fail 128 gitmem fsck --repair >out 2>err &&
		expect_equal before .gitmem/config
EOF
fi

test_case 'wrong usage' <<'EOF'
	cd sound &&
	must_fail 129 gitmem fsck main
EOF

if has_faults; then
	test_case 'without memory it fails, and calls nothing damaged' <<'EOF'
		cp -R "$SCRATCH/sound" swept &&
		cd swept &&
		n=0 &&
		while n=$(next_fault alloc $n); do
			GITMEM_FAULT=alloc:$n GITMEM_FAULT_REPORT=report gitmem fsck >found 2>err
			code=$?
			[ "$(cat report)" = hit ] || break
			if [ "$code" -ne 128 ] && [ "$code" -ne 0 ] || grep '^error' found; then
				echo "allocation $n: code $code"
				cat found err
				exit 1
			fi
		done &&
		test "$code" -eq 0
EOF
fi

done_testing
