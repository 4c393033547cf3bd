#!/bin/sh
# gitmem revert: what commits changed is undone, as stock git undoes it and beyond.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

git_here() {
	git --git-dir=.gitmem "$@"
}

tree_of() {
	git_here rev-parse "$1^{tree}"
}

message_of() {
	git_here log -1 --format=%B "$1"
}

test_case 'a change is undone, byte for byte, and what came later stays' <<'EOT'
	new_repo notes &&
	gitmem add -c -m 'add a' --key a 'a one' >id &&
	gitmem edit -c -m 'edit a' a --content 'a two' &&
	gitmem add -c -m 'add b' --key b 'b one' >id &&
	gitmem revert HEAD~1 >out &&
	{
		echo "[main $(git_here rev-parse --short main)] Revert \"edit a\"" &&
		echo ' 0 added, 1 changed, 0 removed'
	} >expect &&
	expect_equal expect out &&
	test "$(git_here rev-parse main:keys/a.md)" = "$(git_here rev-parse main~3:keys/a.md)" &&
	gitmem show b >out &&
	message_of main >actual &&
	{
		echo 'Revert "edit a"' &&
		echo &&
		echo "This reverts commit $(git_here rev-parse main~2)." &&
		echo
	} >expect &&
	expect_equal expect actual &&
	git_here reflog -1 --format=%gs main >actual &&
	echo 'revert: Revert "edit a"' >expect &&
	expect_equal expect actual
EOT

test_case 'so is a revert' <<'EOT'
	cd notes &&
	before=$(tree_of main~1) &&
	gitmem -q revert HEAD >out &&
	test ! -s out &&
	test "$(tree_of main)" = "$before" &&
	message_of main | head -n 1 >actual &&
	echo 'Revert "Revert "edit a""' >expect &&
	expect_equal expect actual
EOT

test_case 'a removed memory comes back, an added one goes, a root commit is undone' <<'EOT'
	cd notes &&
	gitmem rm -c b &&
	gitmem revert HEAD >out &&
	gitmem show b >out && grep -q 'b one' out &&
	new_repo root &&
	gitmem add -c --key a 'a' >id &&
	gitmem revert HEAD >out &&
	gitmem list >out && test ! -s out &&
	test "$(tree_of main)" = 4b825dc642cb6eb9a060e54bf8d69288fbee4904
EOT

test_case 'stock git makes the same tree and says the same' <<'EOT'
	cd notes &&
	gitmem add -c -m 'a subject
that goes on

and a body' --key c 'c' >id &&
	gitmem edit -c c --content 'c two' --tag x &&
	git_here bundle create -q ../bundle main &&
	git clone -q -b main ../bundle ../clone &&
	commit=$(git_here rev-parse HEAD~1) &&
	git -C ../clone -c user.name=tester -c user.email=tester@localhost \
		revert --no-edit HEAD >out 2>&1 &&
	gitmem revert HEAD >out &&
	test "$(git -C ../clone rev-parse 'HEAD^{tree}')" = "$(tree_of main)" &&
	git -C ../clone log -1 --format=%B >expect &&
	message_of main >actual &&
	expect_equal expect actual &&
	gitmem reset -q --hard HEAD~1 &&
	git -C ../clone reset -q --hard "$(git_here rev-parse HEAD)" &&
	git -C ../clone -c user.name=tester -c user.email=tester@localhost \
		revert --no-edit "$commit~1..HEAD" >out 2>&1 &&
	gitmem -q revert "$commit~1..HEAD" >out &&
	test "$(git -C ../clone rev-parse 'HEAD^{tree}')" = "$(tree_of main)" &&
	git -C ../clone log -3 --format=%B%an%ae >expect &&
	git_here log -3 --format=%B%an%ae >actual &&
	expect_equal expect actual
EOT

test_case 'what is undone already says so' <<'EOT'
	cd notes &&
	before=$(git_here rev-parse main) &&
	gitmem add -c --key once 'x' >id &&
	gitmem -q revert HEAD &&
	must_fail 1 gitmem revert HEAD~1 >out 2>err &&
	test ! -s out &&
	echo "error: nothing is left of what $(git_here rev-parse --short main~1) changed" >expect &&
	expect_equal expect err &&
	test "$(git_here rev-parse main~2)" = "$before" &&
	gitmem revert HEAD~1 HEAD >out 2>err &&
	grep -q '^nothing is left of what' err &&
	gitmem show once >out
EOT

test_case 'what others changed since is kept, and told' <<'EOT'
	new_repo since &&
	gitmem add -c --key a --tag one 'line one
line two
line three
line four' >id &&
	gitmem edit -c a --content 'line one
line two
line three
line FOUR' &&
	gitmem edit -c a --content 'line ONE
line two
line three
line FOUR' --tag +two &&
	gitmem revert HEAD~1 >out &&
	gitmem --json show a >json &&
	json_get json .content >actual &&
	printf 'line ONE\nline two\nline three\nline four\n' >expect &&
	expect_equal expect actual &&
	test "$(json_get json .tags)" = '["one", "two"]' &&
	grep -q merged out
EOT

test_case 'a conflict keeps both, or the side that is asked for' <<'EOT'
	new_repo conflict &&
	gitmem add -c --key a 'first' >id &&
	gitmem edit -c a --content 'second' &&
	gitmem edit -c a --content 'third' &&
	start=$(git_here rev-parse main) &&
	gitmem --json revert HEAD~1 >actual 2>err &&
	test "$(json_get actual .conflicts)" = 1 &&
	test "$(json_get actual .source)" = "$(git_here rev-parse "$start~1")" &&
	test "$(json_get actual .commit)" = "$(git_here rev-parse main)" &&
	json_get actual .decisions.0.what >what &&
	echo conflict >expect &&
	expect_equal expect what &&
	gitmem list >list &&
	grep -q third list && grep -q first list &&
	gitmem reset -q --hard "$start" &&
	gitmem revert --strategy ours HEAD~1 >out &&
	gitmem show a >out && grep -q third out &&
	gitmem list >list && test "$(wc -l <list)" -eq 1 &&
	gitmem reset -q --hard "$start" &&
	gitmem revert --strategy theirs HEAD~1 >out &&
	gitmem show a >out && grep -q first out &&
	gitmem list >list && test "$(wc -l <list)" -eq 1
EOT

test_case '-n stages it, on what is staged' <<'EOT'
	new_repo staged &&
	gitmem add -c --key a 'a one' >id &&
	gitmem edit -c a --content 'a two' &&
	gitmem add -c --key b 'b one' >id &&
	gitmem rm -c b &&
	gitmem add --key c 'c staged' >id &&
	gitmem edit a --tag kept &&
	before=$(git_here rev-parse main) &&
	gitmem revert -n HEAD HEAD~2 >out &&
	test "$(git_here rev-parse main)" = "$before" &&
	gitmem status --short >actual &&
	grep -q '^M .*keys/a.md' actual &&
	grep -q '^A .*keys/b.md' actual &&
	grep -q '^A .*keys/c.md' actual &&
	gitmem show a >out && grep -q 'a one' out && grep -q kept out &&
	gitmem commit -m all >out &&
	gitmem show b >out && gitmem show c >out &&
	must_fail 1 gitmem revert -n HEAD~1 2>err &&
	gitmem status --short >actual && test ! -s actual
EOT

test_case 'the message can be written in an editor' <<'EOT'
	new_repo edited &&
	gitmem add -c -m 'add a' --key a 'a' >id &&
	cat >editor <<'EOS' &&
#!/bin/sh
grep -q '^Revert "add a"$' "$1" && printf 'by hand\n# a comment\n\nfor a reason\n' >"$1"
EOS
	chmod +x editor &&
	EDITOR=./editor gitmem -q revert -e HEAD &&
	message_of main >actual &&
	printf 'by hand\n\nfor a reason\n\n' >expect &&
	expect_equal expect actual &&
	before=$(git_here rev-parse main) &&
	printf '#!/bin/sh\n: >"$1"\n' >editor &&
	must_fail 1 env EDITOR=./editor gitmem revert -e HEAD 2>err &&
	grep -qx 'error: the message is empty: nothing was committed' err &&
	must_fail 128 env EDITOR=false gitmem revert -e HEAD &&
	test "$(git_here rev-parse main)" = "$before" &&
	test -z "$(ls .gitmem/EDIT_* 2>/dev/null)" &&
	EDITOR=false gitmem -q revert --no-edit HEAD
EOT

test_case 'a merge is undone against the parent that is named' <<'EOT'
	new_repo merged &&
	gitmem add -c --key a 'a' >id &&
	gitmem switch -q -c side &&
	gitmem add -c --key b 'b' >id &&
	gitmem switch -q main &&
	gitmem add -c --key c 'c' >id &&
	gitmem merge -q side &&
	must_fail 128 gitmem revert HEAD 2>err &&
	grep -q 'is a merge, and no -m was given$' err &&
	grep -q '^hint: ' err &&
	must_fail 128 gitmem revert -m 3 HEAD 2>err &&
	grep -q 'does not have parent 3$' err &&
	must_fail 129 gitmem revert -m 0 HEAD &&
	must_fail 128 gitmem revert -m 2 HEAD~1 &&
	gitmem revert -m 1 HEAD >out &&
	test "$(tree_of main)" = "$(tree_of main~2)" &&
	message_of main >actual &&
	{
		git_here log -1 --format='Revert "%s"%n' main~1 &&
		echo "This reverts commit $(git_here rev-parse main~1), reversing" &&
		echo "changes made to $(git_here rev-parse main~2)." &&
		echo
	} >expect &&
	expect_equal expect actual &&
	gitmem revert -m 2 HEAD~1 >out &&
	must_fail 128 gitmem show c &&
	gitmem revert -m 1 HEAD >out && gitmem show c >out
EOT

test_case 'each branch by itself' <<'EOT'
	cd merged &&
	before=$(git_here rev-parse main) &&
	gitmem --branch side revert HEAD >out &&
	test "$(git_here rev-parse main)" = "$before" &&
	must_fail 128 gitmem --branch side show b
EOT

test_case 'revisions that are none change nothing' <<'EOT'
	cd merged &&
	before=$(git_here rev-parse main) &&
	must_fail 128 gitmem revert nope &&
	must_fail 128 gitmem revert HEAD~1 nope &&
	must_fail 128 gitmem revert HEAD:keys &&
	must_fail 1 gitmem revert HEAD..HEAD &&
	must_fail 129 gitmem revert &&
	must_fail 129 gitmem revert --strategy manual HEAD &&
	must_fail 128 gitmem revert HEAD main~3 main~4..main &&
	test "$(git_here rev-parse main)" = "$before" &&
	new_repo unborn &&
	must_fail 128 gitmem revert HEAD
EOT

write_and_revert() {
	pids=
	for i in 1 2 3; do
		write_some "$i" &
		pids="$pids $!"
	done
	for _ in 1 2 3 4; do
		gitmem -q revert base >out || return 1
		gitmem -q revert ':/^Revert' >out || return 1
	done
	for pid in $pids; do
		wait "$pid" || return 1
	done
}

test_case 'writers beside it lose nothing, and nobody fails' <<'EOT'
	new_repo racing &&
	gitmem add -c --key base 'base' >id &&
	gitmem tag base &&
	write_and_revert &&
	gitmem list --key w >list &&
	test "$(wc -l <list)" -eq 9 &&
	gitmem show base:base >out &&
	test "$(git_here rev-list --count main)" -eq 18
EOT

done_testing
