#!/bin/sh
# The segment store on disk is what gitmem-format(5) says: a reader made from the page alone
# (format.py) finds every object, ref and log in it.

. "$(dirname "$0")/lib.sh"

reads() {
	"$PYTHON" -B "$lib_here/format.py" "$1/store" >read.json
}

# What stands in `read.json`, an expression of `c`.
value() {
	"$PYTHON" -c 'import json, sys; c = json.load(open("read.json")); print(eval(sys.argv[1]))' "$1"
}

# Objects, refs and logs are those that stock git sees in a copy. The copy may have some
# objects more.
as_git_sees() {
	reads .gitmem &&
		git --git-dir=.gitmem cat-file --batch-all-objects \
			--batch-check='%(objectname) %(objecttype) %(objectsize)' | sort >expect &&
		value "'\n'.join('%s %s %d' % (n, *v) for n, v in sorted(c['objects'].items()))" \
			>actual &&
		expect_equal expect actual &&
		git --git-dir=.gitmem for-each-ref --format='%(refname) %(objectname)' >expect &&
		value "'\n'.join('%s %s' % r for r in sorted(c['refs'].items()) if r[0] != 'HEAD')" \
			>actual &&
		expect_equal expect actual &&
		git --git-dir=.gitmem log -g --format='%H %gn <%ge> %gs' refs/heads/main >expect &&
		value "'\n'.join('%s %s %s' % (e[1], e[2], e[5].strip())
			for e in reversed(c['logs']['refs/heads/main']))" >actual &&
		expect_equal expect actual
}

# notes FROM TO: lines to import.
notes() {
	"$PYTHON" -c '
import sys
for i in range(int(sys.argv[1]), int(sys.argv[2])):
    print("{\"content\": \"note %d: service %d went to host %d, and nobody was told\"}"
        % (i, i % 7, i * 31))
' "$1" "$2"
}

test_case 'an empty store' <<'EOF'
	gitmem init -q --object-store zstd empty &&
	cd empty &&
	reads .gitmem &&
	test "$(value "c['refs']")" = "{'HEAD': 'refs/heads/main'}" &&
	test "$(value "len(c['objects'])")" -eq 0
EOF

test_case 'a few commits, branches and a detached HEAD' <<'EOF'
	gitmem init -q --object-store zstd few &&
	cd few &&
	gitmem add -c --key user/editor 'Maya edits with Helix.' >id &&
	gitmem add -c --key user/editor 'Maya edits with Helix; Jonas with Emacs.' >id &&
	gitmem branch side &&
	gitmem branch gone &&
	gitmem branch -d gone >out &&
	gitmem --branch side add -c 'on the side' >id &&
	as_git_sees &&
	test "$(value "c['refs']['HEAD']")" = refs/heads/main &&
	test "$(value "len(c['logs']['HEAD'])")" -eq 2 &&
	test "$(value "'refs/heads/gone' in c['logs']")" = False &&
	git --git-dir=.gitmem update-ref --no-deref HEAD "$(git --git-dir=.gitmem rev-parse side)" &&
	reads .gitmem &&
	test "$(value "c['refs']['HEAD'] == c['refs']['refs/heads/side']")" = True
EOF

test_case 'sealed segments, indexes, dictionaries, tables and logs' <<'EOF'
	gitmem init -q --object-store zstd large &&
	cd large &&
	notes 0 1200 >lines &&
	gitmem import jsonl lines >out &&
	for start in 2000 3000 4000; do
		notes "$start" "$((start + 800))" >lines &&
			gitmem import jsonl lines >out || exit 1
	done &&
	for i in 1 2 3 4 5; do
		gitmem add -c "one more, number $i" >id || exit 1
	done &&
	as_git_sees &&
	value "'\n'.join('%s %d' % s for s in sorted(c['seen'].items()))" &&
	test "$(value "c['seen']['sealed']")" -gt 2000 &&
	test "$(value "c['seen']['indexed']")" -gt 2000 &&
	test "$(value "c['seen']['logged']")" -gt 4 &&
	test "$(value "c['seen']['dictionaries']")" -ge 1 &&
	test "$(value "min(c['seen']['encoding %d' % i] for i in range(4))")" -gt 0
EOF

test_case 'what gc wrote' <<'EOF'
	rm -rf packed &&
	cp -r large packed &&
	cd packed &&
	gitmem gc -q &&
	for i in 1 2 3; do
		gitmem add -c "after gc, number $i" >id || exit 1
	done &&
	as_git_sees &&
	test "$(value "c['seen']['encoding 3']")" -gt 0
EOF

test_case 'a torn rest does not count' <<'EOF'
	cd few &&
	reads .gitmem &&
	mv read.json before &&
	printf 'no record at all' >>.gitmem/store/seg-00000001 &&
	reads .gitmem &&
	test "$(value "c['seen'].pop('torn')")" -eq 16 &&
	"$PYTHON" -c 'import json; a, b = [json.load(open(f)) for f in ("before", "read.json")]
for c in (a, b): del c["seen"]
assert a == b' &&
	gitmem add -c 'after it' >id &&
	test -f .gitmem/store/torn-00000001-* &&
	as_git_sees &&
	test "$(value "c['seen']['torn']")" -eq 0 &&
	rm .gitmem/store/torn-*
EOF

# flip FILE OFFSET: one bit of it is another one.
flip() {
	"$PYTHON" -c 'import sys
with open(sys.argv[1], "r+b") as file:
    file.seek(int(sys.argv[2]))
    byte = file.read(1)[0]
    file.seek(-1, 1)
    file.write(bytes([byte ^ 4]))' "$1" "$2"
}

test_case 'the reader is no yes-man' <<'EOF'
	files=$(cd large/.gitmem/store && echo manifest ???-* ????-*) &&
	active=seg-$(printf %08d "$(sed -n 's/^active \([0-9]*\) .*/\1/p' large/.gitmem/store/manifest)") &&
	mkdir changed &&
	for file in $files; do
		rm -rf changed/store
		cp -r large/.gitmem/store changed/ || exit 1
		flip "changed/store/$file" 45 || exit 1
		if [ "$file" = "$active" ]; then
			if reads changed 2>err; then
				test "$(value "c['seen']['torn']")" -gt 100 || exit 1
				continue
			fi
			grep -q '^not as the page says: there is no' err || exit 1
			continue
		fi
		must_fail 1 reads changed 2>err || exit 1
		grep -q '^not as the page says: ' err || exit 1
	done
EOF

test_case 'what is unknown was written by a newer gitmem, and is no damage' <<'EOF'
	for what in segment index refs log manifest line class encoding flags; do
		rm -rf forged
		cp -r large forged || exit 1
		damaged forged
		"$PYTHON" -B "$lib_here/format_forge.py" "$what" forged/.gitmem/store || exit 1
		must_fail 1 reads forged/.gitmem 2>err || exit 1
		must_fail 1 gitmem -C forged fsck >said 2>&1 || exit 1
		if ! grep -q 'written by a newer gitmem' said; then
			echo "$what:"
			cat said
			exit 1
		fi
	done
EOF

done_testing
