#!/bin/sh
# gitmem count-objects: what takes how much room, in both layouts.

. "$(dirname "$0")/lib.sh"

# The same lines as git prints, as many warnings, and the same line without -v.
as_git() {
	real_git --git-dir=.gitmem count-objects -v >expect 2>git-err &&
		gitmem count-objects -v >actual 2>own-err &&
		expect_equal expect actual &&
		test "$(grep -c '^warning' git-err)" -eq "$(grep -c '^warning' own-err)" &&
		real_git --git-dir=.gitmem count-objects >expect &&
		gitmem count-objects >actual &&
		expect_equal expect actual
}

# Numbers and sizes of the objects by class, as stock git sees them: "blob 3 593" a line.
by_class() {
	git --git-dir=.gitmem cat-file --batch-all-objects \
		--batch-check='%(objecttype) %(objectsize)' >all &&
		awk '{ n[$1]++; size[$1] += $2 } END { for (t in n) print t, n[t], size[t] }' all |
		LC_ALL=C sort
}

# jq for the poor: own FILE 'EXPRESSION of c'
own() {
	"$PYTHON" -c 'import json, sys; c = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' \
		"$1" "$2"
}

test_case "in Git's layout it prints what git prints: loose objects" <<'EOF'
	gitmem init -q --object-store git plain &&
	cd plain &&
	as_git &&
	gitmem add -c --key a 'one' >id &&
	gitmem add -c --key b 'two' >id &&
	as_git &&
	gitmem count-objects -v >lines &&
	grep -qE '^count: [1-9]' lines
EOF

test_case "in Git's layout: packs, and what is loose and packed" <<'EOF'
	cd plain &&
	real_git --git-dir=.gitmem repack -q -a &&
	as_git &&
	gitmem count-objects -v >lines &&
	grep -qE '^prune-packable: [1-9]' lines &&
	real_git --git-dir=.gitmem gc -q &&
	gitmem add -c --key c 'three' >id &&
	as_git &&
	gitmem count-objects -v >lines &&
	grep -qx 'packs: 1' lines
EOF

test_case "in Git's layout: garbage of every kind" <<'EOF'
	cd plain &&
	objects=.gitmem/objects &&
	pack=$(basename "$objects"/pack/*.pack .pack) &&
	mkdir -p "$objects/ab" "$objects/cd" &&
	echo x >"$objects/ab/tmp_obj_abc" &&
	echo x >"$objects/ab/0123" &&
	mkdir "$objects/cd/0123456789012345678901234567890123456a" &&
	echo 12345 >"$objects/pack/tmp_pack_abc" &&
	echo x >"$objects/pack/.hidden" &&
	echo x >"$objects/pack/pack-1.idx" &&
	echo x >"$objects/pack/pack-2.pack" &&
	echo x >"$objects/pack/pack-2.keep" &&
	echo x >"$objects/pack/pack-3.keep" &&
	echo x >"$objects/pack/pack-3.rev" &&
	echo x >"$objects/pack/noext" &&
	echo x >"$objects/pack/$pack.keep" &&
	as_git &&
	gitmem count-objects -v >lines 2>err &&
	grep -qx 'garbage: 11' lines &&
	grep -q '^warning: no corresponding .pack: .*/pack-1.idx$' err &&
	gitmem count-objects 2>err &&
	test ! -s err &&
	rm -r "$objects/ab/tmp_obj_abc" "$objects/ab/0123" "$objects"/cd/*a "$objects"/pack/tmp* \
		"$objects"/pack/.hidden "$objects"/pack/pack-?.* "$objects/pack/noext" &&
	as_git &&
	gitmem count-objects -v >lines &&
	grep -qx 'garbage: 0' lines
EOF

test_case "in Git's layout: what is borrowed" <<'EOF'
	gitmem init -q --object-store git borrower &&
	cd borrower &&
	echo "$SCRATCH/plain/.gitmem/objects" >.gitmem/objects/info/alternates &&
	gitmem add -c --key a 'one' >id &&
	as_git &&
	gitmem count-objects -v >lines &&
	grep -qx "alternate: $SCRATCH/plain/.gitmem/objects" lines
EOF

test_case "in Git's layout it prints JSON, in bytes" <<'EOF'
	cd borrower &&
	gitmem --json count-objects >actual &&
	test "$(json_get actual .layout)" = git &&
	test "$(own actual "c['git']['loose']['size']")" -eq \
		"$(find .gitmem/objects/?? -type f -exec stat -c '%b %B' {} + |
			awk '{ n += $1 * $2 } END { print n }')" &&
	test "$(own actual "c['git']['alternates'][0]")" = "$SCRATCH/plain/.gitmem/objects"
EOF

test_case 'an empty store has nothing' <<'EOF'
	gitmem init -q --object-store zstd empty &&
	cd empty &&
	gitmem --json count-objects >actual &&
	test "$(json_get actual .layout)" = zstd &&
	test "$(json_get actual .all.objects)" -eq 0 &&
	test "$(json_get actual .files.segments.files)" -eq 1 &&
	gitmem count-objects >line &&
	echo '0 objects, 0 kilobytes' >expect &&
	expect_equal expect line
EOF

test_case 'segments: numbers and sizes are those that git sees' <<'EOF'
	gitmem init -q --object-store zstd compact &&
	cd compact &&
	"$PYTHON" -c '
for i in range(1300):
    print("{\"content\": \"note %d: the deploy of service %d went to host %d at noon\"}" % (i, i % 7, i * 31))
' >notes.jsonl &&
	gitmem import jsonl notes.jsonl >out &&
	for i in 1 2 3; do
		gitmem add -c "one more, number $i of a few" >id || exit 1
	done &&
	gitmem --json count-objects >actual &&
	by_class >expect &&
	own actual "'\n'.join('%s %d %d' % (t, v['objects'], v['raw'])
		for t, v in sorted(c['classes'].items()) if v['objects'])" >counted &&
	expect_equal expect counted &&
	test "$(own actual "sum(v['objects'] for v in c['encodings'].values())")" -eq \
		"$(own actual "c['all']['objects']")" &&
	test "$(own actual "sum(v['stored'] for v in c['encodings'].values())")" -eq \
		"$(own actual "c['all']['stored']")" &&
	test "$(own actual "sum(v['raw'] for v in c['classes'].values())")" -eq \
		"$(own actual "c['all']['raw']")" &&
	test "$(own actual "c['encodings']['dictionary']['objects']")" -gt 1200 &&
	test "$(own actual "c['encodings']['prefix']['objects']")" -gt 0
EOF

test_case 'segments: the files add up' <<'EOF'
	cd compact &&
	gitmem --json count-objects >actual &&
	test "$(own actual "c['size']")" -eq "$(cat .gitmem/store/*-* | wc -c)" &&
	test "$(own actual "c['files']['segments']['files']")" -eq \
		"$(find .gitmem/store -name 'seg-*' | wc -l)" &&
	test "$(own actual "c['files']['dictionaries']['size']")" -eq \
		"$(cat .gitmem/store/dict-* | wc -c)" &&
	test "$(own actual "c['all']['stored'] + c['ref_updates']['stored'] < c['size']")" = True
EOF

test_case 'segments: the table says the same' <<'EOF'
	cd compact &&
	gitmem --json count-objects >actual &&
	gitmem count-objects -v >table &&
	test "$(awk '$1 == "blob" { print $2, $3, $4 }' table)" = \
		"$(own actual "'%(objects)d %(raw)d %(stored)d' % c['classes']['blob']")" &&
	test "$(awk '$1 == "all" { print $5 }' table)" = \
		"$(own actual "'%.3f' % (c['all']['stored'] / c['all']['raw'])")" &&
	must_fail 1 grep -q '^in-pack' table &&
	gitmem count-objects >line &&
	echo "$(own actual "c['all']['objects']") objects, $(own actual "c['size'] // 1024") kilobytes" \
		>expect &&
	expect_equal expect line
EOF

test_case 'segments: what is torn, and what was left behind' <<'EOF'
	cd compact &&
	gitmem --json count-objects >before &&
	active=$(ls .gitmem/store/seg-* | tail -n 1) &&
	active=.gitmem/store/seg-$(printf '%08d' "$(awk '/^active/ { print $2 }' .gitmem/store/manifest)") &&
	printf 'torn bytes' >>"$active" &&
	echo abc >.gitmem/store/idx-00000099 &&
	echo abc >.gitmem/store/seg-00000099 &&
	echo young >.gitmem/store/seg-00000098 &&
	touch -d '2 hours ago' .gitmem/store/???-00000099 &&
	gitmem --json count-objects >actual &&
	test "$(json_get actual .files.torn.size)" -eq 10 &&
	test "$(json_get actual .files.litter.files)" -eq 2 &&
	test "$(json_get actual .files.litter.size)" -eq 8 &&
	flock .gitmem/store/seg-00000099 gitmem --json count-objects >held &&
	test "$(json_get held .files.litter.files)" -eq 1 &&
	rm .gitmem/store/???-0000009? &&
	gitmem add -c 'cuts what is torn' >id &&
	gitmem --json count-objects >actual &&
	test "$(json_get actual .files.torn.files)" -eq 1 &&
	test "$(json_get actual .files.torn.size)" -eq 10 &&
	rm .gitmem/store/torn-*
EOF

test_case 'segments: objects that are written once more count once' <<'EOF'
	cd compact &&
	gitmem --json count-objects >before &&
	git --git-dir=.gitmem cat-file --batch-all-objects --batch-check='%(objectname)' >names &&
	test "$(json_get before .all.objects)" -eq "$(wc -l <names)"
EOF

test_case 'segments: objects in files of Git beside them are told too' <<'EOF'
	gitmem init -q --object-store zstd beside &&
	cd beside &&
	gitmem add -c 'in a segment' >id &&
	real_git init -q --bare ../elsewhere &&
	echo 'from elsewhere' | real_git --git-dir=../elsewhere hash-object -w --stdin >name &&
	mkdir -p ".gitmem/objects/$(cut -c 1-2 name)" &&
	cp "../elsewhere/objects/$(cut -c 1-2 name)/$(cut -c 3- name)" \
		".gitmem/objects/$(cut -c 1-2 name)/" &&
	gitmem count-objects -v >table &&
	grep -qx 'count: 1' table &&
	gitmem --json count-objects >actual &&
	test "$(json_get actual .git.loose.files)" -eq 1
EOF

test_case 'a segment that is lost is an error' <<'EOF'
	gitmem init -q --object-store zstd lost &&
	cd lost &&
	damaged . &&
	gitmem add -c 'gone' >id &&
	rm .gitmem/store/seg-* &&
	must_fail 128 gitmem count-objects 2>err &&
	grep -q '^error: .*seg-00000001' err
EOF

test_case 'what it refuses' <<'EOF'
	cd compact &&
	must_fail 129 gitmem count-objects more &&
	cd .. &&
	must_fail 128 gitmem count-objects 2>err &&
	grep -q '^error: not a gitmem repository' err
EOF

done_testing
