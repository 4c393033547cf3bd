#!/bin/sh
# gitmem fetch: what moves, what stays, and what is kept of what has gone. fetch_hostile.sh has the
# remotes that mean harm.

. "$(dirname "$0")/lib.sh"
. "$lib_here/lib_remote.sh"

# new_work NAME: a remote, a clone by stock git to work in, and a repository of ours.
new_work() {
	new_remote "$1" && real_git clone -q "$remotes/$1" "$SCRATCH/work-$1" 2>/dev/null &&
		new_repo "$1" && add_remote origin "$remotes/$1" && WORK=$SCRATCH/work-$1
}

# add_remote NAME URL
add_remote() {
	gitmem config "remote.$1.url" "$2" &&
		gitmem config "remote.$1.fetch" "+refs/heads/*:refs/remotes/$1/*"
}

# note FILE TEXT: write, commit and push a memory with stock git; `worker` is git in that clone.
worker() {
	real_git -C "$WORK" -c user.name=T -c user.email=t@example.com "$@"
}

note() {
	mkdir -p "$WORK/keys" &&
		printf -- '---\nid: %s\ntype: semantic\nkey: %s\ncreated: 2026-01-02T03:04:05Z\n---\n\n%s\n' \
			"$(printf '%s' "$1" | sha1sum | sed 's/\(.\{8\}\)\(.\{4\}\).\(.\{3\}\).\(.\{3\}\)\(.\{12\}\).*/\1-\2-7\3-8\4-\5/')" \
			"$1" "$2" >"$WORK/keys/$1.md" &&
		worker add -A && worker commit -q -m "note $1"
}

rev() {
	worker rev-parse "$1"
}

# ours REF: the id of a ref of ours.
ours() {
	gitmem log -n 1 --json "$1" | sed 's/.*"commit":"\([0-9a-f]*\)".*/\1/'
}

test_case 'branches and tags come, and the next time there is nothing to say' <<'EOF'
	new_work notes && note okapi 'okapis sleep standing' && worker tag v1 &&
	worker tag -a -m annotated v2 && worker branch other && worker push -q origin main other v1 v2 &&
	gitmem fetch >out 2>err && test ! -s out &&
	cat >expect <<-END &&
		From $remotes/notes
		 * [new branch]      main       -> origin/main
		 * [new branch]      other      -> origin/other
		 * [new tag]         v1         -> v1
		 * [new tag]         v2         -> v2
	END
	expect_equal expect err &&
	test "$(ours origin/main)" = "$(rev main)" && test "$(ours v2)" = "$(rev main)" &&
	gitmem show origin/main:keys/okapi.md | grep -q 'sleep standing' &&
	gitmem reflog refs/remotes/origin/main | grep -q 'fetch origin: storing head' &&
	gitmem fetch >out 2>err && test ! -s out && test ! -s err &&
	gitmem -v fetch 2>err && grep -q '= \[up to date\] *main *-> origin/main' err
EOF

test_case 'what is new comes, in small and in large' <<'EOF'
	cd notes && WORK=$SCRATCH/work-notes && old=$(ours origin/main) && note gnu 'gnus run' &&
	worker push -q origin main && gitmem fetch 2>err &&
	grep -Eq '^   [0-9a-f]{7,}\.\.[0-9a-f]{7,}  main       -> origin/main$' err &&
	test "$(ours origin/main)" = "$(rev main)" && test "$(ours origin/main~1)" = "$old" &&
	for i in $(seq 150); do
		cp "$WORK/keys/gnu.md" "$WORK/note$i.txt" && echo "$i" >>"$WORK/note$i.txt" || return 1
	done &&
	worker add -A && worker commit -q -m many && worker push -q origin main &&
	gitmem fetch --json >out 2>err && test ! -s err &&
	grep -q '"status":"fast-forward"' out && grep -q '"remote":"origin"' out &&
	test "$(ours origin/main)" = "$(rev main)" && gitmem fsck &&
	test -z "$(ls .gitmem/objects | grep tmp)"
EOF

test_case 'a branch that was rewritten is told, and what it was is kept' <<'EOF'
	cd notes && WORK=$SCRATCH/work-notes && old=$(ours origin/main) &&
	worker reset -q --hard HEAD~1 && note lion 'lions sleep' && worker push -qf origin main &&
	gitmem fetch 2>err &&
	grep -Eq '^ \+ [0-9a-f]+\.\.\.[0-9a-f]+ main +-> origin/main  \(forced update' err &&
	test "$(ours origin/main)" = "$(rev main)" &&
	gitmem reflog refs/remotes/origin/main | head -1 | grep -q 'forced-update' &&
	kept=$(sed -n 's/.*\(refs\/gitmem\/rescue\/theirs\/[^ )]*\).*/\1/p' err) &&
	test "$(ours "$kept")" = "$old" && gitmem gc -q && test "$(ours "$kept")" = "$old"
EOF

test_case 'a branch that has gone stays, and goes with --prune, but for its commits' <<'EOF'
	cd notes && WORK=$SCRATCH/work-notes && worker checkout -q -b short && note bee 'bees dance' &&
	worker push -q origin short && gitmem fetch 2>err && tip=$(rev short) &&
	worker push -q origin --delete short other && worker checkout -q main &&
	gitmem fetch 2>err && test ! -s err && test "$(ours origin/short)" = "$tip" &&
	gitmem fetch --prune --dry-run --json >out && grep -q '"status":"pruned"' out &&
	test "$(ours origin/short)" = "$tip" &&
	gitmem fetch -p --json >out && grep -c '"status":"pruned"' out >n && test "$(cat n)" = 2 &&
	must_fail 128 gitmem log -n 1 origin/short 2>err &&
	kept=$(grep short out | sed 's/.*"rescue":"\([^"]*\)".*/\1/') && test "$(ours "$kept")" = "$tip" &&
	worker push -q origin main:short/longer && gitmem -q fetch &&
	test "$(ours origin/short/longer)" = "$(rev main)"
EOF

test_case 'a branch in the way of another' <<'EOF'
	cd notes && WORK=$SCRATCH/work-notes && worker push -q origin --delete short/longer &&
	worker push -q origin main:short && note ant 'ants carry' && worker push -q origin main &&
	must_fail 1 gitmem fetch 2>err && grep -q '! \[rejected\] *short *-> origin/short' err &&
	test "$(ours origin/main)" = "$(rev main)" &&
	gitmem config fetch.prune true && gitmem fetch 2>err && test "$(ours origin/short)" = "$(rev main~1)"
EOF

test_case 'refspecs' <<'EOF'
	cd notes && WORK=$SCRATCH/work-notes && gitmem fetch -q origin main:copy refs/tags/v1:refs/heads/one &&
	test "$(ours copy)" = "$(rev main)" && test "$(ours one)" = "$(rev v1)" &&
	must_fail 1 gitmem fetch origin v1:copy 2>err && grep -q '(non-fast-forward)' err &&
	test "$(ours copy)" = "$(rev main)" &&
	gitmem fetch -q origin +v1:copy && test "$(ours copy)" = "$(rev v1)" &&
	gitmem fetch -q "$remotes/notes" main && test "$(ours FETCH_HEAD)" = "$(rev main)" &&
	must_fail 128 gitmem fetch origin nothing 2>err && grep -q "no ref 'nothing'" err &&
	must_fail 128 gitmem fetch origin main:x short:x 2>err && grep -q "cannot fetch both" err &&
	must_fail 129 gitmem fetch --all origin 2>err &&
	must_fail 129 gitmem fetch --tags --no-tags 2>err &&
	must_fail 128 gitmem fetch nobody 2>err && grep -q nobody err
EOF

test_case 'tags: those that are here stay, and all come when asked for' <<'EOF'
	cd notes && WORK=$SCRATCH/work-notes && v1=$(ours v1) && worker tag -f v1 main >out &&
	worker checkout -q -b loose && note owl 'owls see' && worker tag far && worker checkout -q main &&
	worker push -qf origin v1 far && gitmem fetch 2>err && test "$(ours v1)" = "$v1" &&
	must_fail 128 gitmem log -n 1 far 2>err &&
	must_fail 1 gitmem fetch -t 2>err && grep -q 'would clobber existing tag' err &&
	test "$(ours far)" = "$(rev far)" && test "$(ours v1)" = "$v1" &&
	worker tag -a -m late late main && worker push -q origin late && gitmem fetch -n 2>err &&
	must_fail 128 gitmem log -n 1 late 2>err && gitmem fetch 2>err &&
	grep -q 'new tag.*late' err && test "$(ours late)" = "$(rev main)"
EOF

test_case 'a dry run changes nothing' <<'EOF'
	cd notes && WORK=$SCRATCH/work-notes && old=$(ours origin/main) && note fox 'foxes listen' &&
	worker push -q origin main && gitmem fetch --dry-run 2>err && grep -q 'main *-> origin/main' err &&
	test "$(ours origin/main)" = "$old" && must_fail 128 gitmem show "$(rev main)" 2>err &&
	gitmem fetch 2>err && test "$(ours origin/main)" = "$(rev main)"
EOF

test_case 'all remotes, of which one is not there' <<'EOF'
	cd notes && WORK=$SCRATCH/work-notes && new_remote second && worker push -q "$remotes/second" main:two &&
	add_remote away "$SCRATCH/nowhere" && add_remote second "$remotes/second" &&
	must_fail 128 gitmem fetch --all 2>err && grep -q "cannot fetch from 'away'" err &&
	grep -q 'two *-> second/two' err && test "$(ours second/two)" = "$(rev main)"
EOF

test_case 'a remote that is empty, or was emptied' <<'EOF'
	new_remote nothing && new_repo empty && add_remote origin "$remotes/nothing" &&
	gitmem fetch 2>err && test ! -s err &&
	cd ../notes && WORK=$SCRATCH/work-notes && gitmem fetch -q && tip=$(ours origin/main) &&
	mv "$remotes/notes" "$remotes/gone" && new_remote notes &&
	gitmem config fetch.prune false &&
	gitmem fetch 2>err && test "$(ours origin/main)" = "$tip" &&
	gitmem fetch --prune 2>err && grep -q 'deleted.*origin/main' err &&
	kept=$(sed -n 's/.*\(refs\/gitmem\/rescue\/theirs\/origin\/main[^ )]*\).*/\1/p' err) &&
	test "$(ours "$kept")" = "$tip"
EOF

# What no ref led to is gone, as after a gc, but for the tip, which comes back.
test_git_case 'what is here in part is fetched again, from a remote and from a repository' <<'EOF'
	new_work parts && note emu 'emus run' && worker push -q origin main && gitmem fetch -q &&
	note kiwi 'kiwis are birds' && note moa 'moas are gone' && worker push -q origin main &&
	tip=$(rev main) && loose=$(echo "$tip" | sed 's/../&\//') &&
	mkdir -p ".gitmem/objects/${loose%/*}" &&
	cp "$remotes/parts/objects/$loose" ".gitmem/objects/$loose" && cp -r . ../parts-peer &&
	gitmem fetch 2>err && grep -q 'main *-> origin/main' err && gitmem fsck -q &&
	test "$(ours origin/main)" = "$tip" && gitmem branch all origin/main >out 2>&1 &&
	cd ../parts-peer && gitmem remote set-url origin "$SCRATCH/parts" &&
	gitmem fetch origin all:refs/heads/all 2>err && test "$(ours all)" = "$tip" &&
	gitmem fsck -q
EOF

test_case 'over every transport' <<'EOF'
	{ has_remotes https && export GITMEM_SSL_CAINFO="$remote_ca" || true; } &&
	new_work every && note okapi 'okapis sleep' && worker push -q origin main && cd "$SCRATCH" &&
	for kind in file git http https ssh; do
		has_remotes $kind || continue
		url=$(remote_url $kind every) && new_repo "by-$kind" && add_remote origin "$url" &&
			gitmem fetch -q && test "$(ours origin/main)" = "$(rev main)" &&
			note "by-$kind" "over $kind" && worker push -q origin main && gitmem fetch -q &&
			test "$(ours origin/main)" = "$(rev main)" && gitmem fsck -q || return 1
		cd "$SCRATCH" || return 1
	done
EOF

test_case 'from a gitmem repository on this machine' <<'EOF'
	new_repo peer && gitmem add -c --key p/one 'one' >out && gitmem tag v1 && cd .. &&
	new_repo mine && add_remote origin "$SCRATCH/peer" && gitmem fetch 2>err &&
	grep -q 'new branch.*main *-> origin/main' err && grep -q 'new tag.*v1' err &&
	gitmem -C ../peer add -c --key p/two 'two' >out && gitmem fetch 2>err &&
	gitmem show origin/main:keys/p/two.md | grep -qx two &&
	gitmem -C ../peer reset --hard HEAD~1 >out 2>&1 && gitmem -C ../peer add -c --key p/three 'three' >out &&
	gitmem fetch 2>err && grep -q 'forced update' err
EOF



done_testing
