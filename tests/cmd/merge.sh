#!/bin/sh
# gitmem merge: fast-forwards, merges by field, and what becomes of what both sides changed.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

git_here() {
	git --git-dir=.gitmem "$@"
}

# The tree of a revision.
tree_of() {
	gitmem --json log -n 1 "$1" >log.json &&
		sed -n 's/.*"tree":"\([0-9a-f]*\)".*/\1/p' log.json
}

commit_of() {
	gitmem --json log -n 1 "$1" >log.json &&
		sed -n 's/^{"commit":"\([0-9a-f]*\)".*/\1/p' log.json
}

# at MINUTE: what is written from here on is of that minute.
at() {
	GITMEM_AUTHOR_DATE=2026-01-02T03:$1:00Z
	GITMEM_COMMITTER_DATE=$GITMEM_AUTHOR_DATE
	export GITMEM_AUTHOR_DATE GITMEM_COMMITTER_DATE
}

# parted DIR: a repository in which the branches main and other begin with two memories.
parted() {
	new_repo "$1" &&
		at 10 && gitmem add -c --key editor --tag a 'Maya edits in Helix.' >id &&
		gitmem add -c --key shell "$(printf 'one\ntwo\nthree\nfour\nfive')" >id &&
		gitmem branch other && at 20
}

# swapped_is_equal: merging the other way round gives the same tree. With main and other as they
# were before the merge, which are HEAD^1 and HEAD^2.
swapped_is_equal() {
	gitmem branch swapped HEAD^2 &&
		gitmem --branch swapped merge -q main^1 &&
		test "$(tree_of swapped)" = "$(tree_of main)"
}

# What a repository is made of, but for the index, and the lock's note of its last holder.
contents_of() {
	find "$1/.gitmem" -type f ! -path '*/recall/*' ! -name lock -exec cksum {} + | LC_ALL=C sort
}

test_case 'what the branch has already is up to date' <<'EOF'
	parted uptodate &&
	gitmem add -c --key more 'more' >id &&
	commit=$(commit_of main) &&
	gitmem merge other >actual 2>err &&
	echo 'Already up to date.' >expect &&
	expect_equal expect actual &&
	test ! -s err &&
	gitmem merge --no-ff HEAD~1 >actual && expect_equal expect actual &&
	gitmem --json merge main >json &&
	json_get json .up_to_date >actual && echo true >expect && expect_equal expect actual &&
	json_get json .commit >actual && echo "$commit" >expect && expect_equal expect actual &&
	test "$(commit_of main)" = "$commit" &&
	gitmem -q merge other >actual && test ! -s actual
EOF

test_case 'a fast-forward moves the branch, and tells as git does' <<'EOF'
	parted forward && at 30 &&
	gitmem --branch other add -c --key more 'more' >id &&
	old=$(gitmem log -n 1 --oneline main | cut -d' ' -f1) &&
	new=$(gitmem log -n 1 --oneline other | cut -d' ' -f1) &&
	gitmem merge --dry-run other >actual &&
	sed -n 1p actual >first && echo "Would update $old..$new" >expect &&
	expect_equal expect first && test "$(commit_of main)" != "$(commit_of other)" &&
	gitmem merge --ff-only other >actual 2>err && test ! -s err &&
	sed -n 1,2p actual >first &&
	printf 'Updating %s..%s\nFast-forward\n' "$old" "$new" >expect &&
	expect_equal expect first &&
	grep -q '^ A [0-9a-f]* *keys/more.md$' actual &&
	test "$(commit_of main)" = "$(commit_of other)"
EOF

test_case 'the reflog has the words of git' <<'EOF'
	cd forward && at 40 &&
	gitmem --branch other add -c --key yet 'yet more' >id &&
	gitmem merge --no-ff other >actual &&
	gitmem reflog -n 2 >actual &&
	sed 's/.*}: //' actual >told &&
	printf "%s\n" "merge other: Merge made by the 'auto' strategy." \
		'merge other: Fast-forward' >expect &&
	expect_equal expect told
EOF

test_case '--no-ff makes a commit with the tree of the other side' <<'EOF'
	cd forward &&
	gitmem --json log -n 1 >json &&
	json_get json .message >actual &&
	printf "Merge branch 'other'\n\n" >expect && expect_equal expect actual &&
	test "$(tree_of main)" = "$(tree_of other)" &&
	git_here rev-list --parents -n 1 main >parents &&
	test "$(wc -w <parents)" -eq 3 &&
	test "$(cut -d' ' -f3 parents)" = "$(commit_of other)"
EOF

test_case 'an unborn branch moves to what is merged' <<'EOF'
	parted seed && cd .. &&
	new_repo unborn &&
	git --git-dir=../seed/.gitmem bundle create -q ../seed.bundle main 2>err &&
	git_here fetch -q ../seed.bundle main:refs/heads/seed &&
	must_fail 128 gitmem merge --no-ff seed 2>err &&
	grep -q 'makes no sense on an empty branch' err &&
	gitmem add --key staged 'it stays staged' >id &&
	gitmem --json merge seed >json &&
	json_get json .fast_forward >actual && echo true >expect && expect_equal expect actual &&
	test "$(commit_of main)" = "$(commit_of seed)" &&
	gitmem status --short >actual && grep -q '^A .*keys/staged.md' actual &&
	gitmem commit -m more >out
EOF

test_git_case 'a detached HEAD moves alone' <<'EOF'
	parted detached && at 30 &&
	gitmem --branch other add -c --key more 'more' >id &&
	commit_of main >.gitmem/HEAD &&
	gitmem add -c --key here 'here' >id &&
	gitmem merge other >actual &&
	gitmem --json log -n 1 >json &&
	json_get json .message >actual &&
	printf "Merge branch 'other' into HEAD\n\n" >expect && expect_equal expect actual &&
	test "$(commit_of HEAD~1)" != "$(commit_of main)" &&
	test "$(commit_of HEAD~2)" = "$(commit_of main)" &&
	test "$(commit_of HEAD^2)" = "$(commit_of other)" && must_fail 1 grep refs .gitmem/HEAD
EOF

test_case '--branch merges into that branch, also into one that is only beginning' <<'EOF'
	parted branches && at 30 &&
	gitmem add -c --key more 'more' >id &&
	head=$(commit_of main) &&
	gitmem --branch other add -c --key there 'there' >id &&
	gitmem --branch other merge main >actual &&
	test "$(commit_of main)" = "$head" &&
	test "$(commit_of other^2)" = "$head" &&
	gitmem --json log -n 1 other >json && json_get json .message >actual &&
	printf "Merge branch 'main' into other\n\n" >expect && expect_equal expect actual &&
	gitmem --branch agents/new merge other >actual &&
	test "$(commit_of agents/new)" = "$(commit_of other)" &&
	test "$(commit_of main)" = "$head"
EOF

test_case 'fields that one side each changed are both taken' <<'EOF'
	parted fields &&
	gitmem edit -c editor --tag +b --importance 0.9 && at 30 &&
	gitmem --branch other edit -c editor --content 'Maya edits in Emacs.' --tag -a &&
	gitmem --branch other edit -c shell --content "$(printf 'one\n2\nthree\nfour\nfive')" &&
	at 40 && gitmem edit -c shell --content "$(printf 'one\ntwo\nthree\nfour\n5')" &&
	gitmem merge other >actual 2>err && test ! -s err &&
	sed -n 1p actual >first &&
	echo "Merge made by the 'auto' strategy." >expect && expect_equal expect first &&
	grep -qE '^ merged +[0-9a-f]{8} keys/editor.md$' actual &&
	gitmem --json show editor >json &&
	json_get json .content >content && printf 'Maya edits in Emacs.\n' >expect &&
	expect_equal expect content &&
	json_get json .tags >tags && echo '["b"]' >expect && expect_equal expect tags &&
	json_get json .importance >number && echo 0.9 >expect && expect_equal expect number &&
	gitmem --json show shell >json && json_get json .content >content &&
	printf 'one\n2\nthree\nfour\n5\n' >expect && expect_equal expect content &&
	silent gitmem list --conflicts && swapped_is_equal
EOF

test_case 'merging again changes nothing' <<'EOF'
	cd fields &&
	gitmem merge other >actual && echo 'Already up to date.' >expect &&
	expect_equal expect actual &&
	tree=$(tree_of main) &&
	gitmem merge --no-ff swapped >out && test "$(tree_of main)" = "$tree"
EOF

test_case 'changes of the same lines stand in a sibling, which is listed with its memory' <<'EOF'
	parted sibling &&
	gitmem edit -c editor --content 'Maya edits in Vim.' && at 30 &&
	gitmem --branch other edit -c editor --content 'Maya edits in Emacs.' &&
	gitmem --json merge other >json 2>err &&
	grep -q 'gitmem list --conflicts' err &&
	json_get json .conflicts >actual && echo 1 >expect && expect_equal expect actual &&
	gitmem --json show editor >editor.json &&
	json_get editor.json .content >actual && echo 'Maya edits in Emacs.' >expect &&
	expect_equal expect actual &&
	gitmem --json list --conflicts >conflicts &&
	json_get conflicts .id | sort >actual &&
	{ json_get editor.json .id && json_get json .decisions.0.sibling; } | sort >expect &&
	expect_equal expect actual &&
	grep -c '"conflicts_with"' conflicts >actual && echo 1 >expect &&
	expect_equal expect actual &&
	grep '"conflicts_with"' conflicts >loser &&
	json_get loser .content >actual && echo 'Maya edits in Vim.' >expect &&
	expect_equal expect actual &&
	json_get loser .conflicts_with >actual && json_get editor.json .id >expect &&
	expect_equal expect actual && swapped_is_equal
EOF

test_case '--dry-run tells what the merge then does, and writes nothing' <<'EOF'
	parted dry &&
	gitmem edit -c editor --content 'Maya edits in Vim.' &&
	gitmem rm -c shell && at 30 &&
	gitmem --branch other edit -c editor --content 'Maya edits in Emacs.' --importance 0.1 &&
	gitmem --branch other edit -c shell --tag kept &&
	gitmem --branch other add -c --key new 'new' >id &&
	contents_of . >before &&
	gitmem --json merge --dry-run other >dry.json &&
	gitmem merge --dry-run other >dry.txt &&
	contents_of . >after && expect_equal before after &&
	gitmem --branch copy --json merge other >json 2>err &&
	gitmem merge other >txt 2>err &&
	for key in .decisions .tree .fast_forward .conflicts; do
		json_get dry.json "$key" >expect && json_get json "$key" >actual &&
			expect_equal expect actual || exit 1
	done &&
	sed 1d dry.txt >expect && sed 1d txt >actual && expect_equal expect actual &&
	test "$(tree_of main)" = "$(json_get dry.json .tree)" &&
	json_get dry.json .commit >actual && echo null >expect && expect_equal expect actual
EOF

test_case 'what was removed on one side and changed on the other stays' <<'EOF'
	cd dry &&
	gitmem --json show shell >json && json_get json .tags >actual &&
	echo '["kept"]' >expect && expect_equal expect actual &&
	grep -qE '^ kept +[0-9a-f]{8} keys/shell.md$' txt && swapped_is_equal &&
	gitmem rm -c shell && at 50 &&
	gitmem edit -c editor --tag x &&
	gitmem --branch swapped add -c --key other-one 'x' >id &&
	gitmem merge swapped >out && must_fail 128 gitmem show shell 2>err
EOF

test_case '--strategy ours and theirs settle conflicts without a sibling' <<'EOF'
	parted sides &&
	gitmem edit -c editor --content 'Maya edits in Vim.' --tag b && at 30 &&
	gitmem --branch other edit -c editor --content 'Maya edits in Emacs.' --tag c &&
	gitmem branch again && gitmem branch dry &&
	gitmem merge --strategy ours other >out 2>err && test ! -s err &&
	gitmem --branch again merge -s theirs other >out &&
	gitmem show main:keys/editor.md >actual && grep -qx 'Maya edits in Vim.' actual &&
	gitmem show again:keys/editor.md >actual && grep -qx 'Maya edits in Emacs.' actual &&
	silent gitmem list --conflicts && silent gitmem list --conflicts --at again &&
	gitmem reflog again -n 1 >actual &&
	grep -q "merge other: Merge made by the 'theirs' strategy.$" actual
EOF

test_case 'a key that both sides made names one memory, with the smaller id' <<'EOF'
	parted keyed &&
	gitmem add -c --key new --tag ours --id 0191aaaa-0000-7000-8000-000000000002 'the same' >id &&
	at 30 && gitmem --branch other add -c --key new --tag theirs \
		--id 0191aaaa-0000-7000-8000-000000000001 'the same' >id &&
	gitmem merge other >out &&
	gitmem --json show new >json && json_get json .id >actual &&
	echo 0191aaaa-0000-7000-8000-000000000001 >expect && expect_equal expect actual &&
	json_get json .tags >actual && echo '["ours", "theirs"]' >expect &&
	expect_equal expect actual && test "$(gitmem list | wc -l)" -eq 3 && swapped_is_equal
EOF

test_case 'of two memories that come to want one key one loses it' <<'EOF'
	parted wanted &&
	gitmem add -c --key first 'the first' >id && gitmem branch -D other && gitmem branch other &&
	gitmem edit -c editor --key common && at 30 &&
	gitmem --branch other edit -c first --key common &&
	gitmem merge other >out && test "$(gitmem list | wc -l)" -eq 3 &&
	gitmem --json list >json && grep -c '"key":"common"' json >actual &&
	echo 1 >expect && expect_equal expect actual && swapped_is_equal
EOF

# by_hand BRANCH PATH <FILE: commit a file on a branch as people do who use stock git.
by_hand() {
	blob=$(git_here hash-object -w --stdin) &&
		git_here read-tree "$1" && git_here update-index --add --cacheinfo "100644,$blob,$2" &&
		tree=$(git_here write-tree) &&
		commit=$(git_here -c user.name=x -c user.email=x@y commit-tree -m 'by hand' \
			-p "$1" "$tree") &&
		git_here update-ref "refs/heads/$1" "$commit"
}

test_case 'a memory that somebody broke by hand is kept as text, and told' <<'EOF'
	parted broken &&
	git_here show main:keys/editor.md | sed 's/^type: .*/type: nonsense/' >bad &&
	by_hand other keys/editor.md <bad &&
	at 30 && gitmem edit -c editor --content 'Maya edits in Vim.' &&
	gitmem --json merge other >json 2>err &&
	git_here ls-tree -r --name-only main >paths &&
	cat paths &&
	git_here grep -l 'type: nonsense' main >actual && test "$(wc -l <actual)" -eq 1 &&
	git_here grep -l 'Maya edits in Vim' main >actual && test "$(wc -l <actual)" -eq 1 &&
	grep -q 'editor.md' json && swapped_is_equal && damaged .
EOF

test_case 'one that nobody else changed is taken as it is, broken' <<'EOF'
	parted broken-alone &&
	git_here show main:keys/editor.md | sed 's/^type: .*/type: nonsense/' >bad &&
	by_hand other keys/editor.md <bad &&
	at 30 && gitmem add -c 'elsewhere' >id &&
	gitmem --json merge other >json 2>err &&
	git_here show main:keys/editor.md >actual && expect_equal bad actual &&
	grep -q '"path":"keys/editor.md"' json && swapped_is_equal && damaged .
EOF

test_case 'of two files with one id one becomes another memory, and both stay' <<'EOF'
	parted twice &&
	git_here show main:keys/editor.md | sed 's/Helix/Kakoune/' >copy &&
	by_hand other keys/copy.md <copy &&
	at 30 && gitmem edit -c editor --content 'Maya edits in Vim.' &&
	gitmem --json merge other >json 2>err &&
	git_here grep -l Kakoune main >actual && test "$(wc -l <actual)" -eq 1 &&
	git_here grep -l 'edits in Vim' main >actual && test "$(wc -l <actual)" -eq 1 &&
	swapped_is_equal && damaged .
EOF

test_case 'files that are no memories are merged as text' <<'EOF'
	parted files &&
	printf '1\n2\n3\n4\n5\n' >text && by_hand main notes.txt <text &&
	gitmem branch -D other && gitmem branch other &&
	printf 'one\n2\n3\n4\n5\n' >text && by_hand main notes.txt <text &&
	printf '1\n2\n3\n4\nfive\n' >text && by_hand other notes.txt <text &&
	printf 'a\0b' >bytes && by_hand main both.bin <bytes &&
	printf 'a\0c' >bytes && by_hand other both.bin <bytes &&
	gitmem --json merge other >json &&
	git_here show main:notes.txt >actual && printf 'one\n2\n3\n4\nfive\n' >expect &&
	expect_equal expect actual &&
	git_here ls-tree --name-only main >actual && grep -qx 'both.bin' actual &&
	grep -qE '^both.bin~[0-9a-f]{12}$' actual && swapped_is_equal
EOF

test_case 'unrelated histories are refused with a hint, and merged when asked to' <<'EOF'
	cd unborn && at 30 &&
	tree=$(git_here mktree </dev/null) &&
	commit=$(git_here -c user.name=x -c user.email=x@y commit-tree -m alone "$tree") &&
	git_here update-ref refs/heads/alone "$commit" &&
	gitmem --branch alone add -c --key alone 'alone' >id &&
	must_fail 128 gitmem merge alone 2>err &&
	printf '%s\n' 'error: refusing to merge unrelated histories' \
		"hint: '--allow-unrelated-histories' merges them all the same" >expect &&
	expect_equal expect err &&
	must_fail 128 gitmem merge --ff-only --allow-unrelated-histories alone 2>err &&
	gitmem merge --allow-unrelated-histories alone >out &&
	gitmem show keys/alone.md >out && gitmem show editor >out &&
	test "$(git_here rev-list --max-parents=0 main | wc -l)" -eq 2
EOF

test_case 'without a name the branch that is followed is merged' <<'EOF'
	new_repo followed && gitmem add -c --key a one >id && gitmem branch --track agent main &&
	gitmem add -c two >id && gitmem --branch agent add -c three >id &&
	gitmem --branch agent merge >out && gitmem log -1 agent >out &&
	grep -q "^    Merge branch 'main' into agent$" out &&
	gitmem branch -u agent && gitmem merge -q && test "$(commit_of main)" = "$(commit_of agent)"
EOF

test_case 'what the branch had removed before is not told' <<'EOF'
	new_repo gone && gitmem add -c --key a one >id && gitmem add -c --key b one >id &&
	gitmem branch other && gitmem rm -c a && gitmem --branch other rm -c b &&
	gitmem merge other >out && grep -q '^ removed .* keys/b.md$' out &&
	must_fail 1 grep -q keys/a.md out
EOF

test_case 'a merge that cannot be is refused' <<'EOF'
	cd fields && commit=$(commit_of main) &&
	must_fail 128 gitmem merge nowhere 2>err && grep -q "unknown revision 'nowhere'" err &&
	must_fail 128 gitmem merge main^{tree} 2>err &&
	gitmem branch ahead && gitmem --branch ahead add -c x >id && gitmem add -c y >id &&
	must_fail 128 gitmem merge --ff-only ahead 2>err &&
	echo 'error: not possible to fast-forward' >expect && expect_equal expect err &&
	must_fail 128 gitmem merge --abort 2>err && must_fail 128 gitmem merge --continue 2>err &&
	must_fail 128 gitmem --branch nowhere merge nothing 2>err &&
	must_fail 128 gitmem merge 2>err && grep -q "^error: no upstream is set" err &&
	grep -q "^hint: .*gitmem branch -u" err && must_fail 129 gitmem merge main other 2>err &&
	must_fail 129 gitmem merge --abort main 2>err &&
	must_fail 129 gitmem merge --abort --continue 2>err &&
	must_fail 129 gitmem merge --no-ff --ff-only main 2>err &&
	must_fail 129 gitmem merge --strategy ort main 2>err &&
	must_fail 129 gitmem merge -m '' main 2>err && must_fail 129 gitmem merge --continue -m x 2>err
EOF

# same_message DIR ARGUMENT: git in the work tree DIR and gitmem here name a merge alike.
same_message() {
	into=$(real_git -C "$1" symbolic-ref --short HEAD) &&
		real_git -C "$1" merge -q --no-ff --no-edit "$2" >out 2>&1 &&
		real_git -C "$1" log -1 --format=%B >expect &&
		real_git -C "$1" reset -q --hard HEAD~1 &&
		gitmem --branch "$into" merge -q --no-ff "$2" &&
		gitmem --json log -n 1 "$into" >json && json_get json .message >actual &&
		gitmem -q --branch "$into" reset --hard "$into^1" &&
		expect_equal expect actual
}

test_case 'messages are those of git' <<'EOF'
	parted words && gitmem branch master && gitmem branch dev/x &&
	for n in 1 2 3; do gitmem --branch other add -c --key "n$n" "$n" >id || exit 1; done &&
	gitmem branch team/deep other &&
	printf 'object %s\ntype commit\ntag v1\ntagger x <x@y> 1 +0000\n\nThe first.\n\nMore.\n' \
		"$(commit_of other)" >tag && tag=$(git_here mktag <tag) &&
	git_here update-ref refs/tags/v1 "$tag" && git_here update-ref refs/tags/light other &&
	git_here update-ref refs/remotes/origin/far other &&
	git_here bundle create -q all.bundle --all &&
	real_git init -q -b master stock && cd stock && real_git config user.name x &&
	real_git config user.email x@y && real_git fetch -q ../all.bundle '+refs/*:refs/*' -u &&
	real_git checkout -q main && cd .. &&
	for name in other team/deep refs/heads/other v1 light origin/far 'other~1' 'other^' \
		'other~0' "$(commit_of other)" 'v1^{}' "$(commit_of other~1)~0"; do
		same_message stock "$name" || exit 1
	done &&
	for into in master dev/x; do
		real_git -C stock checkout -q "$into" && same_message stock other &&
			same_message stock v1 && same_message stock 'other~1' || exit 1
	done &&
	real_git -C stock checkout -q other && real_git -C stock checkout -q main &&
	gitmem switch -q other && gitmem switch -q main && same_message stock - &&
	same_message stock '@{-1}' && real_git -C stock branch -q -u team/deep main &&
	gitmem config branch.main.remote . && gitmem config branch.main.merge refs/heads/team/deep &&
	same_message stock '@{u}' && same_message stock 'main@{upstream}' && rm -rf stock/.git
EOF

test_case 'the commits have the shape that git gives them' <<'EOF'
	parted shape && at 30 &&
	gitmem --branch other add -c --key there 'there' >id && gitmem add -c --key here 'here' >id &&
	git_here bundle create -q all.bundle --all && real_git init -q -b none stock && cd stock &&
	real_git config user.name tester && real_git config user.email tester@localhost &&
	real_git fetch -q ../all.bundle '+refs/*:refs/*' -u && real_git checkout -q main &&
	real_git merge -q --no-edit other && cd .. &&
	gitmem merge -q other && test "$(tree_of main)" = "$(real_git -C stock rev-parse 'main^{tree}')" &&
	real_git -C stock log --graph --format=%s main >expect &&
	git_here log --graph --format=%s main >actual && expect_equal expect actual &&
	gitmem log --graph --oneline | sed 's/[0-9a-f]\{7\} //' >actual && expect_equal expect actual &&
	git_here fsck --strict >out 2>&1 && rm -rf stock/.git
EOF

test_case 'histories that were merged crosswise' <<'EOF'
	parted cross &&
	gitmem edit -c editor --tag m1 && at 30 && gitmem --branch other edit -c shell --tag o1 &&
	gitmem branch m1 main && gitmem branch o1 other && at 40 &&
	gitmem merge -q o1 && gitmem --branch other merge -q m1 &&
	test "$(gitmem merge-base --all main other | wc -l)" -eq 2 && at 50 &&
	gitmem edit -c editor --content 'Maya edits in Vim.' &&
	at 55 && gitmem --branch other edit -c shell --content 'fish' &&
	gitmem --branch other edit -c editor --tag +o2 &&
	gitmem --json merge other >json && json_get json .conflicts >actual && echo 0 >expect &&
	expect_equal expect actual &&
	gitmem --json show editor >json && json_get json .content >actual &&
	echo 'Maya edits in Vim.' >expect && expect_equal expect actual &&
	json_get json .tags >actual && echo '["m1", "o2"]' >expect && expect_equal expect actual &&
	gitmem --json show shell >json && json_get json .content >actual && echo fish >expect &&
	expect_equal expect actual && swapped_is_equal
EOF

test_case 'another clock, locale and user come to the same tree' <<'EOF'
	cp -R sibling elsewhere && cd elsewhere && gitmem branch one HEAD^1 && gitmem branch two HEAD^2 &&
	tree=$(tree_of main) &&
	GITMEM_AGENT=somebody LC_ALL=de_DE.UTF-8 TZ=Asia/Tokyo GITMEM_AUTHOR_DATE=2031-05-06T07:08:09Z \
		GITMEM_COMMITTER_DATE=2031-05-06T07:08:09Z gitmem --branch one merge -q two &&
	test "$(tree_of one)" = "$tree" && unset GITMEM_AUTHOR_DATE GITMEM_COMMITTER_DATE GITMEM_AGENT &&
	gitmem branch three HEAD^1 && LC_ALL=C gitmem --branch three merge -q two &&
	test "$(tree_of three)" = "$tree" && test "$(commit_of three)" != "$(commit_of one)"
EOF

test_case 'writers on the branch are not lost, nor held up' <<'EOF'
	parted racing && unset GITMEM_AUTHOR_DATE GITMEM_COMMITTER_DATE &&
	for n in 1 2 3 4 5 6; do
		gitmem branch "b$n" && gitmem --branch "b$n" add -c --key "b/$n" "b $n" >id || exit 1
	done &&
	{
		(for n in 1 2 3 4 5 6 7 8 9; do
			gitmem add -c --key "w/$n" "w $n" || exit 1
		done) >ids &
	} &&
	writers=$! &&
	for n in 1 2 3 4 5 6; do
		{ gitmem merge --no-ff "b$n" >"merged$n" || echo "$n failed" >>failed; } &
		merges="${merges:-} $!"
	done &&
	wait "$writers" && for n in $merges; do wait "$n"; done && test ! -e failed &&
	gitmem list >all && test "$(wc -l <all)" -eq 17 &&
	git_here rev-list --merges main >merged && test "$(wc -l <merged)" -eq 6
EOF

done_testing
