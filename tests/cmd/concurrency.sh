#!/bin/sh
# Many processes in one repository: nobody fails for it, and nothing is lost.

. "$(dirname "$0")/lib.sh"

git_here() {
	git --git-dir=.gitmem "$@"
}

# each_of N FUNCTION: run it N times at once with the numbers from 1; fails when one does.
each_of() {
	each_pids=
	each_i=1
	while [ "$each_i" -le "$1" ]; do
		"$2" "$each_i" &
		each_pids="$each_pids $!"
		each_i=$((each_i + 1))
	done
	each_failed=0
	for each_pid in $each_pids; do
		wait "$each_pid" || each_failed=1
	done
	return "$each_failed"
}

# Writers do not make merges of each other's work.
linear() {
	test -z "$(git_here rev-list --min-parents=2 --all)"
}

contents() {
	gitmem list --json >list.json && json_get list.json .content
}

adds=50
if slow_tests; then
	adds=200
fi

many_adds() {
	add_i=0
	while [ "$add_i" -lt "$adds" ]; do
		gitmem add -c "writer $1 memory $add_i" >>"ids.$1" || return 1
		add_i=$((add_i + 1))
	done
}

test_case "8 processes add $adds memories each" <<'EOF'
	new_repo notes &&
	each_of 8 many_adds &&
	cat ids.* | LC_ALL=C sort >expect &&
	test "$(wc -l <expect)" -eq "$((8 * adds))" &&
	gitmem list --json >list &&
	json_get list .id | LC_ALL=C sort >actual &&
	expect_equal expect actual &&
	test "$(git_here rev-list --count HEAD)" -eq "$((8 * adds))" &&
	linear &&
	test "$(git_here reflog main | wc -l)" -eq "$((8 * adds))"
EOF

staging_adds() {
	add_i=0
	while [ "$add_i" -lt 15 ]; do
		gitmem add "writer $1 memory $add_i" >>"ids.$1" || return 1
		gitmem status --short >>"status.$1" || return 1
		if [ $((add_i % 5)) -eq 4 ]; then
			gitmem commit -q
			test $? -le 1 || return 1
		fi
		add_i=$((add_i + 1))
	done
}

test_case 'a stage that all share' <<'EOF'
	new_repo shared &&
	each_of 6 staging_adds 2>err &&
	test "$(gitmem commit 2>&1 | grep -vc '^error: nothing')" -ge 0 &&
	cat ids.* | LC_ALL=C sort >expect &&
	test "$(wc -l <expect)" -eq 90 &&
	gitmem list --json >list &&
	json_get list .id | LC_ALL=C sort >actual &&
	expect_equal expect actual &&
	gitmem status --short >actual &&
	test ! -s actual
EOF

tag_it() {
	tag_i=0
	while [ "$tag_i" -lt 8 ]; do
		gitmem edit -c shared --tag "+w$1-$tag_i" || return 1
		tag_i=$((tag_i + 1))
	done
}

test_case 'writers that edit the same memory' <<'EOF'
	new_repo same &&
	gitmem add -c --key shared 'text' >out &&
	each_of 6 tag_it &&
	gitmem show --json shared >actual &&
	json_get actual .tags >tags &&
	test "$(tr ',' '\n' <tags | grep -c w)" -eq 48 &&
	test "$(git_here rev-list --count HEAD)" -eq 49 &&
	linear
EOF

assign_it() {
	gitmem add -c --key plan/today "the plan of $1" >"plan.$1"
}

test_case 'one key that all make' <<'EOF'
	new_repo onekey &&
	each_of 8 assign_it &&
	cat plan.* | sort -u >ids &&
	test "$(wc -l <ids)" -eq 1 &&
	gitmem list --json >list &&
	test "$(json_get list .id)" = "$(cat ids)" &&
	test "$(git_here rev-list --count HEAD)" -eq 8
EOF

own_branch() {
	branch_i=0
	while [ "$branch_i" -lt 10 ]; do
		gitmem --branch "agent/$1" add -c "of $1" >>"ids.$1" || return 1
		branch_i=$((branch_i + 1))
	done
}

test_case 'each on a branch of its own' <<'EOF'
	new_repo branches &&
	gitmem add -c base >out &&
	each_of 6 own_branch &&
	for i in 1 2 3 4 5 6; do
		test "$(git_here rev-list --count "agent/$i")" -eq 11 || exit 1
	done &&
	test "$(git_here rev-list --count main)" -eq 1
EOF

# beside COMMAND...: what another writer does, who has nothing to do with what is staged here.
beside() {
	mv .gitmem/stage/main stage.kept &&
		"$@"
	beside_code=$?
	mv stage.kept .gitmem/stage/main && return "$beside_code"
}

test_case 'a staged edit meets a change of other lines' <<'EOF'
	new_repo lines &&
	printf 'one\ntwo\nthree\nfour\n' >text &&
	gitmem add -c --key k --file text >id &&
	printf 'one, staged\ntwo\nthree\nfour\n' >text &&
	gitmem edit k --file text --tag staged &&
	printf 'one\ntwo\nthree\nfour, committed\n' >text &&
	beside gitmem edit -c k --file text --tag committed &&
	gitmem commit -m both >actual 2>err &&
	grep -q '^keys/k.md: merged' err &&
	contents >actual &&
	printf 'one, staged\ntwo\nthree\nfour, committed\n' >expect &&
	expect_equal expect actual &&
	gitmem show --json k >actual &&
	test "$(json_get actual .tags)" = '["committed", "staged"]' &&
	test "$(json_get actual .id)" = "$(cat id)" &&
	linear
EOF

test_case 'a staged edit meets a change of the same line' <<'EOF'
	new_repo line &&
	gitmem add -c --key k 'the host is a' >id &&
	gitmem edit k --content 'the host is b' &&
	beside gitmem edit -c k --content 'the host is c' &&
	gitmem commit -m both >out &&
	contents | LC_ALL=C sort >actual &&
	printf 'the host is b\nthe host is c\n' >expect &&
	expect_equal expect actual &&
	gitmem list --json --conflicts >conflicts &&
	grep -q "$(cat id)" conflicts
EOF

test_case 'a staged edit meets a new key' <<'EOF'
	new_repo moved &&
	gitmem add -c 'text' >id &&
	gitmem edit "$(cat id)" --tag staged &&
	beside gitmem edit -c "$(cat id)" --key its/key &&
	gitmem commit -m both >out &&
	test "$(git_here ls-tree -r --name-only HEAD)" = keys/its/key.md &&
	gitmem show --json its/key >actual &&
	test "$(json_get actual .tags)" = '["staged"]'
EOF

test_case 'staged edits from before and after a new key are both kept' <<'EOF'
	new_repo twice &&
	gitmem add -c 'text' >id &&
	gitmem edit "$(cat id)" --tag before &&
	beside gitmem edit -c "$(cat id)" --key its/key &&
	gitmem edit its/key --tag after &&
	gitmem commit -m both >out &&
	test "$(git_here ls-tree -r --name-only HEAD)" = keys/its/key.md &&
	gitmem show --json its/key >actual &&
	test "$(json_get actual .tags)" = '["after", "before"]'
EOF

test_case 'a staged new key meets an edit' <<'EOF'
	new_repo rekeyed &&
	gitmem add -c --key old 'text' >id &&
	gitmem edit old --key new &&
	beside gitmem edit -c old --tag committed &&
	gitmem commit -m both >out &&
	test "$(git_here ls-tree -r --name-only HEAD)" = keys/new.md &&
	gitmem show --json new >actual &&
	test "$(json_get actual .tags)" = '["committed"]'
EOF

test_case 'a staged new key meets one that looks alike' <<'EOF'
	new_repo alike &&
	gitmem add --key user/editor 'staged' >id &&
	beside gitmem add -c --key User/Editor 'committed' >out &&
	gitmem commit -m both >out 2>err &&
	grep -q 'kept without its key' err &&
	contents | LC_ALL=C sort >actual &&
	printf 'committed\nstaged\n' >expect &&
	expect_equal expect actual &&
	gitmem show "$(cat id)" >out
EOF

test_case 'a staged change of case is not in its own way' <<'EOF'
	new_repo ownway &&
	gitmem add -c --key readme 'text' >out &&
	gitmem edit readme --key README &&
	beside gitmem add -c 'something else' >out &&
	gitmem commit -m case >out 2>err &&
	test ! -s err &&
	gitmem show README >out
EOF

test_case 'a staged edit meets a removal' <<'EOF'
	new_repo removed &&
	gitmem add -c --key k 'text' >id &&
	gitmem edit k --content 'changed' &&
	beside gitmem rm -c k &&
	gitmem commit -m kept >out 2>err &&
	grep -q 'removed meanwhile' err &&
	gitmem show --json k >actual &&
	test "$(json_get actual .content)" = changed &&
	test "$(json_get actual .id)" = "$(cat id)"
EOF

test_case 'a staged removal meets an edit, and another removal' <<'EOF'
	new_repo gone &&
	gitmem add -c --key k 'text' >id &&
	gitmem rm k &&
	beside gitmem edit -c k --content 'changed' &&
	must_fail 1 gitmem commit -m kept 2>err &&
	grep -q 'changed meanwhile' err &&
	gitmem show --json k >actual &&
	test "$(json_get actual .content)" = changed &&
	gitmem status --short >actual &&
	test ! -s actual &&
	gitmem rm k &&
	beside gitmem rm -c k &&
	must_fail 1 gitmem commit -m gone
EOF

test_case 'a staged new memory meets another with its key' <<'EOF'
	new_repo bothnew &&
	gitmem add --key k --tag staged 'staged text' >staged &&
	beside gitmem add -c --key k --tag committed 'committed text' >committed &&
	gitmem commit -m both >out &&
	contents | LC_ALL=C sort >actual &&
	printf 'committed text\nstaged text\n' >expect &&
	expect_equal expect actual &&
	gitmem show --json k >actual &&
	LC_ALL=C sort staged committed >ids &&
	test "$(json_get actual .id)" = "$(head -n 1 ids)" &&
	test "$(json_get actual .tags)" = '["committed", "staged"]'
EOF

test_case 'a staged key that changes hands meets an edit' <<'EOF'
	new_repo hands &&
	gitmem add -c --key k 'first' >first &&
	gitmem edit k --key other &&
	gitmem add --key k 'second' >second &&
	beside gitmem edit -c k --tag committed &&
	gitmem commit -m hands >out &&
	gitmem show --json k >actual &&
	test "$(json_get actual .id)" = "$(cat second)" &&
	test "$(json_get actual .content)" = second &&
	gitmem show --json other >actual &&
	test "$(json_get actual .id)" = "$(cat first)" &&
	test "$(json_get actual .tags)" = '["committed"]' &&
	gitmem list >actual &&
	test "$(wc -l <actual)" -eq 2
EOF

test_case 'a memory that was broken by hand stays, and so does the edit' <<'EOF'
	new_repo broken &&
	damaged . &&
	gitmem add -c 'text' >id &&
	gitmem edit "$(cat id)" --content 'staged words' &&
	path=$(git_here ls-tree -r --name-only HEAD) &&
	blob=$(echo 'broken by hand' | git_here hash-object -w --stdin) &&
	export GIT_INDEX_FILE=$PWD/index &&
	git_here read-tree HEAD &&
	git_here update-index --cacheinfo "100644,$blob,$path" &&
	tree=$(git_here write-tree) &&
	unset GIT_INDEX_FILE &&
	hand=$(GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=b \
		git_here commit-tree "$tree" -p main -m hand) &&
	git_here update-ref refs/heads/main "$hand" &&
	gitmem commit -m staged >out 2>err &&
	contents >actual &&
	echo 'staged words' >expect &&
	expect_equal expect actual &&
	test "$(git_here cat-file blob "HEAD:$path")" = 'broken by hand'
EOF

test_case 'a staged state that a newer one beats is kept by history' <<'EOF'
	new_repo states &&
	gitmem add -c --type state --key mood 'one' >out &&
	GITMEM_AUTHOR_DATE=2026-03-01T00:00:00Z gitmem edit mood --content 'staged' &&
	GITMEM_AUTHOR_DATE=2026-03-02T00:00:00Z beside gitmem edit -c mood --content 'newer' &&
	before=$(git_here rev-parse HEAD) &&
	cp .gitmem/stage/main stage &&
	gitmem commit -m both >actual 2>err &&
	grep -q "^keys/mood.md: ours gave way to another writer's; history keeps it" err &&
	gitmem show mood >actual &&
	grep -qx newer actual &&
	test "$(git_here rev-parse HEAD^1)" = "$before" &&
	test "$(git_here rev-parse HEAD^2^)" = "$before" &&
	git_here show HEAD^2:keys/mood.md >actual &&
	grep -qx staged actual &&
	git_here log -p --all --full-history -- keys/mood.md >actual &&
	grep -qx '+staged' actual &&
	gitmem status --short >actual &&
	test ! -s actual &&
	cp stage .gitmem/stage/main &&
	must_fail 1 gitmem commit -m again
EOF

test_case 'a staged value that gives way is told and kept by history' <<'EOF'
	new_repo values &&
	gitmem add -c --key k --session s --role user text >out &&
	GITMEM_AUTHOR_DATE=2026-03-01T00:00:00Z gitmem edit k --session mine --tag mine &&
	GITMEM_AUTHOR_DATE=2026-03-02T00:00:00Z beside \
		gitmem edit -c k --session theirs --tag theirs &&
	gitmem commit -m both >out 2>err &&
	grep -qx "keys/k.md: session of ours, \"mine\", gave way to another writer's" err &&
	gitmem show --json k >actual &&
	test "$(json_get actual .session)" = theirs &&
	test "$(json_get actual .tags)" = '["mine", "theirs"]' &&
	gitmem show --json HEAD^2:k >actual &&
	test "$(json_get actual .session)" = mine &&
	GITMEM_AUTHOR_DATE=2026-03-04T00:00:00Z gitmem edit k --session "$(printf '%0300d' 1)" &&
	GITMEM_AUTHOR_DATE=2026-03-03T00:00:00Z beside gitmem edit -c k --session older &&
	gitmem commit -m again >out 2>err &&
	grep -qx "keys/k.md: session of another writer's, \"older\", gave way to ours" err &&
	test "$(git_here rev-list --parents -1 HEAD | wc -w)" -eq 2
EOF

# Two writers, both killed in the middle of whatever they do.
writer_to_kill() {
	while :; do
		gitmem add -c "committed by $1" >>"ids.$1"
		gitmem add "staged by $1" >>"ids.$1"
	done
}

children_of() {
	"$PYTHON" -c '
import os, sys
for pid in filter(str.isdigit, os.listdir("/proc")):
    try:
        if open("/proc/%s/stat" % pid).read().rsplit(")", 1)[1].split()[1] == sys.argv[1]:
            print(pid)
    except OSError:
        pass' "$1"
}

few_ids() {
	[ "$(cat ids.a ids.b 2>/dev/null | wc -l)" -lt 40 ]
}

# At least so many times, and on a busy machine until there is something to lose. A writer may
# begin a command after its children were listed: that one lives on, holding descriptor 9.
kill_writers() {
	kill_i=0
	while [ "$kill_i" -lt "$1" ] || { few_ids && [ "$kill_i" -lt 100 ]; }; do
		writer_to_kill a 2>/dev/null &
		kill_a=$!
		writer_to_kill b 2>/dev/null &
		kill_b=$!
		sleep "0.$((kill_i * 37 % 90 + 10))"
		for kill_pid in $kill_a $kill_b; do
			children_of "$kill_pid" >children
			kill -9 "$kill_pid" 2>/dev/null
			xargs -r kill -9 <children 2>/dev/null
		done
		wait 2>/dev/null
		kill_i=$((kill_i + 1))
	done
}

# Files that a killed writer had begun are litter: fsck warns of them and gc takes them away.
# What was cut off after an unfinished write is kept longer: fsck says that it can be removed.
tidy_up_after_kills() {
	gitmem gc -q >out 2>err &&
	rm -f .gitmem/store/torn-* &&
	gitmem fsck >out 2>err &&
	cat out err &&
	! grep -q warning out err
}

test_case 'what was acknowledged survives kill -9' <<'EOF'
	new_repo killed &&
	kill_writers 12 9>&1 | cat &&
	{ gitmem commit -q || test $? -eq 1; } &&
	grep -hEx '[0-9a-f-]{36}' ids.a ids.b | LC_ALL=C sort >expect &&
	wc -l expect &&
	test "$(wc -l <expect)" -gt 20 &&
	gitmem list --json >list &&
	json_get list .id | LC_ALL=C sort >actual &&
	LC_ALL=C comm -23 expect actual >lost &&
	cat lost &&
	test ! -s lost &&
	git_here fsck --strict --no-dangling &&
	gitmem fsck &&
	gitmem add -c 'afterwards' >out &&
	tidy_up_after_kills
EOF

git_upkeep() {
	until [ -e stop ]; do
		git_here gc -q || return 1
		git_here repack -adq || return 1
		git_here pack-refs --all --prune || return 1
	done
}

adds_beside() {
	add_i=0
	while [ "$add_i" -lt 25 ]; do
		gitmem add -c "writer $1 memory $add_i" >>"ids.$1" || return 1
		gitmem add "writer $1 staged $add_i" >>"ids.$1" || return 1
		gitmem list >>"lists.$1" || return 1
		if [ $((add_i % 5)) -eq 0 ]; then
			gitmem commit -q
			test $? -le 1 || return 1
		fi
		add_i=$((add_i + 1))
	done
}

upkeep_beside_writers() {
	git_upkeep 2>upkeep.err &
	upkeep_pid=$!
	each_of 3 adds_beside 2>err
	upkeep_code=$?
	: >stop
	wait "$upkeep_pid" || upkeep_code=2
	return "$upkeep_code"
}

test_git_case "git's own upkeep beside writers" <<'EOF'
	new_repo upkeep &&
	gitmem add -c first >ids.0 &&
	upkeep_beside_writers &&
	{ gitmem commit -q || test $? -eq 1; } &&
	cat ids.* | LC_ALL=C sort >expect &&
	test "$(wc -l <expect)" -eq 151 &&
	gitmem list --json >list &&
	json_get list .id | LC_ALL=C sort >actual &&
	expect_equal expect actual
EOF

repack_beside_imports() {
	until [ -e stop ]; do
		git_here repack -adq || return 1
	done &
	repack_pid=$!
	for repack_i in 1 2 3 4 5 6 7 8; do
		"$PYTHON" -c '
import sys
for i in range(150):
    print("{\"content\":\"round %s, number %d\"}" % (sys.argv[1], i))' "$repack_i" >in.jsonl
		gitmem import jsonl in.jsonl >out || return 1
	done
	: >stop
	wait "$repack_pid"
}

test_git_case "git's repack beside imports, which make packs" <<'EOF'
	new_repo repack &&
	repack_beside_imports &&
	gitmem list >list &&
	test "$(wc -l <list)" -eq 1200 &&
	test -z "$(find .gitmem -name '*.keep')"
EOF

imports_beside() {
	"$PYTHON" -c '
import json, sys
for i in range(150):
    print(json.dumps({"content": "of %s, number %d" % (sys.argv[1], i)}))' "$1" >"in.$1" &&
		gitmem import jsonl "in.$1" >"counts.$1" &&
		gitmem add -c "beside $1" >"ids.$1" &&
		gitmem import jsonl "in.$1" >"again.$1" &&
		test "$(json_get "again.$1" .unchanged)" = 150
}

test_case 'imports beside each other' <<'EOF'
	new_repo imports &&
	each_of 4 imports_beside &&
	gitmem list >list &&
	test "$(wc -l <list)" -eq 604
EOF

done_testing
