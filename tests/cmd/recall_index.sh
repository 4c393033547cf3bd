#!/bin/sh
#
# The files of the recall index: damage, copies, crashes, many processes at once, and that what is
# removed is gone.

. "${0%/*}/lib.sh"

# fill FROM TO: memories that say "okapi" and their number, a line each in `lines`.
fill() {
	seq "$1" "$2" | sed 's/.*/{"content": "okapi number& in the forest", "tags": ["animal"]}/' >lines
}

# A repository with segments of several sizes and some rows that wait.
indexed_repo() {
	new_repo "$1" &&
	fill 1 60 && gitmem import jsonl lines >out 2>err &&
	gitmem -q reindex &&
	for indexed_i in 61 62 63; do
		gitmem add -c "okapi number$indexed_i in the forest" >id || return 1
	done
}

segments() {
	find .gitmem/recall -name '*.postings' -o -name '*.vectors' -o -name '*.lsa' |
		sed 's|.*/||' | LC_ALL=C sort
}

# By words alone: what was learned goes with a damaged index.
answer() {
	gitmem --json recall --mode lexical -k 5 'okapi number61' >"$1" 2>err
}

test_case 'a file that is deleted, cut, changed or another one is made again, and told once' <<'EOF'
	indexed_repo damaged &&
	answer expect && test ! -s err &&
	segments >names && test -s names &&
	for how in delete cut flip foreign empty; do
		while read -r name; do
			file=.gitmem/recall/$name &&
			test -f "$file" || continue
			case $how in
			delete) rm "$file" ;;
			cut) head -c 100 "$file" >cut && cp cut "$file" ;;
			flip) python3 -c "
import sys
data = bytearray(open(sys.argv[1], 'rb').read())
data[len(data) // 2] ^= 8
open(sys.argv[1], 'wb').write(data)" "$file" ;;
			foreign) head -c "$(wc -c <"$file")" /bin/sh >cut && cp cut "$file" ;;
			empty) : >"$file" ;;
			esac || exit 1
		done <names
		answer actual && expect_equal expect actual || exit 1
		grep -q 'damaged and has been made anew' err || exit 1
		test "$(wc -l <err)" -eq 1 || exit 1
		answer actual && expect_equal expect actual && test ! -s err || exit 1
		segments >names
	done
EOF

test_case 'a copied repository has its index' <<'EOF'
	indexed_repo original &&
	answer expect &&
	cd .. && cp -R original copy && cd copy &&
	answer actual && test ! -s err &&
	expect_equal expect actual &&
	gitmem fsck
EOF

test_case 'fsck finds a changed file' <<'EOF'
	indexed_repo checked &&
	gitmem fsck &&
	name=$(segments | head -n 1) &&
	printf x | dd of=".gitmem/recall/$name" bs=1 seek=40 conv=notrunc 2>/dev/null &&
	gitmem fsck >out 2>&1 &&
	grep -q "index 'recall/index.db': .*damaged" out &&
	answer out && gitmem fsck
EOF

test_case 'what gc removes is gone from the index' <<'EOF'
	new_repo private &&
	gitmem add -c 'okapi in the forest' >id &&
	gitmem switch -q -c secret &&
	GITMEM_AGENT=xylographer gitmem add -c --tag yttrium 'the zanzibar password' >id &&
	gitmem recall zanzibar >out &&
	grep -rqa yttrium .gitmem/recall &&
	gitmem switch -q main && gitmem branch -q -D secret &&
	gitmem config gc.reflogExpire now && gitmem config gc.reflogExpireUnreachable now &&
	gitmem gc --prune=now 2>err &&
	grep -q 'forgot 1 memory in the recall index' err &&
	for word in zanzibar password yttrium xylographer "$(cat id)"; do
		must_fail 1 grep -rqa "$word" .gitmem/recall || exit 1
	done &&
	gitmem recall okapi >out && test -s out &&
	must_fail 1 gitmem recall zanzibar >out 2>&1 &&
	gitmem gc --prune=now 2>err &&
	must_fail 1 grep -q 'forgot' err
EOF

# ask NAME: recall until a file `stop` is there; what it found each time is in NAME.
ask() {
	while test ! -e stop; do
		gitmem recall --ids -k 100 okapi >"$1.out" 2>"$1.err" || {
			echo "failed: $(cat "$1.err")" >>"$1"
			continue
		}
		wc -l <"$1.out" >>"$1"
		cat "$1.err" >>"$1.errors"
	done
}

write_and_reindex() {
	for write_i in 1 2 3 4 5 6 7 8; do
		gitmem -q reindex && gitmem add -c "okapi number10$write_i is new" >id || return 1
	done
}

# Two of `ask` beside a writer.
all_at_once() {
	ask one &
	all_one=$!
	ask two &
	all_two=$!
	write_and_reindex
	all_result=$?
	touch stop
	wait "$all_one" "$all_two"
	return "$all_result"
}

test_case 'two recalls and a writer while the index is made anew' <<'EOF'
	indexed_repo busy &&
	all_at_once 2>writer.err &&
	test ! -s writer.err && test ! -s one.errors && test ! -s two.errors &&
	must_fail 1 grep failed one two &&
	sort -n one two >counts && test -s counts &&
	test "$(head -n 1 counts)" -ge 63 && test "$(tail -n 1 counts)" -le 71 &&
	gitmem recall --ids -k 100 okapi >found &&
	test "$(wc -l <found)" -eq 71
EOF

# kill_reindex SECONDS: begin to make the index anew, and be killed.
kill_reindex() {
	gitmem -q reindex &
	killed_pid=$!
	sleep "$1"
	kill -9 "$killed_pid" 2>/dev/null
	wait "$killed_pid"
	return 0
}

kill_many() {
	for kill_i in 0.003 0.006 0.01 0.02 0.03 0.04 0.06 0.08 0.1; do
		kill_reindex "$kill_i" 2>killed.err
		gitmem recall --ids -k 500 okapi >found 2>err || return 1
		sort found >actual && cmp expect actual || return 1
		# Half of an index may be all that there was.
		must_fail 1 grep -v 'could not be used and is made anew' err || return 1
	done
}

test_case 'killed while it is made anew it is right for the next' <<'EOF'
	indexed_repo killed &&
	fill 64 400 && gitmem import jsonl lines >out 2>err &&
	gitmem recall --ids -k 500 okapi >found &&
	test "$(wc -l <found)" -eq 400 &&
	sort found >expect &&
	kill_many
EOF

done_testing
