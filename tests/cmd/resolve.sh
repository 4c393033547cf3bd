#!/bin/sh
# gitmem resolve: what a person says about the conflicts of a merge that waits.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

at() {
	GITMEM_AUTHOR_DATE=2026-01-02T03:$1:00Z
	GITMEM_COMMITTER_DATE=$GITMEM_AUTHOR_DATE
	export GITMEM_AUTHOR_DATE GITMEM_COMMITTER_DATE
}

# waiting DIR: a repository with a merge of `other` that waits, in conflict about two memories.
waiting() {
	new_repo "$1" &&
		at 10 && gitmem add -c --key editor --id 0191aaaa-0000-7000-8000-00000000000e Helix >id &&
		gitmem add -c --key shell --id 0191aaaa-0000-7000-8000-00000000005e bash >id &&
		gitmem branch other &&
		at 20 && gitmem edit -c editor --content Vim --tag ours &&
		gitmem edit -c shell --content zsh &&
		at 30 && gitmem --branch other edit -c editor --content Emacs --tag theirs &&
		gitmem --branch other edit -c shell --content fish && at 40 &&
		must_fail 1 gitmem -q merge --strategy manual other 2>err
}

# content_is NAME TEXT
content_is() {
	gitmem --json show "$1" >json && json_get json .content >actual && echo "$2" >expect &&
		expect_equal expect actual
}

test_case 'ours and theirs are taken whole' <<'EOF'
	waiting sides &&
	gitmem resolve editor --take ours >actual 2>err && test ! -s actual &&
	echo '1 conflict is left' >expect && expect_equal expect err &&
	must_fail 1 gitmem merge --continue 2>err &&
	gitmem resolve shell --take theirs >actual 2>err && test ! -s actual &&
	echo "all is settled: 'gitmem merge --continue' concludes the merge" >expect &&
	expect_equal expect err &&
	content_is editor Vim && content_is shell zsh &&
	gitmem merge --continue >out 2>err &&
	content_is editor Vim && content_is shell fish &&
	gitmem --json show editor >json && json_get json .tags >actual && echo '["ours"]' >expect &&
	expect_equal expect actual && silent gitmem list --conflicts &&
	must_fail 128 gitmem resolve shell --take ours 2>err &&
	grep -qx "error: no merge waits on branch 'main'" err
EOF

test_case 'a file is what the memory becomes, with or without front matter' <<'EOF'
	waiting file &&
	git --git-dir=.gitmem show main:keys/editor.md >whole &&
	sed -e 's/^Vim$/Kakoune/' -e 's/  - ours/  - mine/' whole >mine.md &&
	gitmem --json resolve editor --take mine.md >json &&
	printf '{"id":"%s","path":"keys/editor.md","conflicts":1}\n' \
		0191aaaa-0000-7000-8000-00000000000e >expect &&
	expect_equal expect json &&
	printf 'nushell, and bash\n' >text && gitmem resolve shell --take text 2>err &&
	gitmem merge --continue >out &&
	content_is editor Kakoune && json_get json .tags >actual && echo '["mine"]' >expect &&
	expect_equal expect actual && content_is shell 'nushell, and bash'
EOF

test_case 'the last word counts, and standard input is a file' <<'EOF'
	waiting again &&
	for whose in ours theirs; do
		gitmem -q resolve editor --take "$whose" && gitmem -q resolve shell --take "$whose" ||
			exit 1
	done &&
	echo 'Sam' | gitmem -q resolve editor --take - && gitmem merge --continue >out &&
	content_is editor Sam && content_is shell fish
EOF

test_case 'a conflict is named by key, id, path, or a part of its id' <<'EOF'
	waiting names &&
	for name in editor 0191aaaa-0000-7000-8000-00000000000e keys/editor.md 0000000e; do
		gitmem -q resolve "$name" --take ours || exit 1
	done &&
	must_fail 128 gitmem resolve 0191aaaa --take ours 2>err && grep -q 'could be' err &&
	must_fail 128 gitmem resolve nothing --take ours 2>err &&
	printf '%s\n' "error: no conflict is about 'nothing'" \
		"hint: 'gitmem list --conflicts' lists them" >expect && expect_equal expect err &&
	gitmem merge --abort
EOF

test_case 'a file that is no such memory is refused, and nothing is settled' <<'EOF'
	waiting refused &&
	git --git-dir=.gitmem show main:keys/editor.md >editor.md &&
	printf -- '---\nid: nonsense\n---\nx\n' >odd &&
	printf 'a\0b' >binary &&
	must_fail 128 gitmem resolve shell --take editor.md 2>err &&
	must_fail 128 gitmem resolve shell --take odd 2>err && grep -q "'odd' is no memory" err &&
	must_fail 128 gitmem resolve shell --take binary 2>err &&
	must_fail 128 gitmem resolve shell --take missing 2>err &&
	for text in '' '\n' ' \n\n'; do
		printf "$text" >empty && must_fail 128 gitmem resolve shell --take empty 2>err &&
		echo 'error: the text is empty' >expect && expect_equal expect err || exit 1
	done &&
	head -c 2000000 /dev/zero | tr '\0' x >large &&
	must_fail 128 gitmem resolve shell --take large 2>err &&
	gitmem --json status >json && json_get json .merge.conflicts >actual && echo 2 >expect &&
	expect_equal expect actual && gitmem merge --abort
EOF

test_case 'a memory that was changed since has to be settled again' <<'EOF'
	waiting since &&
	gitmem -q resolve editor --take theirs && gitmem -q resolve shell --take theirs &&
	gitmem edit -c editor --content 'Vim, by another writer' &&
	must_fail 1 gitmem merge --continue >out 2>err &&
	grep -q 'was changed since it was settled' err &&
	content_is editor 'Vim, by another writer' &&
	gitmem -q resolve editor --take ours && gitmem merge --continue >out &&
	content_is editor 'Vim, by another writer' && content_is shell fish
EOF

test_case 'a key that both sides made is settled by what either side has' <<'EOF'
	new_repo keyed && at 10 && gitmem add -c first >id && gitmem branch other &&
	gitmem add -c --key new --id 0191aaaa-0000-7000-8000-000000000002 'ours' >id &&
	gitmem --branch other add -c --key new --id 0191aaaa-0000-7000-8000-000000000001 theirs >id &&
	for whose in ours theirs; do
		gitmem branch "$whose" && must_fail 1 gitmem --branch "$whose" -q merge -s manual other \
			2>err && gitmem --branch "$whose" -q resolve new --take "$whose" &&
			gitmem --branch "$whose" merge --continue >out &&
			gitmem --json list --at "$whose" --key new >json && json_get json .content >actual &&
			echo "$whose" >expect && expect_equal expect actual || exit 1
	done
EOF

# by_hand BRANCH PATH <FILE: commit a file on a branch as people do who use stock git.
by_hand() {
	blob=$(git --git-dir=.gitmem hash-object -w --stdin) &&
		git --git-dir=.gitmem read-tree "$1" &&
		git --git-dir=.gitmem update-index --add --cacheinfo "100644,$blob,$2" &&
		tree=$(git --git-dir=.gitmem write-tree) &&
		commit=$(git --git-dir=.gitmem -c user.name=x -c user.email=x@y \
			commit-tree -m 'by hand' -p "$1" "$tree") &&
		git --git-dir=.gitmem update-ref "refs/heads/$1" "$commit"
}

test_case 'files that are no memories are settled by their path, also with bytes' <<'EOF'
	waiting files && gitmem merge --abort && rm -f .gitmem/index &&
	printf 'a\0ours' >bytes && by_hand main both.bin <bytes &&
	printf 'a\0theirs' >bytes && by_hand other both.bin <bytes &&
	must_fail 1 gitmem -q merge -s manual other 2>err &&
	gitmem list --conflicts >actual && grep -qx '    ours: no text' actual &&
	gitmem --json list --conflicts | grep both.bin >json && grep -q '"ours_text":null' json &&
	gitmem -q resolve editor --take ours && gitmem -q resolve shell --take ours &&
	printf 'c\0\200\377' >bytes && gitmem -q resolve both.bin --take bytes &&
	silent gitmem fsck &&
	gitmem merge --continue >out && git --git-dir=.gitmem show main:both.bin >actual &&
	cmp bytes actual && git --git-dir=.gitmem ls-tree --name-only main >names &&
	must_fail 1 grep '~' names
EOF

test_case 'wrong usage' <<'EOF'
	cd sides &&
	must_fail 129 gitmem resolve && must_fail 129 gitmem resolve editor &&
	must_fail 129 gitmem resolve editor shell --take ours &&
	must_fail 129 gitmem resolve editor --take ''
EOF

done_testing
