#!/bin/sh
# gitmem gc: smaller, nothing lost, and nobody has to wait. In segments.

. "$(dirname "$0")/lib.sh"

contents() {
	gitmem list --json >list.json && json_get list.json .content
}

# real ARGUMENT...: stock git on a repository in its layout.
real() {
	real_git --git-dir=.gitmem -c user.name=T -c user.email=t@example.com "$@"
}

test_case "in Git's layout all becomes one pack, and what is old and not needed goes" <<'EOF'
	mkdir stock && cd stock && gitmem init --object-store git >out &&
	for i in 1 2 3 4 5 6; do gitmem add -c --key "k/$((i % 2))" "memory $i" >id || exit 1; done &&
	gitmem branch other && real tag -a -m tag v1 main~2 &&
	gitmem add 'a staged one' >id &&
	echo old | real hash-object -w --stdin >old &&
	echo new | real hash-object -w --stdin >new &&
	touch -d 2026-01-01 ".gitmem/objects/$(sed 's,^..,&/,' old)" &&
	gitmem log >expect &&
	real for-each-ref >expect-refs &&
	gitmem --json gc -n >actual &&
	test "$(json_get actual .pruned)" -eq 1 &&
	gitmem --json gc >actual &&
	test "$(json_get actual .pruned)" -eq 1 &&
	test "$(json_get actual .kept)" -eq 1 &&
	real cat-file -e "$(cat new)" &&
	must_fail 1 real cat-file -e "$(cat old)" &&
	test "$(find .gitmem/objects -name '*.pack' | wc -l)" -eq 1 &&
	test -z "$(find .gitmem/refs -type f)" &&
	real for-each-ref >actual-refs &&
	expect_equal expect-refs actual-refs &&
	real fsck --strict --no-dangling &&
	gitmem log >actual &&
	expect_equal expect actual &&
	gitmem gc --prune now 2>err &&
	must_fail 1 real cat-file -e "$(cat new)" &&
	gitmem commit -q &&
	contents >out && grep -q 'a staged one' out &&
	real fsck --strict --no-dangling &&
	gitmem branch -d other && gitmem fsck
EOF

# Whatever the others are in, the repositories below are in segments: once is enough.
if git_layout && ! slow_tests; then
	done_testing
fi

# store_repo DIR: a repository in segments, whatever the others are in.
store_repo() {
	mkdir -p "$1" && cd "$1" && gitmem init --object-store zstd >/dev/null
}

# lines FROM TO: memories to import.
lines() {
	seq "$1" "$2" | sed 's|.*|{"content": "memory & of the agent, which prefers tabs over spaces, & times", "created": "2026-01-01T00:00:00Z"}|'
}

test_case 'add, gc, commit: what is staged stays' <<'EOF'
	store_repo story &&
	gitmem add -c 'the first' >id &&
	gitmem add 'staged before' >id &&
	gitmem gc --prune now 2>err &&
	grep -q '^packed ' err &&
	gitmem add 'staged behind' >id &&
	gitmem gc --prune now 2>err &&
	gitmem commit -q &&
	contents | sort >actual &&
	printf 'staged before\nstaged behind\nthe first\n' >expect &&
	expect_equal expect actual &&
	gitmem fsck
EOF

test_case 'it becomes smaller, and everything is the same' <<'EOF'
	store_repo small &&
	lines 1 2000 >lines && gitmem import jsonl lines >out &&
	for i in 1 2 3 4 5; do gitmem add -c "one more: $i" >id || exit 1; done &&
	contents >expect &&
	gitmem log --json >expect-log &&
	gitmem --json gc >actual &&
	test "$(json_get actual .packed)" -gt 2000 &&
	test "$(json_get actual .pruned)" -eq 0 &&
	test "$(json_get actual .bytes_after)" -lt "$(json_get actual .bytes_before)" &&
	contents >actual &&
	expect_equal expect actual &&
	gitmem log --json >actual-log &&
	expect_equal expect-log actual-log &&
	gitmem recall 'memory 77' >out &&
	gitmem fsck
EOF

test_case 'a second one has nothing to do, and a third only what is new' <<'EOF'
	cd small &&
	find .gitmem/store -type f ! -name lock -exec sum {} + >expect &&
	gitmem gc 2>err &&
	grep -q '^nothing to pack: ' err &&
	find .gitmem/store -type f ! -name lock -exec sum {} + >actual &&
	expect_equal expect actual &&
	gitmem add -c 'new' >id &&
	gitmem --json gc >actual &&
	test "$(json_get actual .packed)" -lt 10 &&
	gitmem fsck
EOF

test_case 'what nothing leads to is packed apart, and is not packed again every time' <<'EOF'
	store_repo cruft &&
	numbers() { awk -v n="$1" 'BEGIN { for (i = n; i < n + 900; i++) print i * i }'; } &&
	numbers 1000 >first &&
	numbers 5000 >second &&
	gitmem add -c --file first &&
	gitmem --branch gone add -c --file second &&
	gitmem branch -D gone &&
	gitmem gc &&
	gitmem -q gc &&
	gitmem --json gc >actual &&
	test "$(json_get actual .kept)" -gt 0 &&
	test "$(json_get actual .packed)" = 0
EOF

test_case 'a dry run tells, and changes nothing' <<'EOF'
	cd small &&
	gitmem --branch other add -c 'gone soon' >id &&
	gitmem branch -D other >out &&
	gitmem add -c 'stays' >id &&
	find .gitmem/store -type f ! -name lock -exec sum {} + >expect &&
	gitmem gc -n >actual 2>err &&
	test ! -s err &&
	grep -q '^would pack [1-9]' actual &&
	grep -q '^would keep [1-9]' actual &&
	gitmem gc --dry-run --prune now --json >actual &&
	test "$(json_get actual .dry_run)" = true &&
	find .gitmem/store -type f ! -name lock -exec sum {} + >actual &&
	expect_equal expect actual
EOF

test_case 'what nothing leads to stays for two weeks, or as long as is said' <<'EOF'
	store_repo grace &&
	gitmem add -c 'stays' >id &&
	gitmem --branch other add -c 'goes' >id &&
	gitmem --branch other log --json >log &&
	commit=$(head -n 1 log >first && json_get first .commit) &&
	gitmem branch -D other >out &&
	gitmem gc -q &&
	gitmem show "$commit" >out &&
	gitmem config gc.pruneExpire never &&
	gitmem gc -q &&
	gitmem show "$commit" >out &&
	gitmem gc --json >actual &&
	test "$(json_get actual .kept)" -gt 0 &&
	gitmem gc --prune=now --dry-run >actual &&
	grep -q '^would remove [1-9]' actual &&
	gitmem gc --prune=now 2>err &&
	grep -q '^removed [1-9]' err &&
	must_fail 128 gitmem show "$commit" 2>err &&
	gitmem list >out &&
	grep -q stays out &&
	gitmem fsck
EOF

test_case 'what is older than that goes' <<'EOF'
	store_repo old &&
	gitmem add -c 'stays' >id &&
	gitmem --branch other add -c 'goes' >id &&
	gitmem --branch other log --json >log &&
	commit=$(head -n 1 log >first && json_get first .commit) &&
	gitmem branch -D other >out &&
	gitmem gc -q &&
	gitmem show "$commit" >out &&
	touch -d '15 days ago' .gitmem/store/seg-* &&
	gitmem gc -q &&
	must_fail 128 gitmem show "$commit" 2>err &&
	gitmem fsck
EOF

test_case 'what is younger stays with all that it leads to' <<'EOF'
	store_repo tail &&
	gitmem add -c 'stays' >id &&
	gitmem --branch other add -c 'long ago' >id &&
	gitmem gc -q &&
	touch -d '15 days ago' .gitmem/store/seg-* &&
	gitmem --branch other add -c 'yesterday' >id &&
	gitmem --branch other log --json >log &&
	commit=$(head -n 1 log >first && json_get first .commit) &&
	gitmem branch -D other >out &&
	gitmem gc -q &&
	gitmem branch again "$commit" &&
	gitmem --branch again list >out &&
	grep -q 'long ago' out && grep -q yesterday out &&
	gitmem fsck &&
	gitmem branch -D again >out &&
	touch -d '15 days ago' .gitmem/store/seg-* &&
	gitmem gc -q &&
	touch -d '15 days ago' .gitmem/store/seg-* &&
	gitmem gc -q &&
	must_fail 128 gitmem show "$commit" 2>err &&
	gitmem fsck
EOF

test_case 'a reflog holds what it names' <<'EOF'
	store_repo logged &&
	gitmem add -c 'one' >id &&
	gitmem switch -q -c other &&
	gitmem add -c 'two' >id &&
	gitmem log --json >log && commit=$(head -n 1 log >first && json_get first .commit) &&
	gitmem switch -q main &&
	gitmem branch -D other >out &&
	gitmem gc -q --prune=now &&
	gitmem show "$commit" >out &&
	gitmem fsck
EOF

test_case 'damage: nothing is changed, and fsck is named' <<'EOF'
	store_repo broken &&
	gitmem add -c 'one' >id &&
	gitmem add -c 'two' >id &&
	damaged . &&
	python3 - <<-'PY' &&
	f = open(".gitmem/store/seg-00000001", "r+b")
	f.seek(150)
	byte = f.read(1)[0]
	f.seek(150)
	f.write(bytes([byte ^ 1]))
	PY
	sum .gitmem/store/seg-00000001 >expect &&
	must_fail 128 gitmem gc 2>err &&
	grep -q '^hint: nothing was changed' err
EOF

test_case 'wrong usage' <<'EOF'
	cd story &&
	must_fail 129 gitmem gc --prune nonsense 2>err &&
	must_fail 129 gitmem gc more 2>err &&
	gitmem config gc.pruneExpire nonsense &&
	must_fail 128 gitmem gc 2>err &&
	grep -q pruneExpire err
EOF

test_case 'an empty repository' <<'EOF'
	store_repo empty &&
	gitmem gc 2>err &&
	grep -q '^nothing to pack: 0 objects' err
EOF

# until_then COMMAND...: again and again until the file `stop` is there.
until_then() {
	while [ ! -e stop ]; do
		"$@" || return 1
	done
}

writer() {
	writer_n=0
	while [ ! -e stop ]; do
		gitmem --branch "agent$(($1 % 2))" add -c "writer $1 memory $writer_n" >>"ids.$1" || return 1
		writer_n=$((writer_n + 1))
	done
}

reader() {
	until_then read_all "$1"
}

read_all() {
	gitmem --branch "agent$(($1 % 2))" list --json >"list.$1" &&
	gitmem --branch "agent$(($1 % 2))" log -n 5 >"log.$1" &&
	gitmem recall memory >"recall.$1"
}

collector() {
	until_then gitmem gc -q --prune now 2>>gc.err
}

test_case 'waits for another one that packs, but not for ever' <<'EOF'
	cd small &&
	(flock .gitmem/store/upkeep sleep 2 &) &&
	sleep 0.2 &&
	gitmem gc 2>err &&
	grep -q '^waiting for the lock of the store, held by another process that packs' err &&
	status=0 &&
	{ flock .gitmem/store/upkeep gitmem gc 2>err || status=$?; } &&
	test "$status" -eq 128 &&
	grep -q '^error: another process is packing this store$' err &&
	grep -q '^hint: try again when it has ended$' err
EOF

# All of them at once, for a while; fails when one of them does.
busy_while() {
	busy_pids=
	for busy_i in 1 2 3 4; do
		writer "$busy_i" 2>"writer.err.$busy_i" &
		busy_pids="$busy_pids $!"
		reader "$busy_i" 2>"reader.err.$busy_i" &
		busy_pids="$busy_pids $!"
	done
	collector &
	busy_pids="$busy_pids $!"
	sleep "$1"
	touch stop
	busy_failed=0
	for busy_pid in $busy_pids; do
		wait "$busy_pid" || busy_failed=1
	done
	cat ./*.err* | grep -v '^warning: nothing was removed' >&2
	return "$busy_failed"
}

test_case 'beside 4 writers and 4 readers' <<'EOF'
	store_repo busy &&
	lines 1 300 >lines && gitmem import jsonl lines >out &&
	gitmem branch agent0 && gitmem branch agent1 &&
	if slow_tests; then busy_while 60; else busy_while 5; fi &&
	gitmem --branch agent0 list --json >list && json_get list .id >actual &&
	gitmem --branch agent1 list --json >list && json_get list .id >>actual &&
	cat ids.* >acknowledged && test -s acknowledged &&
	sort -u actual >all && sort -u acknowledged >expect &&
	comm -13 all expect >lost && test ! -s lost &&
	gitmem fsck && gitmem gc --prune=now -q && gitmem fsck
EOF

killed_gc() {
	gitmem gc -q --prune=now &
	killed_pid=$!
	sleep "0.0$1"
	kill -9 "$killed_pid" 2>/dev/null
	wait "$killed_pid"
	return 0
}

kill_many() {
	for kill_i in 01 02 05 08 10 12 15 18 20 22 25 28 30 35 40 45 50 60 70 90; do
		gitmem add -c --key state "round $kill_i" >id || return 1
		killed_gc "$kill_i" 2>err
		gitmem show state >out || return 1
		grep -q "round $kill_i" out || return 1
	done
}

test_case 'killed at any moment, 20 times' <<'EOF'
	store_repo killed &&
	lines 1 1500 >lines && gitmem import jsonl lines >out &&
	contents | sort >expect &&
	kill_many &&
	gitmem fsck &&
	contents | grep -v '^round' | sort >actual &&
	expect_equal expect actual &&
	gitmem gc -q --prune=now &&
	ls .gitmem/store >files &&
	test "$(grep -c '^idx-' files)" -eq 1 &&
	must_fail 1 grep '^tmp' files &&
	gitmem fsck
EOF

done_testing
