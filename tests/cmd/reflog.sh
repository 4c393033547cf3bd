#!/bin/sh
# gitmem reflog: where branches have been, as stock git tells it.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

git_here() {
	git --git-dir=.gitmem "$@"
}

# The same arguments, the same words.
same_as_git() {
	gitmem reflog "$@" >actual && git_here reflog "$@" >expect && expect_equal expect actual
}

test_case 'without a commit there is none' <<'EOT'
	new_repo empty &&
	silent gitmem reflog &&
	silent gitmem --json reflog &&
	must_fail 128 gitmem reflog main 2>err &&
	grep -qx "error: unknown revision 'main'" err &&
	must_fail 128 gitmem --branch nope reflog 2>err &&
	grep -qx "error: branch 'nope' does not exist" err
EOT

test_case 'it tells what git tells' <<'EOT'
	new_repo notes &&
	gitmem add -c -m 'one' 'one' >id &&
	gitmem add -c -m 'two' 'two' >id &&
	gitmem switch -q -c side &&
	gitmem add -c -m 'three' 'three' >id &&
	gitmem switch -q main &&
	gitmem -q reset --hard HEAD~1 &&
	gitmem branch -m side other &&
	same_as_git &&
	test "$(wc -l <actual)" -eq 6 &&
	for ref in HEAD @ main other heads/other refs/heads/main; do
		same_as_git "$ref" || exit 1
		same_as_git show "$ref" || exit 1
	done &&
	same_as_git -n 2 &&
	same_as_git -1 other
EOT

test_case 'where it has been can be named' <<'EOT'
	cd notes &&
	gitmem reflog main | sed 's/^\([0-9a-f]*\) \([^ ]*\): .*/\1 \2/' >list &&
	test -s list &&
	while read -r commit name; do
		git_here rev-parse --short "$commit" >expect || exit 1
		git_here rev-parse --short "$name" >actual || exit 1
		expect_equal expect actual || exit 1
		gitmem show "$name" >out || exit 1
	done <list &&
	gitmem --json log -n 1 'main@{1}' >log &&
	test "$(json_get log .message)" = two
EOT

test_case 'it prints JSON' <<'EOT'
	cd notes &&
	gitmem --json reflog main >actual &&
	json_get actual .selector >selectors &&
	printf 'main@{0}\nmain@{1}\nmain@{2}\n' >expect &&
	expect_equal expect selectors &&
	json_get actual .message >messages &&
	git_here reflog --format=%gs main >expect &&
	expect_equal expect messages &&
	json_get actual .commit >commits &&
	git_here reflog --format=%H main >expect &&
	expect_equal expect commits &&
	test "$(json_get actual .previous | tail -n 1)" = null &&
	test "$(json_get actual .name | head -n 1)" = tester &&
	test "$(json_get actual .email | head -n 1)" = tester@localhost &&
	test "$(json_get actual .time | head -n 1)" = 2026-01-02T03:04:05Z
EOT

test_case 'with --branch it is that branch without a name' <<'EOT'
	cd notes &&
	gitmem --branch other reflog >actual &&
	gitmem reflog other >expect &&
	expect_equal expect actual
EOT

test_case 'a ref without a log has no entries' <<'EOT'
	cd notes &&
	git_here update-ref refs/tags/v1 main &&
	silent gitmem reflog v1
EOT

test_case 'wrong usage' <<'EOT'
	cd notes &&
	must_fail 128 gitmem reflog nope &&
	must_fail 129 gitmem reflog main other &&
	must_fail 129 gitmem reflog show main other &&
	must_fail 129 gitmem reflog -n x
EOT

done_testing
