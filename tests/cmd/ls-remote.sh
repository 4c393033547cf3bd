#!/bin/sh
# gitmem ls-remote: what stock git says, over whatever leads there.

. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_remote.sh
. "$lib_here/lib_remote.sh"

test_case 'a remote with branches and tags' <<'EOF'
	new_remote notes &&
	real_git init -q -b main work &&
	cd work &&
	real_git -c user.name=a -c user.email=a@b commit -q --allow-empty -m one &&
	real_git -c user.name=a -c user.email=a@b tag -a -m v1 v1 &&
	real_git tag light &&
	real_git branch other/topic &&
	real_git push -q "$remotes/notes" --all &&
	real_git push -q "$remotes/notes" --tags
EOF

for kind in path file git http https ssh; do
	has_remotes $kind || continue
	test_case "the refs are those that git lists, over $kind" <<EOF
		url=\$(remote_url $kind notes) &&
		real_git ls-remote "$remotes/notes" >expect &&
		GITMEM_SSL_CAINFO="$remote_ca" gitmem ls-remote "\$url" >actual &&
		diff -u expect actual
EOF
done

test_case 'patterns and options choose as in git' <<'EOF'
	for options in --heads --tags -t --refs '--heads --tags' '--refs --tags'; do
		real_git ls-remote $options "$remotes/notes" >expect &&
		gitmem ls-remote $options "$remotes/notes" >actual &&
		diff -u expect actual || return 1
	done &&
	for pattern in main topic 'other/*' v1 'refs/*' nothing; do
		real_git ls-remote "$remotes/notes" "$pattern" >expect &&
		gitmem ls-remote "$remotes/notes" "$pattern" >actual &&
		diff -u expect actual || return 1
	done
EOF

test_case 'programs are told the same' <<'EOF'
	gitmem --json ls-remote "$remotes/notes" >actual &&
	"$PYTHON" - "$(tip_of notes main)" <actual <<'END'
import json, sys
rows = {row["name"]: row for row in map(json.loads, open("actual"))}
main = sys.argv[1]
assert rows["HEAD"] == {"name": "HEAD", "object": main, "peeled": None,
	"target": "refs/heads/main"}, rows
assert rows["refs/tags/v1"]["peeled"] == main
assert rows["refs/tags/light"]["peeled"] is None
END
EOF

test_case 'the remote of the branch needs no name' <<'EOF'
	new_repo mine &&
	must_fail 128 gitmem ls-remote 2>err &&
	grep -Fx 'error: no remote is configured' err &&
	gitmem remote add there "$remotes/notes" &&
	gitmem ls-remote >actual &&
	gitmem ls-remote there >named &&
	real_git ls-remote "$remotes/notes" >expect &&
	diff -u expect actual &&
	diff -u expect named
EOF

test_case 'what is not there is told in a line' <<'EOF'
	must_fail 128 gitmem ls-remote ./nothing 2>err &&
	test "$(grep -c ^error: err)" = 1 &&
	mkdir -p empty &&
	must_fail 128 gitmem ls-remote ./empty 2>err &&
	test "$(grep -c ^error: err)" = 1 &&
	must_fail 1 gitmem ls-remote --exit-code "$remotes/notes" nothing 2>err
EOF

test_case 'a remote that hangs is left at a signal, and at the time limit' <<'EOF'
	hanging=$(remote_url http hang/notes) &&
	must_fail 124 timeout -s INT 1 gitmem ls-remote "$hanging" 2>err &&
	new_repo limited &&
	gitmem config sync.timeout 1 &&
	must_fail 128 gitmem ls-remote "$hanging" 2>err </dev/null &&
	grep '^error: nothing came from the remote for 10* seconds' err &&
	sleep 0.2 &&
	! pgrep -f "gitmem-sync.*limited"
EOF

test_case 'a program that is missing is told of' <<'EOF'
	mkdir -p none &&
	must_fail 128 env GITMEM_EXEC_PATH="$PWD/none" gitmem ls-remote "$remotes/notes" 2>err &&
	grep "there is no 'gitmem-sync'" err
EOF

done_testing
