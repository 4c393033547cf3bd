#!/bin/sh
# gitmem sync: both sides have the same afterwards, without a question and without noise.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

git config --global user.name 'S. Tock'
git config --global user.email stock@example.com
git config --global init.defaultBranch main

git_here() {
	git --git-dir=.gitmem "$@"
}

remote_git() {
	git --git-dir=../remote.git "$@"
}

# at MINUTE: what is written from here on is of that minute.
at() {
	GITMEM_AUTHOR_DATE=2026-01-02T03:$1:00Z
	GITMEM_COMMITTER_DATE=$GITMEM_AUTHOR_DATE
	export GITMEM_AUTHOR_DATE GITMEM_COMMITTER_DATE
}

tip_of() {
	gitmem --json log -n 1 "$1" >log.json && json_get log.json .commit
}

# same [BRANCH]: here and at the remote.
same() {
	test "$(tip_of "${1:-main}")" = "$(remote_git rev-parse "refs/heads/${1:-main}")"
}

rescued() {
	git_here for-each-ref --format='%(refname)' refs/gitmem/rescue
}

# shared DIR: folders a and b in DIR, both in sync with one remote; the current folder is a.
shared() {
	mkdir "$1" && cd "$1" && git init -q --bare remote.git && new_repo a && at 10 &&
		gitmem add -c --key editor --tag a 'Maya edits in Helix.' >id &&
		gitmem remote add origin ../remote.git && gitmem -q sync && cd .. &&
		new_repo b && gitmem remote add origin ../remote.git && gitmem -q sync &&
		cd ../a && at 20
}

test_case 'the first one makes the branch at the remote, and follows it' <<'EOF'
	mkdir first && cd first && git init -q --bare remote.git && new_repo a &&
	gitmem add -c --key editor 'Maya edits in Helix.' >id &&
	gitmem remote add origin ../remote.git && gitmem sync >out 2>err && test ! -s out &&
	printf 'To %s\n * [new branch]      main -> main\n' ../remote.git >expect &&
	grep -v '^hint:' err >actual && expect_equal expect actual && same &&
	gitmem --json status >json && json_get json .upstream >actual &&
	echo origin/main >expect && expect_equal expect actual &&
	remote_git fsck --strict
EOF

test_case 'what keeps it from pushing is all that it tells' <<'EOF'
	mkdir refused && cd refused && git init -q --bare remote.git && new_repo a &&
	gitmem remote add --scope global origin ../remote.git &&
	gitmem add -c --key editor 'Maya edits in Helix.' >id &&
	must_fail 128 gitmem sync >out 2>err && test ! -s out &&
	sed 's/:.*//' err >actual && printf 'error\nhint\n' >expect && expect_equal expect actual &&
	must_fail 128 gitmem --json sync >json 2>err &&
	json_get json .error >actual && json_get err .error.message >expect &&
	expect_equal expect actual
EOF

test_case 'in a bare clone, too, it says nothing when nothing happens' <<'EOF'
	mkdir quiet && cd quiet && git init -q --bare remote.git && new_repo a &&
	gitmem add -c --key editor 'Maya edits in Helix.' >id &&
	gitmem push -q ../remote.git main && gitmem clone -q --bare ../remote.git ../meet &&
	cd ../meet && silent gitmem sync && gitmem add -c --key more 'more' >id &&
	gitmem sync 2>err && grep -q 'main -> main$' err && silent gitmem sync
EOF

test_case 'a remote that was emptied is told of, and filled again' <<'EOF'
	mkdir vanished && cd vanished && git init -q --bare remote.git && new_repo a &&
	gitmem add -c --key editor 'Maya edits in Helix.' >id &&
	gitmem remote add origin ../remote.git && gitmem sync -q && tip_of main >expect &&
	rm -rf ../remote.git && git init -q --bare ../remote.git &&
	gitmem fetch 2>err && grep -q "^warning: 'origin' is empty, and was not before" err &&
	must_fail 128 gitmem pull 2>err && grep -q '^warning: ' err &&
	gitmem sync 2>err && grep -q "^warning: 'origin' is empty, and was not before" err &&
	remote_git rev-parse main >actual && expect_equal expect actual && silent gitmem sync
EOF

test_case 'with nothing to do it says nothing' <<'EOF'
	cd first/a && silent gitmem sync && silent gitmem sync origin &&
	gitmem --json sync >json 2>err && test ! -s err && json_get json .state >actual &&
	echo equal >expect && expect_equal expect actual
EOF

test_case 'a repository without a commit gets what there is' <<'EOF'
	cd first && new_repo b && gitmem remote add origin ../remote.git &&
	gitmem sync >out 2>err && grep -q Fast-forward out && same &&
	silent gitmem sync && gitmem show editor >actual && grep -q Helix actual
EOF

test_case 'what both sides wrote is at both sides, by one command each' <<'EOF'
	shared both && gitmem add -c --key a 'of a' >id && gitmem -q sync && same && cd ../b &&
	gitmem add -c --key b 'of b' >id && gitmem add --key staged 'not yet' >id &&
	ours=$(tip_of main) && theirs=$(tip_of origin/main) &&
	gitmem sync >out 2>err && same && grep -q "Merge made by the 'auto' strategy" out &&
	grep -q '^From' err && grep -q '^To' err &&
	test "$(tip_of main^1)" = "$ours" && rescued >kept && test "$(wc -l <kept)" -eq 2 &&
	gitmem reflog -n 1 >actual && grep -q "sync: Merge made by the 'auto'" actual &&
	gitmem status --short >actual && grep -q '^A .*keys/staged.md' actual && cd ../a &&
	gitmem sync >out 2>err && same && gitmem list --json >list && json_get list .key >keys &&
	printf 'a\nb\neditor\n' >expect && sort keys >actual && expect_equal expect actual &&
	remote_git fsck --strict && cd ../b && silent gitmem sync &&
	remote_git for-each-ref --format='%(refname)' >actual && echo refs/heads/main >expect &&
	expect_equal expect actual
EOF

test_case 'all branches that follow the remote come along, and no others' <<'EOF'
	shared several && gitmem branch scout && gitmem branch private &&
	gitmem push -q -u origin scout && gitmem --branch scout add -c --key s 's' >id &&
	gitmem --branch private add -c --key p 'p' >id && gitmem add -c --key m 'm' >id &&
	gitmem --json sync >json && json_get json .branch >actual && printf 'main\nscout\n' >expect &&
	expect_equal expect actual && json_get json .push.status >actual &&
	printf 'fast-forward\nfast-forward\n' >expect && expect_equal expect actual &&
	same && same scout && must_fail 1 remote_git rev-parse -q --verify refs/heads/private &&
	gitmem --branch scout add -c --key t 't' >id && gitmem add -c --key n 'n' >id &&
	gitmem --branch scout sync 2>err && same scout && must_fail 1 same &&
	gitmem -q sync && same && silent gitmem sync
EOF

test_case 'a branch that cannot be merged does not hold up the others' <<'EOF'
	shared stuck && gitmem branch scout && gitmem push -q -u origin scout && cd ../b &&
	git init -q ../stock && cd ../stock && echo x >x && git add x && git commit -q -m x &&
	git push -q -f ../remote.git main:scout && cd ../a && gitmem add -c --key m 'm' >id &&
	scout=$(tip_of scout) && must_fail 128 gitmem sync >out 2>err && same &&
	test "$(tip_of scout)" = "$scout" &&
	grep -q "'scout' was not merged: refusing to merge unrelated histories" err &&
	must_fail 128 gitmem --json sync >json 2>err && json_get json .state >actual &&
	printf 'equal\nfailed\n' >expect && expect_equal expect actual &&
	gitmem --branch scout pull -q --allow-unrelated-histories 2>err && gitmem -q sync && same scout
EOF

test_case 'a branch that was removed from the remote is told, and not made again' <<'EOF'
	shared gone && gitmem branch scout && gitmem push -q -u origin scout &&
	remote_git branch -q -D scout && gitmem add -c --key m 'm' >id &&
	must_fail 1 gitmem sync >out 2>err && same &&
	grep -q "the remote has no branch 'scout' any more" err && grep -q '^hint: ' err &&
	must_fail 1 remote_git rev-parse -q --verify refs/heads/scout &&
	gitmem push -q origin scout && silent gitmem sync
EOF

test_case 'a remote that was made anew gets everything again' <<'EOF'
	shared emptied && rm -rf ../remote.git && git init -q --bare ../remote.git &&
	gitmem sync >out 2>err && same && grep -q 'new branch' err && silent gitmem sync
EOF

test_case "what a project's push --mirror removed comes back by itself" <<'EOF'
	mkdir attached && cd attached && git init -q --bare remote.git && git init -q project &&
	cd project && echo x >x && git add x && git commit -q -m x &&
	git remote add origin ../remote.git && git push -q origin main &&
	gitmem init >out && gitmem remote add origin --attach &&
	gitmem add -c 'of the project' >id && gitmem sync >out 2>err && tip=$(tip_of main) &&
	test "$(remote_git rev-parse refs/gitmem/heads/main)" = "$tip" && silent gitmem sync &&
	git push -q --mirror origin &&
	must_fail 1 remote_git rev-parse -q --verify refs/gitmem/heads/main &&
	gitmem sync >out 2>err && grep -q restored err &&
	test "$(remote_git rev-parse refs/gitmem/heads/main)" = "$tip" && silent gitmem sync
EOF

test_case 'many at once, again and again: everything is everywhere in the end' <<'EOF'
	shared race && cd .. && for who in c d e; do
		(new_repo "$who" && gitmem remote add origin ../remote.git && gitmem -q sync) || exit 1
	done &&
	for who in a b c d e; do
		(cd "$who" && for i in 1 2 3; do
			gitmem -q add -c --key "$who/$i" "of $who" >id && gitmem -q sync >out 2>err ||
				echo "$who $i" >>../failed
		done) &
	done && wait && test ! -e failed &&
	for who in a b c d e; do (cd "$who" && gitmem -q sync >out) || exit 1; done &&
	for who in a b c d e; do
		cd "$who" && gitmem -q sync && same && gitmem list --json >list &&
			test "$(wc -l <list)" -eq 16 && cd .. || exit 1
	done && git --git-dir=remote.git fsck --strict
EOF

test_case 'several in one repository do not get in their way' <<'EOF'
	shared twice && gitmem add -c --key m 'm' >id && cd ../b && gitmem add -c --key n 'n' >id &&
	gitmem -q sync && cd ../a && for i in 1 2 3 4; do
		gitmem -q sync >"out$i" 2>"err$i" || echo "$i" >>failed &
	done && wait && test ! -e failed && same && silent gitmem sync
EOF

test_case 'what cannot be is said plainly' <<'EOF'
	new_repo alone && must_fail 128 gitmem sync 2>err && grep -q '^hint: .*remote add' err &&
	must_fail 129 gitmem sync ../first/remote.git 2>err && grep -q 'not the name of a remote' err &&
	gitmem remote add origin ../nowhere && must_fail 128 gitmem sync 2>err && grep -q nowhere err &&
	must_fail 129 gitmem sync a b 2>err
EOF

test_case 'what may not be sent is no news of being up to date' <<'EOF'
	shared scoped && gitmem add -c 'for all of us' >id &&
	gitmem remote set-scope origin global && must_fail 128 gitmem sync >out 2>err &&
	grep -q 'nothing is sent' err && ! grep -q up-to-date out err && test ! -s out
EOF

done_testing
