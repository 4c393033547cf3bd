#!/bin/sh
# Clones that are stopped, killed, or that find their disk full.

. "$(dirname "$0")/lib.sh"
. "$lib_here/lib_remote.sh"

# A history of some size, in stock git and in gitmem.
test_case 'the repositories to begin with' <<'END'
	new_remote notes &&
	"$PYTHON" -c '
print("commit refs/heads/main\ncommitter T <t@example.com> 1767323045 +0000\ndata 3\none")
for i in range(3000):
    text = "number %d is about okapis and their %d ways" % (i, i * 7)
    print("M 100644 inline notes/%02d/%04d.txt\ndata %d\n%s" % (i % 64, i, len(text), text))
' | real_git -C "$remotes/notes" fast-import --quiet &&
	gitmem -q clone "$remotes/notes" peer &&
	gitmem -C peer add -c 'one more' >out
END

test_case 'a clone that is ended is whole or not there' <<'END'
	rounds=24 && if slow_tests; then rounds=400; fi &&
	mkdir kill && cd kill &&
	"$PYTHON" "$lib_here/clone_kill.py" $rounds "${lib_seed:-1}" "file://$remotes/notes" \
		"$(remote_url http notes)" ../peer
END

test_case 'a server that hangs up in the middle' <<'END'
	url=$(remote_host http) &&
	for n in 30 200 5000; do
		must_fail 128 gitmem clone "$url/cut-$n/notes" cut 2>err &&
			test "$(grep -c '^error: ' err)" -eq 1 && test ! -e cut || return 1
	done
END

test_case 'the project around it sees nothing of one that hangs or was killed' <<'END'
		real_git init -q -b main project && cd project &&
	real_git remote add origin "$(remote_host http)/hang/notes" &&
	{ gitmem -q clone --attach 2>../err & } && pid=$! && tries=0 &&
	until ls -d .gitmem-clone-*/repository >../out 2>&1 || [ $tries -gt 200 ]; do
		tries=$((tries + 1)) && sleep 0.05
	done &&
	test -d .gitmem-clone-"$pid"-0 &&
	test -z "$(real_git status --porcelain)" &&
		kill -9 $pid && { wait $pid || true; } &&
	test -d .gitmem-clone-"$pid"-0 && test -z "$(real_git status --porcelain)" &&
	real_git remote set-url origin "$remotes/notes" &&
	gitmem -q clone --attach 2>../err && test "$(ls -A)" = "$(printf '.git\n.gitmem')"
END

done_testing
