#!/bin/sh
# gitmem remote: what stands in the settings, and what is told of it.

. "$(dirname "$0")/lib.sh"

test_case 'a remote is written as git writes it' <<'EOF'
	new_repo notes &&
	gitmem remote >actual &&
	test ! -s actual &&
	gitmem remote add origin https://example.com/x.git >actual 2>&1 &&
	test ! -s actual &&
	real_git config -f .gitmem/config remote.origin.url >actual &&
	real_git config -f .gitmem/config remote.origin.fetch >>actual &&
	printf '%s\n' https://example.com/x.git '+refs/heads/*:refs/remotes/origin/*' >expect &&
	diff -u expect actual &&
	gitmem remote >actual &&
	echo origin >expect &&
	diff -u expect actual
EOF

test_case 'what git wrote is read' <<'EOF'
	cd notes &&
	real_git config -f .gitmem/config remote.two.url ../elsewhere &&
	real_git config -f .gitmem/config remote.two.pushurl git@example.com:x &&
	gitmem remote -v >actual &&
	{
		printf 'origin\thttps://example.com/x.git (%s)\n' fetch push &&
		printf 'two\t../elsewhere (fetch)\ntwo\tgit@example.com:x (push)\n'
	} >expect &&
	diff -u expect actual &&
	gitmem remote get-url two >actual &&
	gitmem remote get-url --push two >>actual &&
	printf '%s\n' ../elsewhere git@example.com:x >expect &&
	diff -u expect actual &&
	gitmem remote get-url --push --json two >actual &&
	echo '{"name":"two","url":"git@example.com:x"}' >expect &&
	diff -u expect actual
EOF

test_case 'no password is shown' <<'EOF'
	cd notes &&
	gitmem remote add secret https://ada:s3cret@example.com/x &&
	gitmem remote -v >actual &&
	gitmem remote get-url secret >>actual &&
	gitmem --json remote >>actual &&
	must_fail 128 gitmem remote set-url secret 'https://ada:s3cret@example.com:port/x' 2>>actual &&
	grep -F 'ada:***@example.com' actual &&
	! grep s3cret actual &&
	gitmem remote rm secret
EOF

test_case 'the scope says what may be sent' <<'EOF'
	cd notes &&
	gitmem remote add --scope global public /nowhere &&
	must_fail 129 gitmem remote set-scope two private 2>err &&
	grep "'private' is no scope of a remote" err &&
	gitmem config remote.two.scope private &&
	must_fail 128 gitmem remote get-url two 2>err &&
	grep "must be shared or global" err &&
	gitmem remote set-scope two global &&
	gitmem --json remote >actual &&
	"$PYTHON" -c '
import json, sys
print([(r["name"], r["scope"], r["attached"]) for r in map(json.loads, sys.stdin)])
' <actual >told &&
	echo "[('origin', 'shared', False), ('public', 'global', False), ('two', 'global', False)]" >expect &&
	diff -u expect told &&
	gitmem remote rm public
EOF

test_case 'a remote is removed with what is known of it' <<'EOF'
	cd notes &&
	gitmem add -q -c one &&
	gitmem config branch.main.remote two &&
	gitmem config branch.main.merge refs/heads/main &&
	real_git config -f .gitmem/config --add remote.two.fetch '+refs/x/*:refs/remotes/two/x/*' &&
	real_git config -f .gitmem/config --add remote.two.fetch '+refs/y/*:refs/remotes/two/y/*' &&
	gitmem remote remove two &&
	must_fail 1 real_git config -f .gitmem/config --get-regexp 'remote.two|branch.main' &&
	gitmem remote >actual &&
	echo origin >expect &&
	diff -u expect actual
EOF

test_case 'what cannot be is refused, and changes nothing' <<'EOF'
	cd notes &&
	cp .gitmem/config before &&
	must_fail 128 gitmem remote add origin /x 2>err &&
	grep -Fx 'error: remote origin already exists.' err &&
	must_fail 128 gitmem remote add ../x /x 2>err &&
	must_fail 128 gitmem remote add a..b /x 2>err &&
	must_fail 128 gitmem remote add 'a b' /x 2>err &&
	must_fail 128 gitmem remote add -- -x /x 2>err &&
	must_fail 128 gitmem remote add bad 'ext::sh -c touch% pwned' 2>err &&
	must_fail 128 gitmem remote add bad 'ssh://-oProxyCommand=touch%20pwned/x' 2>err &&
	must_fail 128 gitmem remote add -- bad '-oProxyCommand=x:y' 2>err &&
	must_fail 128 gitmem remote rm nothing 2>err &&
	must_fail 128 gitmem remote set-url nothing /x 2>err &&
	must_fail 128 gitmem remote set-scope nothing shared 2>err &&
	must_fail 128 gitmem remote get-url nothing 2>err &&
	grep -Fx "error: no such remote 'nothing'" err &&
	must_fail 129 gitmem remote set-scope origin secret 2>err &&
	must_fail 129 gitmem remote add one 2>err &&
	must_fail 129 gitmem remote explode 2>err &&
	must_fail 129 gitmem remote --attach list 2>err &&
	cmp before .gitmem/config &&
	test ! -e pwned
EOF

test_case 'a remote with broken settings hides no other' <<'EOF'
	cd notes &&
	real_git config -f .gitmem/config remote.broken.fetch 'a*b*c:d' &&
	gitmem remote -v >actual 2>err &&
	grep -c origin actual >told &&
	echo 2 >expect &&
	diff -u expect told &&
	grep "^warning: invalid refspec 'a\*b\*c:d'" err &&
	gitmem remote rm broken
EOF

test_case 'the branches of two remotes are never tracked in the same place' <<'EOF'
	new_repo nested && gitmem remote add team/ada /x && gitmem remote add teams /x &&
	must_fail 128 gitmem remote add team /x 2>err &&
	grep -Fx "error: remote name 'team' is a superset of existing remote 'team/ada'" err &&
	must_fail 128 gitmem remote add teams/bo /x 2>err &&
	grep -Fx "error: remote name 'teams/bo' is a subset of existing remote 'teams'" err
EOF

done_testing
