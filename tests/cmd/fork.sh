#!/bin/sh
# gitmem fork: a repository that goes its own way, and how it stands to where it comes from.

. "$(dirname "$0")/lib.sh"
. "$lib_here/lib_remote.sh"

test_case 'a fork knows where it comes from' <<'END'
	mkdir team && gitmem init team >out &&
	gitmem -C team add -c --key k/1 'the north path is dry' >out &&
	gitmem -C team add -c --key k/2 'the ferry runs at noon' >out &&
	gitmem fork team scout >out 2>err &&
	test ! -s out &&
	gitmem -C scout config remote.upstream.url >actual &&
	echo "$PWD/team" >expect && expect_equal expect actual &&
	test "$(gitmem -C scout config fork.branch)" = main &&
	test "$(gitmem -C scout config remote.pushDefault)" = origin &&
	gitmem -C team log -1 --json | "$PYTHON" -c \
		'import json, sys; print(json.load(sys.stdin)["commit"])' >expect &&
	gitmem -C scout config fork.commit >actual && expect_equal expect actual &&
	gitmem -C scout fork status >actual 2>err &&
	test ! -s err &&
	printf "Fork of %s, branch 'main', at %.7s\n'main' is up to date with it.\n" \
		"$PWD/team" "$(cat expect)" >expect &&
	expect_equal expect actual
END

test_case 'status asks what is new there' <<'END'
	gitmem -C scout add -c 'mine' >out &&
	gitmem -C team add -c --key k/1 'the north path is flooded' >out &&
	gitmem -C team rm -c k/2 >out &&
	gitmem -C team add -c --key k/3 'take the bridge' >out &&
	gitmem -C scout fork status --no-fetch >actual &&
	grep -qx "'main' is ahead by 1, and behind by 0." actual &&
	gitmem -C scout fork status >actual 2>err &&
	sed 1d actual >rest &&
	cat >expect <<-'EOT' &&
		'main' is ahead by 1, and behind by 3.
		What it has that we do not:
		  M keys/k/1.md
		  D keys/k/2.md
		  A keys/k/3.md
	EOT
	expect_equal expect rest &&
	gitmem -C scout reflog upstream/main >log && grep -q 'fetch upstream: fast-forward' log &&
	gitmem -C scout --json fork status >out &&
	cat >check.py <<-'EOT' &&
		import json
		told = json.load(open("out"))
		assert (told["ahead"], told["behind"]) == (1, 3), told
		assert [m["status"] for m in told["missing"]] == ["M", "D", "A"], told
		assert told["upstream"] != told["forked_from"] and told["branch"] == "main", told
	EOT
	"$PYTHON" check.py
END

test_case 'what upstream has lost, and who is no fork' <<'END'
	must_fail 128 gitmem -C team fork status 2>err &&
	grep -qx 'error: this repository is no fork' err &&
	must_fail 129 gitmem -C scout fork status --bare 2>err &&
	must_fail 129 gitmem -C scout fork status -b x 2>err &&
	must_fail 129 gitmem fork --no-fetch team x 2>err &&
	mv team away &&
	must_fail 128 gitmem -C scout fork status 2>err &&
	grep -q '^hint: --no-fetch' err &&
	gitmem -C scout fork status --no-fetch >out &&
	mv away team
END

test_case 'a fork of stock git' <<'END'
	new_remote notes &&
	gitmem fork "$remotes/notes" blank 2>err &&
	gitmem -C blank fork status >actual &&
	grep -q "which was empty" actual &&
	grep -qx "It has no branch 'main'." actual
END

done_testing
