#!/bin/sh
# gitmem push to remotes that are more than a bare repository: gitmem repositories on this machine,
# in either layout, and the remote of the surrounding project.
# shellcheck disable=SC2317,SC2154 # the cases call the functions

. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_remote.sh
. "$lib_here/lib_remote.sh"

here() {
	git --git-dir=.gitmem "$@"
}

# Some memories that are not just a few bytes.
many() {
	"$PYTHON" -c '
import json, random
random.seed(7)
for i in range(300):
    words = " ".join(random.choice("alpha beta gamma delta".split()) for _ in range(90))
    print(json.dumps({"id": "018f0000-0000-7000-8000-%012x" % i, "content": words,
                      "created": "2026-01-%02dT00:00:00Z" % (i % 28 + 1)}))
'
}

# peer LAYOUT: a gitmem repository on this machine as a remote, whose refs and objects gitmem moves.
peer_life() {
	mkdir -p "$SCRATCH/peer-$1" && gitmem -C "$SCRATCH/peer-$1" init --object-store "$1" >/dev/null &&
		new_repo "mine-$1" && gitmem remote add origin "$SCRATCH/peer-$1" &&
		gitmem add -c --key a 'the first' >/dev/null && gitmem branch side &&
		gitmem push --all 2>err && grep -Fx ' * [new branch]      main -> main' err &&
		test "$(gitmem -C "$SCRATCH/peer-$1" log -1 --json main | json_tip)" = "$(here rev-parse main)" &&
		gitmem -C "$SCRATCH/peer-$1" show a >shown && grep -F 'the first' shown &&
		many >"$SCRATCH/memories" && gitmem import jsonl "$SCRATCH/memories" >/dev/null &&
		gitmem push -q && gitmem push 2>err && grep -Fx 'Everything up-to-date' err &&
		gitmem -C "$SCRATCH/peer-$1" add -c --key b 'of the peer' >/dev/null &&
		gitmem edit -c a --content 'the second' >/dev/null &&
		gitmem push 2>err &&
		gitmem -C "$SCRATCH/peer-$1" show b >shown && grep -F 'of the peer' shown &&
		gitmem -C "$SCRATCH/peer-$1" show a >shown && grep -F 'the second' shown &&
		gitmem show b >shown && grep -F 'of the peer' shown &&
		gitmem push --delete origin side 2>err && grep -Fx ' - [deleted]         side' err &&
		must_fail 128 gitmem -C "$SCRATCH/peer-$1" log side 2>err &&
		gitmem -C "$SCRATCH/peer-$1" fsck && gitmem fsck
}

json_tip() {
	cat >"$SCRATCH/tip" && json_get "$SCRATCH/tip" .commit
}

test_case 'a gitmem repository in segments is pushed to' 'peer_life zstd'
test_case "a gitmem repository in Git's layout is pushed to" 'peer_life git'

test_case 'a peer gets no private memories either, and its scope counts' <<'EOT'
	cd mine-zstd && gitmem remote set-scope origin global &&
	gitmem add -c shared >/dev/null &&
	must_fail 128 gitmem push 2>err && grep -F '(shared, in commit' err &&
	gitmem remote set-scope origin shared && gitmem push -q
EOT

# A project of somebody's, with a remote, and memory that travels along.
project() {
	new_remote "$1" && real_git clone -q "$remotes/$1" "$SCRATCH/$1" 2>/dev/null &&
		cd "$SCRATCH/$1" && real_git checkout -q -b main &&
		real_git -c user.name=s -c user.email=s@x commit -q --allow-empty -m project &&
		real_git push -q origin main && gitmem init >/dev/null &&
		gitmem remote add --attach origin
}

test_case 'an attached remote keeps memory beside its branches' <<'EOT'
	project attached && gitmem add -c --key a 'of the project' >/dev/null && gitmem tag v1 &&
	before=$(tip_of attached main) &&
	gitmem push origin main v1 2>../err &&
	grep -F " main -> refs/gitmem/heads/main" ../err &&
	test "$(here rev-parse main)" = "$(tip_of attached refs/gitmem/heads/main)" &&
	test "$(here rev-parse v1)" = "$(tip_of attached refs/gitmem/tags/v1)" &&
	test "$(here rev-parse origin/main)" = "$(here rev-parse main)" &&
	test "$(tip_of attached main)" = "$before" &&
	test -z "$(real_git status --porcelain)" &&
	real_git branch -a >../branches && must_fail 1 grep gitmem ../branches &&
	gitmem push 2>../err && grep -Fx 'Everything up-to-date' ../err
EOT

test_case 'what push --mirror of the project removed is restored and told' <<'EOT'
	cd attached && gitmem --branch other add -c --key o 'of another branch' >/dev/null &&
	gitmem --branch other push -q &&
	gitmem add -c --key b 'not pushed yet' >/dev/null &&
	real_git push -q --mirror 2>mirror &&
	must_fail 1 tip_of attached refs/gitmem/heads/main &&
	gitmem push 2>err &&
	grep -F ' * [restored]        main -> refs/gitmem/heads/main' err &&
	grep -F ' * [restored]        origin/other -> refs/gitmem/heads/other' err &&
	test "$(here rev-parse main)" = "$(tip_of attached refs/gitmem/heads/main)" &&
	test "$(here rev-parse other)" = "$(tip_of attached refs/gitmem/heads/other)" &&
	fine_remote attached
EOT

test_case 'restored commits that were not here are merged at once' <<'EOT'
	cd attached &&
	tree=$(here rev-parse 'main^{tree}') &&
	theirs=$(here -c user.name=s -c user.email=s@x commit-tree -p main -m theirs "$tree") &&
	here update-ref refs/remotes/origin/main "$theirs" &&
	real_git push -q --mirror 2>mirror &&
	gitmem add -c --key c 'ours alone' >/dev/null &&
	gitmem push 2>err &&
	grep -F ' * [restored]        main -> refs/gitmem/heads/main' err &&
	test "$(here rev-parse main)" = "$(tip_of attached refs/gitmem/heads/main)" &&
	here merge-base --is-ancestor "$theirs" main
EOT

test_case 'nothing of memory goes where the branches of the project are' <<'EOT'
	cd attached &&
	must_fail 128 gitmem push origin main:refs/notes/x 2>err &&
	gitmem push -q origin main:topic &&
	test "$(here rev-parse main)" = "$(tip_of attached refs/gitmem/heads/topic)" &&
	must_fail 1 tip_of attached refs/heads/topic &&
	gitmem push -q --delete origin topic &&
	must_fail 1 tip_of attached refs/gitmem/heads/topic
EOT

done_testing
