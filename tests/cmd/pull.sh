#!/bin/sh
# gitmem pull: what a remote has is fetched and merged, whoever wrote it, and nothing gets lost.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

git config --global user.name 'S. Tock'
git config --global user.email stock@example.com
git config --global init.defaultBranch main

git_here() {
	git --git-dir=.gitmem "$@"
}

# at MINUTE: what is written from here on is of that minute.
at() {
	GITMEM_AUTHOR_DATE=2026-01-02T03:$1:00Z
	GITMEM_COMMITTER_DATE=$GITMEM_AUTHOR_DATE
	export GITMEM_AUTHOR_DATE GITMEM_COMMITTER_DATE
}

# send: what is here goes to the remote, by stock git.
send() {
	git_here push -q ../remote.git main
}

tip_of() {
	gitmem --json log -n 1 "$1" >log.json && json_get log.json .commit
}

# remote_tip [BRANCH]: what the remote has.
remote_tip() {
	git --git-dir=../remote.git rev-parse "refs/heads/${1:-main}"
}

# shared DIR: folders a and b in DIR, both with all that one remote has, two memories; the
# current folder is a.
shared() {
	mkdir "$1" && cd "$1" && git init -q --bare remote.git && new_repo a && at 10 &&
		gitmem add -c --key editor --tag a 'Maya edits in Helix.' >id &&
		gitmem add -c --key shell "$(printf 'one\ntwo\nthree\nfour\nfive')" >id &&
		gitmem remote add origin ../remote.git && send && cd .. &&
		new_repo b && gitmem remote add origin ../remote.git &&
		gitmem pull >out 2>err && cd ../a && at 20
}

# stock: a clone by stock git in the folder stock.
stock() {
	git clone -q ../remote.git ../stock
}

rescued() {
	git_here for-each-ref --format='%(refname)' refs/gitmem/rescue
}

test_case 'an empty branch gets all that the remote has, and follows it' <<'EOF'
	shared first && cd ../b &&
	test "$(tip_of main)" = "$(remote_tip)" &&
	grep -q '^Fast-forward$' out &&
	printf 'From %s\n * [new branch]      main       -> origin/main\n' ../remote.git >expect &&
	expect_equal expect err &&
	gitmem --json status >json && json_get json .upstream >actual &&
	echo origin/main >expect && expect_equal expect actual &&
	gitmem reflog -n 1 >actual && grep -q 'initial pull' actual &&
	gitmem show editor >actual && grep -q 'Helix' actual
EOF

test_case 'what has nothing new is up to date' <<'EOF'
	cd first/b && tip=$(tip_of main) &&
	gitmem pull >actual 2>err && echo 'Already up to date.' >expect &&
	expect_equal expect actual && test ! -s err &&
	silent gitmem pull -q && test "$(tip_of main)" = "$tip" &&
	gitmem --json pull >json && json_get json .up_to_date >actual &&
	echo true >expect && expect_equal expect actual &&
	json_get json .rescue >actual && echo null >expect && expect_equal expect actual
EOF

test_case 'tags come along, unless they are not wanted' <<'EOF'
	shared tagged && gitmem tag v1 && gitmem push -q --tags origin &&
	for option in --no-tags --quiet; do
		gitmem init "../with$option" >/dev/null && cd "../with$option" &&
		gitmem remote add origin ../remote.git && gitmem pull -q "$option" &&
		gitmem tag >"../tags$option" || exit 1
	done &&
	test ! -s ../tags--no-tags && echo v1 | expect_equal - ../tags--quiet
EOF

test_case 'a fast-forward is told in the words of git, and status knows before' <<'EOF'
	shared forward && gitmem add -c --key more 'more' >id && send && cd ../b &&
	gitmem fetch -q && gitmem --json status >json &&
	json_get json .behind >actual && json_get json .ahead >>actual &&
	printf '1\n0\n' >expect && expect_equal expect actual &&
	old=$(gitmem log -n 1 --oneline | cut -d' ' -f1) &&
	new=$(gitmem log -n 1 --oneline origin/main | cut -d' ' -f1) &&
	gitmem pull >actual 2>err && test ! -s err &&
	printf 'Updating %s..%s\nFast-forward\n' "$old" "$new" >expect &&
	sed 2q actual >first && expect_equal expect first &&
	grep -q '^ A .*keys/more.md$' actual &&
	test "$(tip_of main)" = "$(remote_tip)" &&
	gitmem reflog -n 1 >actual && grep -q 'pull: Fast-forward' actual &&
	rescued >actual && test ! -s actual
EOF

test_case 'both sides wrote: a merge, with both kept as they were' <<'EOF'
	shared both && gitmem add -c --key theirs 'theirs' >id && send && theirs=$(tip_of main) &&
	cd ../b && at 30 && gitmem edit -c editor --tag +b >id &&
	gitmem add --key staged 'it stays staged' >id && ours=$(tip_of main) &&
	gitmem --json pull >json 2>err && test ! -s err &&
	json_get json .commit >actual && tip_of main >expect && expect_equal expect actual &&
	json_get json .fetched.0.status >actual && echo fast-forward >expect &&
	expect_equal expect actual &&
	git_here cat-file commit main >commit &&
	sed -n '/^parent /s///p' commit >actual && printf '%s\n' "$ours" "$theirs" >expect &&
	expect_equal expect actual &&
	sed '1,/^$/d' commit >actual && echo "Merge branch 'main' of origin" >expect &&
	expect_equal expect actual &&
	kept=$(json_get json .rescue.ours) && test "$(git_here rev-parse "$kept")" = "$ours" &&
	case $kept in refs/gitmem/rescue/ours/main/20*) ;; *) exit 1 ;; esac &&
	kept=$(json_get json .rescue.theirs) &&
	test "$(git_here rev-parse "$kept")" = "$theirs" &&
	case $kept in refs/gitmem/rescue/theirs/origin/main/20*) ;; *) exit 1 ;; esac &&
	gitmem log -n 1 "${kept#refs/}" >actual &&
	gitmem status --short >actual && grep -q '^A .*keys/staged.md' actual &&
	gitmem reflog -n 1 >actual && grep -q "pull: Merge made by the 'auto' strategy" actual &&
	gitmem --json status >json && json_get json .ahead >actual &&
	json_get json .behind >>actual &&
	printf '2\n0\n' >expect && expect_equal expect actual &&
	gitmem recall theirs >actual && grep -q theirs actual
EOF

test_case 'two edits of one line are both there afterwards, for everybody' <<'EOF'
	shared conflict && gitmem edit -c editor --content 'Maya edits in Emacs.' >id && send &&
	cd ../b && at 30 && gitmem edit -c editor --content 'Maya edits in Vim.' >id &&
	gitmem pull >actual 2>err && grep -q 'list --conflicts' err &&
	gitmem list --json >list && json_get list .content >actual &&
	grep -q Emacs actual && grep -q Vim actual &&
	send && cd ../a && gitmem pull >actual && grep -q '^Fast-forward' actual &&
	gitmem list --json >list && json_get list .content >actual &&
	grep -q Emacs actual && grep -q Vim actual &&
	git --git-dir=../remote.git fsck --strict
EOF

test_case 'somebody with stock git edits a memory: it is merged, unknown keys and all' <<'EOF'
	shared interop && stock && at 30 && gitmem edit -c editor --tag +ours >id &&
	id=$(cat id) && cd ../stock && test -s keys/editor.md &&
	sed -e '2a mood: cheerful' -e 's/Helix/Helix, mostly/' keys/editor.md >new &&
	mv new keys/editor.md && echo 'a note of mine' >notes.txt &&
	git add -A && git commit -q -m 'by hand' && git push -q && cd ../a &&
	gitmem pull >actual 2>err && grep -q "Merge made by the 'auto' strategy" actual &&
	git_here show main:keys/editor.md >actual &&
	grep -q '^mood: cheerful$' actual && grep -q 'Helix, mostly' actual &&
	grep -q ours actual && grep -q "$id" actual &&
	git_here show main:notes.txt >actual && echo 'a note of mine' >expect &&
	expect_equal expect actual &&
	send && git --git-dir=../remote.git fsck --strict && cd ../stock &&
	git pull -q --ff-only && grep -q ours keys/editor.md && git log -n 1 >log &&
	test "$(git rev-parse HEAD)" = "$(cd ../a && tip_of main)"
EOF

test_case 'conflicts to be settled by hand wait, and nobody pulls over them' <<'EOF'
	shared manual && gitmem edit -c editor --content 'Maya edits in Emacs.' >id && send &&
	cd ../b && at 30 && gitmem edit -c editor --content 'Maya edits in Vim.' >id &&
	tip=$(tip_of main) &&
	must_fail 1 gitmem pull -s manual >out 2>err && grep -q 'the merge waits' err &&
	test "$(tip_of main)" = "$tip" &&
	gitmem status >actual && grep -q "A merge of 'origin/main' waits" actual &&
	must_fail 128 gitmem pull >out 2>err && grep -q 'waits on branch' err &&
	grep -q "^hint: .*merge --abort" err &&
	gitmem resolve editor --take theirs && gitmem merge --continue >out &&
	gitmem show editor >actual && grep -q Emacs actual &&
	gitmem pull >actual && grep -q 'Already up to date' actual
EOF

test_case 'histories with nothing in common are only merged when asked for' <<'EOF'
	shared unrelated && new_repo ../other && gitmem add -c --key other 'other' >id &&
	gitmem remote add origin ../remote.git && tip=$(tip_of main) &&
	must_fail 128 gitmem pull >out 2>err && grep -q 'refusing to merge unrelated' err &&
	grep -q '^hint: .*--allow-unrelated-histories' err && test "$(tip_of main)" = "$tip" &&
	gitmem pull --allow-unrelated-histories >out 2>err &&
	gitmem list --json >list && json_get list .key >keys &&
	printf 'editor\nother\nshell\n' >expect && sort keys >actual && expect_equal expect actual
EOF

test_case 'a remote that was forced elsewhere is merged, and what it had is kept' <<'EOF'
	shared forced && gitmem add -c --key lost 'lost at the remote' >id && send &&
	lost=$(tip_of main) && cd ../b && gitmem pull -q && cd ../a && stock && cd ../stock &&
	git reset -q --hard HEAD~1 && echo x >x && git add x && git commit -q -m forced &&
	git push -q -f && cd ../b && gitmem pull >actual 2>err &&
	grep -q '^ + .* main *-> origin/main  (forced update)$' err &&
	kept=$(sed -n 's/^ *kept: //p' err) &&
	case $kept in refs/gitmem/rescue/theirs/origin/main/*) ;; *) exit 1 ;; esac &&
	test "$(git_here rev-parse "$kept")" = "$lost" &&
	gitmem show lost >actual && git_here show main:x >actual &&
	test "$(tip_of 'main^2')" = "$(remote_tip)"
EOF

test_case 'history does not tell what folders are called here' <<'EOF'
	shared places && gitmem add -c --key theirs 'theirs' >id && send && cd ../b &&
	gitmem add -c --key b 'b' >id && gitmem pull "$PWD/../remote.git/" main >out 2>err &&
	gitmem --json log -n 1 >json && json_get json .message >actual &&
	printf "Merge branch 'main' of remote\n\n" >expect && expect_equal expect actual &&
	cd ../a && gitmem add -c --key more 'more' >id && send && cd ../b &&
	gitmem remote set-url origin "file://${PWD%/*}/remote.git" && gitmem push >out 2>err &&
	gitmem --json log -n 1 >json && json_get json .message >actual &&
	printf "Merge branch 'main' of origin\n\n" >expect && expect_equal expect actual
EOF

test_case 'a bare clone, which tracks nothing, pulls its branch' <<'EOF'
	shared bare && cd .. && gitmem clone --bare remote.git meet 2>err && cd a &&
	gitmem add -c --key news 'news' >id && send && cd ../meet && gitmem pull >out 2>err &&
	grep -q '^Fast-forward$' out && test "$(tip_of main)" = "$(remote_tip)" &&
	gitmem pull >out 2>err && echo 'Already up to date.' >expect && expect_equal expect out &&
	git --git-dir=../remote.git branch -m main trunk &&
	must_fail 128 gitmem pull 2>err && grep -q "no ref 'refs/heads/main'" err
EOF

test_case 'a branch and a place can be named' <<'EOF'
	shared named && cd ../b && gitmem add -c --key b 'b' >id &&
	git_here push -q ../remote.git main:refs/heads/scout &&
	cd ../a && gitmem pull origin scout >actual 2>err &&
	test "$(tip_of main)" = "$(remote_tip scout)" &&
	gitmem --json status >json && must_fail 1 grep -q scout json &&
	new_repo ../c && gitmem pull ../remote.git scout >out 2>err &&
	test "$(tip_of main)" = "$(remote_tip scout)" &&
	printf 'From ../remote.git\n * branch            scout      -> FETCH_HEAD\n' >expect &&
	expect_equal expect err &&
	new_repo ../d && gitmem pull ../remote.git >out 2>err &&
	test "$(tip_of main)" = "$(remote_tip main)" &&
	new_repo ../e && gitmem remote add origin ../remote.git &&
	gitmem pull --set-upstream origin scout >out 2>err &&
	gitmem --json status >json && json_get json .upstream >actual &&
	echo origin/scout >expect && expect_equal expect actual &&
	cd ../d && gitmem --branch mine pull ../remote.git scout >out 2>err &&
	test "$(tip_of mine)" = "$(remote_tip scout)" &&
	test "$(tip_of main)" = "$(remote_tip main)"
EOF

test_case 'what is not there is said plainly' <<'EOF'
	shared absent && cd ../b &&
	must_fail 128 gitmem pull origin nothing >out 2>err && grep -q "nothing" err &&
	must_fail 128 gitmem pull ../nowhere >out 2>err && grep -q nowhere err &&
	must_fail 128 gitmem --branch fresh pull >out 2>err &&
	grep -q "'origin' has no branch 'fresh'" err &&
	grep -q "^hint: its main branch is 'main'" err &&
	new_repo ../alone && must_fail 128 gitmem pull >out 2>err &&
	grep -q '^hint: .*remote add' err &&
	git init -q --bare ../empty.git && gitmem remote add origin ../empty.git &&
	must_fail 128 gitmem pull >out 2>err && grep -q "'origin' is empty" err &&
	must_fail 129 gitmem pull a b c 2>err && must_fail 129 gitmem pull --no-ff --ff-only 2>err
EOF

test_case '--dry-run and --ff-only leave the branch where it is' <<'EOF'
	shared dry && gitmem add -c --key more 'more' >id && send && cd ../b &&
	git_here for-each-ref >expect && gitmem pull --dry-run >out 2>err &&
	grep -q 'main *-> origin/main' err && git_here for-each-ref >actual &&
	expect_equal expect actual &&
	gitmem fetch -q && gitmem pull --dry-run >out 2>err && grep -q '^Would update' out &&
	at 30 && gitmem add -c --key mine 'mine' >id && tip=$(tip_of main) &&
	must_fail 128 gitmem pull --ff-only >out 2>err &&
	grep -q 'not possible to fast-forward' err &&
	test "$(tip_of main)" = "$tip" && rescued >actual && test ! -s actual
EOF

test_case 'a hook may refuse the message of the merge' <<'EOF'
	shared hook && gitmem add -c --key more 'more' >id && send && cd ../b &&
	at 30 && gitmem add -c --key mine 'mine' >id && tip=$(tip_of main) &&
	mkdir -p .gitmem/hooks && printf '#!/bin/sh\nexit 1\n' >.gitmem/hooks/commit-msg &&
	chmod +x .gitmem/hooks/commit-msg &&
	must_fail 1 gitmem pull >out 2>err && test "$(tip_of main)" = "$tip" &&
	gitmem pull --no-verify >out && test "$(tip_of main^1)" = "$tip"
EOF

test_case 'gc keeps what a merge put aside until it is old' <<'EOF'
	cd both/b && gitmem gc --prune now 2>err &&
	rescued >actual && test "$(wc -l <actual)" -eq 2 &&
	gitmem config gc.rescueExpire 'no time' && must_fail 128 gitmem gc 2>err &&
	grep -q rescueExpire err &&
	gitmem config gc.rescueExpire now && gitmem gc -n >actual 2>err &&
	grep -q 'would forget 2 old rescue refs' actual &&
	rescued >actual && test "$(wc -l <actual)" -eq 2 &&
	gitmem --json gc >json && json_get json .rescue_expired >actual &&
	echo 2 >expect && expect_equal expect actual &&
	rescued >actual && test ! -s actual
EOF

done_testing
