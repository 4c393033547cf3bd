#!/bin/sh
# A disk that runs full: an error and nothing half-written; with room again it goes on.

# The small disks are mounted in a namespace of their own, and go away with its processes.
if [ -z "${DISKS:-}" ] && unshare -m true 2>/dev/null; then
	DISKS=$(mktemp -d "${TMPDIR:-/tmp}/gitmem-disks-XXXXXX") || exit 1
	export DISKS
	unshare -m sh "$0"
	code=$?
	rm -rf "$DISKS"
	exit "$code"
fi

. "$(dirname "$0")/lib.sh"

git_here() {
	git --git-dir=.gitmem "$@"
}

# small_disk NAME: an empty disk of 3 MB, which becomes the current folder.
small_disk() {
	mkdir "$DISKS/$1" &&
		mount -t tmpfs -o size=3m tmpfs "$DISKS/$1" &&
		cd "$DISKS/$1" || return 1
}

# Take the room that is left, but for some kilobytes.
fill_up() {
	dd if=/dev/zero of=filler bs=1k count=3072 2>/dev/null
	truncate -s "-$1k" filler
}

# until_full COMMAND...: until it fails; then it must have failed as it should.
until_full() {
	: >ids
	full_i=0
	while [ "$full_i" -lt 2000 ]; do
		"$@" >"$SCRATCH/id" 2>"$SCRATCH/err"
		full_code=$?
		[ "$full_code" -ne 0 ] && break
		cat "$SCRATCH/id" >>"$SCRATCH/ids"
		full_i=$((full_i + 1))
	done
	test "$full_code" -eq 128 &&
		test "$(grep -c '^error: .*[Nn]o space' "$SCRATCH/err")" -eq 1 &&
		test "$(wc -l <"$SCRATCH/err")" -le 2 && return
	echo "until_full: code $full_code after $full_i"
	cat "$SCRATCH/err"
	return 1
}

# Every id of $SCRATCH/ids is in the repository, which is sound.
all_there() {
	gitmem list --json >"$SCRATCH/list" &&
		json_get "$SCRATCH/list" .id | LC_ALL=C sort >"$SCRATCH/there" &&
		LC_ALL=C sort -u "$SCRATCH/ids" >"$SCRATCH/expect" &&
		LC_ALL=C comm -23 "$SCRATCH/expect" "$SCRATCH/there" >"$SCRATCH/lost" &&
		test ! -s "$SCRATCH/lost" &&
		gitmem fsck &&
		git_here fsck --strict --no-dangling
}

export text
text=$(printf '%0900d' 7)

if ! (small_disk probe) 2>/dev/null; then
	test_skip 'a disk that runs full' 'may not mount a small disk'
	done_testing
fi

test_case 'while memories are committed one by one' <<'EOF'
	small_disk one &&
	gitmem init >out &&
	: >"$SCRATCH/ids" &&
	gitmem add -c first >>"$SCRATCH/ids" &&
	fill_up 400 &&
	until_full gitmem add -c "$text" &&
	git_here fsck --strict --no-dangling &&
	gitmem list >/dev/null &&
	until_full gitmem add -c "$text again" &&
	rm filler &&
	all_there &&
	gitmem add -c 'room again' >>"$SCRATCH/ids" &&
	all_there
EOF

test_case 'while memories are staged' <<'EOF'
	small_disk stage &&
	gitmem init >out &&
	: >"$SCRATCH/ids" &&
	fill_up 150 &&
	until_full gitmem add "$text" &&
	{ gitmem commit -m full >"$SCRATCH/out" 2>"$SCRATCH/err" || test $? -eq 128; } &&
	rm filler &&
	gitmem add 'room again' >>"$SCRATCH/ids" &&
	gitmem commit -m 'room again' >out &&
	all_there &&
	gitmem status --short >out &&
	test ! -s out
EOF

# Short ones, so that there is something to seal when the disk is full.
test_case 'while segments are sealed' <<'EOF'
	small_disk seals &&
	gitmem init >out &&
	: >"$SCRATCH/ids" &&
	"$PYTHON" -c '
import json
for i in range(700):
    print(json.dumps({"key": "k/%d" % i, "content": str(i)}))' >"$SCRATCH/in.jsonl" &&
	gitmem import jsonl "$SCRATCH/in.jsonl" >out &&
	sed 's/}$/,"tags":["a"]}/' "$SCRATCH/in.jsonl" >"$SCRATCH/again.jsonl" &&
	gitmem import jsonl "$SCRATCH/again.jsonl" >out &&
	fill_up 150 &&
	until_full gitmem add -c short &&
	gitmem list >/dev/null &&
	rm filler &&
	all_there &&
	gitmem add -c 'room again' >>"$SCRATCH/ids" &&
	all_there
EOF

new_branch() {
	branch_n=$((branch_n + 1)) &&
		gitmem branch "b$branch_n"
}

test_case 'while branches are made' <<'EOF'
	small_disk branches &&
	gitmem init >out &&
	: >"$SCRATCH/ids" &&
	gitmem add -c first >>"$SCRATCH/ids" &&
	fill_up 40 &&
	branch_n=0 &&
	until_full new_branch &&
	gitmem branch >"$SCRATCH/branches" &&
	test "$(grep -c ' b[0-9]' "$SCRATCH/branches")" -eq "$((branch_n - 1))" &&
	cp .gitmem/config "$SCRATCH/config" &&
	{ gitmem config memory.maxSize 2m 2>"$SCRATCH/err" ||
		expect_equal "$SCRATCH/config" .gitmem/config; } &&
	rm filler &&
	gitmem add -c 'room again' >>"$SCRATCH/ids" &&
	all_there &&
	gitmem branch "b$branch_n" &&
	gitmem switch -c another 2>/dev/null
EOF

test_case 'in the middle of an import' <<'EOF'
	small_disk import &&
	gitmem init >out &&
	: >"$SCRATCH/ids" &&
	gitmem add -c first >>"$SCRATCH/ids" &&
	"$PYTHON" -c '
import json, random
for i in range(4000):
    print(json.dumps({"content": "%d %s" % (i, random.getrandbits(8000))}))' >"$SCRATCH/in.jsonl" &&
	git_here rev-parse HEAD >"$SCRATCH/before" &&
	must_fail 128 gitmem import jsonl "$SCRATCH/in.jsonl" >out 2>"$SCRATCH/err" &&
	test "$(grep -c '^error: ' "$SCRATCH/err")" -eq 1 &&
	git_here rev-parse HEAD >"$SCRATCH/after" &&
	expect_equal "$SCRATCH/before" "$SCRATCH/after" &&
	must_fail 128 gitmem import jsonl --no-commit "$SCRATCH/in.jsonl" >out 2>"$SCRATCH/err" &&
	gitmem status --short >out &&
	test ! -s out &&
	test -z "$(find .gitmem -name 'tmp_*')" &&
	all_there &&
	head -n 200 "$SCRATCH/in.jsonl" >"$SCRATCH/some.jsonl" &&
	gitmem import jsonl "$SCRATCH/some.jsonl" >out &&
	all_there
EOF

test_git_case 'while a branch, a setting or an index is written' <<'EOF'
	small_disk others &&
	gitmem init >out &&
	: >"$SCRATCH/ids" &&
	gitmem add -c first >>"$SCRATCH/ids" &&
	fill_up 0 &&
	cp .gitmem/config "$SCRATCH/config" &&
	must_fail 128 gitmem config memory.maxSize 2m 2>"$SCRATCH/err" &&
	expect_equal "$SCRATCH/config" .gitmem/config &&
	must_fail 128 gitmem branch other 2>"$SCRATCH/err" &&
	must_fail 128 gitmem switch -c another 2>"$SCRATCH/err" &&
	must_fail 128 gitmem rm -c "$(cat "$SCRATCH/ids")" 2>"$SCRATCH/err" &&
	test "$(git_here symbolic-ref HEAD)" = refs/heads/main &&
	gitmem log >/dev/null &&
	gitmem list >/dev/null &&
	rm filler &&
	all_there &&
	gitmem branch other &&
	gitmem switch -c another 2>/dev/null
EOF

[ ! -x "$lib_bin/../sync/gitmem-sync" ] || test_case 'while a repository is cloned' <<'EOF'
	new_repo big && "$PYTHON" -c '
import json, random
for i in range(1500):
    print(json.dumps({"content": "%d %s" % (i, random.getrandbits(8000))}))' >in.jsonl &&
	gitmem import jsonl in.jsonl >out && cd .. &&
	real_git init -q --bare -b main stock.git &&
	mkdir w && cd w && head -c 2500000 /dev/urandom >file && real_git init -q -b main &&
	real_git add . &&
	real_git -c user.name=T -c user.email=t@example.com commit -q -m one &&
	real_git push -q ../stock.git main &&
	small_disk clones && fill_up 800 &&
	for url in "$SCRATCH/big" "$SCRATCH/stock.git"; do
		must_fail 128 gitmem clone "$url" new 2>"$SCRATCH/err" &&
			test "$(grep -c '^error: ' "$SCRATCH/err")" -eq 1 &&
			grep -iq 'no space' "$SCRATCH/err" &&
			test "$(ls -A)" = filler || return 1
	done &&
	rm filler &&
	gitmem -q clone "$SCRATCH/big" new && gitmem -C new fsck
EOF

done_testing
