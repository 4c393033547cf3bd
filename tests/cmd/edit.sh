#!/bin/sh
# gitmem edit: changing a memory, by options or in an editor.

. "$(dirname "$0")/lib.sh"

git_here() {
	git --git-dir=.gitmem "$@"
}

# editor SCRIPT: an $EDITOR that runs the script; "$1" is the file.
editor() {
	printf '#!/bin/sh\n%s\n' "$1" >"$SCRATCH/editor" &&
		chmod +x "$SCRATCH/editor" &&
		EDITOR=$SCRATCH/editor &&
		export EDITOR
}

# What the editor left behind in the repository.
kept_files() {
	find .gitmem -name 'EDIT_*'
}

test_case 'it stages the change and says nothing' <<'EOF'
	new_repo notes &&
	gitmem add -c --key user/editor --tag a --tag b 'Helix' >id &&
	export GITMEM_AUTHOR_DATE=2026-02-03T00:00:00Z &&
	silent gitmem edit user/editor --content 'Vim' --tag +c --tag -a --importance 0.9 &&
	gitmem status --short >actual &&
	echo "M $(tail -c 9 id) keys/user/editor.md" >expect &&
	expect_equal expect actual &&
	gitmem show HEAD:user/editor >actual &&
	grep -qx Helix actual &&
	gitmem commit -m edit >out &&
	gitmem show user/editor >actual &&
	cat >expect <<END &&
---
id: $(cat id)
type: semantic
key: user/editor
agent: tester
created: 2026-01-02T03:04:05Z
updated: 2026-02-03T00:00:00Z
importance: 0.9
tags:
  - b
  - c
---
Vim
END
	expect_equal expect actual
EOF

test_case 'by id, by the end of an id, by path' <<'EOF'
	cd notes &&
	silent gitmem edit -c "$(cat id)" --content one &&
	silent gitmem edit -c "$(tail -c 9 id)" --content two &&
	silent gitmem edit -c keys/user/editor.md --content three &&
	test "$(git_here rev-list --count HEAD)" -eq 5 &&
	gitmem show user/editor >actual &&
	grep -qx three actual
EOF

test_case '-c commits this change only and leaves the stage alone' <<'EOF'
	cd notes &&
	gitmem add staged >out &&
	gitmem status --short >expect &&
	gitmem edit -c -m 'on its own' user/editor --content four &&
	gitmem status --short >actual &&
	expect_equal expect actual &&
	test "$(git_here log -1 --format=%s)" = 'on its own' &&
	test "$(git_here diff --name-only HEAD~1 HEAD)" = keys/user/editor.md
EOF

test_case 'what changes nothing writes nothing' <<'EOF'
	cd notes &&
	git_here rev-parse HEAD >before &&
	silent gitmem edit -c user/editor --content four &&
	silent gitmem edit user/editor --content four --tag +b &&
	git_here rev-parse HEAD >after &&
	expect_equal before after &&
	gitmem status --short >actual &&
	test "$(wc -l <actual)" -eq 1
EOF

test_case 'tags are replaced or taken away' <<'EOF'
	new_repo tags &&
	gitmem add -c --key k --tag a --tag b text >id &&
	gitmem edit -c k --tag x --tag y &&
	gitmem show --json k >actual &&
	test "$(json_get actual .tags)" = '["x", "y"]' &&
	gitmem edit -c k --tag '' &&
	gitmem show --json k >actual &&
	test "$(json_get actual .tags)" = '[]' &&
	gitmem edit -c k --tag -nothing &&
	gitmem edit -c k --tag=-y --tag=+z &&
	gitmem show --json k >actual &&
	test "$(json_get actual .tags)" = '["z"]'
EOF

test_case 'fields are taken away with an empty value' <<'EOF'
	new_repo away &&
	gitmem add -c --key k --session s --role user --valid-until 2027-01-01 text >id &&
	gitmem edit -c k --session '' --role '' --valid-until '' &&
	gitmem show k >actual &&
	! grep -E '^(session|role|valid_until):' actual &&
	gitmem edit -c k --key '' &&
	must_fail 128 gitmem show k &&
	gitmem show "$(cat id)" >actual &&
	! grep -q '^key:' actual &&
	git_here ls-tree -r --name-only HEAD >actual &&
	grep -Eqx "memories/2026/01-02/[0-9a-f]/$(cat id).md" actual &&
	test "$(wc -l <actual)" -eq 1
EOF

test_case 'a new key moves the memory' <<'EOF'
	new_repo moves &&
	gitmem add -c --key a text >id &&
	gitmem edit a --key b &&
	gitmem status --short >actual &&
	echo "M $(tail -c 9 id) keys/b.md" >expect &&
	expect_equal expect actual &&
	must_fail 128 gitmem show a &&
	gitmem show b >out &&
	gitmem commit -m move >out &&
	test "$(git_here ls-tree -r --name-only HEAD)" = keys/b.md &&
	gitmem edit -c b --key B &&
	test "$(git_here ls-tree -r --name-only HEAD)" = keys/B.md &&
	gitmem add -c --key other text >out &&
	must_fail 128 gitmem edit -c B --key other 2>err &&
	grep -q "exists already" err &&
	must_fail 128 gitmem edit -c B --key Other 2>err &&
	grep -q "would look like" err
EOF

test_case 'the text comes from standard input or a file' <<'EOF'
	new_repo sources &&
	gitmem add -c --key k text >id &&
	echo 'from a pipe' >pipe &&
	gitmem edit -c k --content - <pipe &&
	gitmem show k >actual &&
	grep -qx 'from a pipe' actual &&
	echo 'from a file' >file &&
	gitmem edit -c k --file file &&
	gitmem show k >actual &&
	grep -qx 'from a file' actual
EOF

edit_from_slow() {
	gitmem edit -c k --content - <slow &
}

test_case 'waiting for standard input holds nobody up' <<'EOF'
	cd sources &&
	mkfifo slow &&
	edit_from_slow &&
	exec 9>slow &&
	gitmem add -c --key other meanwhile >out &&
	echo 'at last' >&9 &&
	exec 9>&- &&
	wait &&
	gitmem show k >actual &&
	grep -qx 'at last' actual &&
	gitmem show other >actual &&
	grep -qx meanwhile actual
EOF

test_case 'JSON is the memory as it is now' <<'EOF'
	new_repo json &&
	gitmem add -c --key k text >id &&
	gitmem edit --json k --content new >actual &&
	test "$(json_get actual .id)" = "$(cat id)" &&
	test "$(json_get actual .content)" = new &&
	gitmem edit -c --json k --content newer >actual &&
	test "$(json_get actual .commit)" = "$(git_here rev-parse HEAD)" &&
	gitmem edit -c --json k --content newer >actual &&
	test "$(json_get actual .content)" = newer &&
	test "$(json_get actual .blob)" = "$(git_here rev-parse HEAD:keys/k.md)"
EOF

test_case 'in an editor' <<'EOF'
	new_repo edited &&
	gitmem add -c --key k 'old text' >id &&
	editor 'sed -i "s/old/new/" "$1"' &&
	export GITMEM_AUTHOR_DATE=2026-02-03T00:00:00Z &&
	silent gitmem edit k &&
	gitmem commit -m edited >out &&
	gitmem show k >actual &&
	grep -qx 'new text' actual &&
	grep -qx 'updated: 2026-02-03T00:00:00Z' actual &&
	editor 'sed -i -e "s/^type: .*/type: state/" -e "s/^key: .*/key: moved/" "$1"' &&
	silent gitmem edit -c k &&
	gitmem show --json moved >actual &&
	test "$(json_get actual .type)" = state &&
	test "$(json_get actual .id)" = "$(cat id)" &&
	test -z "$(kept_files)"
EOF

test_case 'the editor is a command line, and the right one' <<'EOF'
	cd edited &&
	editor 'echo "$1" >args; echo "  from $2" >"$2.new"; cat "$2" "$2.new" >"$2.all"; mv "$2.all" "$2"; rm "$2.new"' &&
	EDITOR="$EDITOR --wait" gitmem edit -c moved &&
	test "$(cat args)" = --wait &&
	gitmem show moved >actual &&
	grep -q '^  from ' actual &&
	EDITOR=false VISUAL=false GITMEM_EDITOR=true silent gitmem edit moved &&
	EDITOR=false VISUAL=true silent gitmem edit moved &&
	unset EDITOR &&
	must_fail 128 gitmem edit moved 2>err &&
	grep -q '^error: there is no editor' err &&
	grep -q '^hint: ' err
EOF

test_case 'text that stays the same writes nothing' <<'EOF'
	cd edited &&
	editor ':' &&
	git_here rev-parse HEAD >before &&
	silent gitmem edit -c moved &&
	silent gitmem edit moved &&
	git_here rev-parse HEAD >after &&
	expect_equal before after &&
	gitmem status --short >actual &&
	test ! -s actual &&
	test -z "$(kept_files)"
EOF

# kept_with FILE-WITH-STDERR TEXT: the hint names a file that holds the text.
kept_with() {
	file=$(sed -n "s/^hint: what you wrote is kept in '\(.*\)'$/\1/p" "$1") &&
		grep -q -- "$2" "$file" &&
		rm "$file"
}

test_case 'id and creation time never change' <<'EOF'
	cd edited &&
	editor 'sed -i "s/^id: ......../id: deadbeef/" "$1"; echo precious >>"$1"' &&
	must_fail 128 gitmem edit -c moved 2>err &&
	grep -q "never change" err &&
	kept_with err precious &&
	editor 'sed -i "s/^created: 2026/created: 2025/" "$1"; echo precious >>"$1"' &&
	must_fail 128 gitmem edit -c moved 2>err &&
	kept_with err precious &&
	must_fail 129 gitmem edit moved --created 2020-01-01 &&
	git_here rev-parse HEAD >after &&
	expect_equal before after
EOF

test_case 'text that is no memory is kept in a file' <<'EOF'
	cd edited &&
	editor 'echo "precious words" >"$1"' &&
	must_fail 128 gitmem edit -c moved 2>err &&
	grep -q '^error: the edited text is no memory' err &&
	kept_with err 'precious words' &&
	editor 'sed -i "s/^type: .*/&\nscope: private/" "$1"; echo precious >>"$1"' &&
	must_fail 128 gitmem edit -c moved 2>err &&
	kept_with err precious &&
	editor 'sed -i "s/^key: .*/key: ..\/x/" "$1"; echo precious >>"$1"' &&
	must_fail 128 gitmem edit -c moved 2>err &&
	kept_with err precious &&
	editor 'echo precious >>"$1"; exit 3' &&
	must_fail 128 gitmem edit -c moved 2>err &&
	grep -q 'failed$' err &&
	kept_with err precious &&
	git_here rev-parse HEAD >after &&
	expect_equal before after &&
	test -z "$(kept_files)"
EOF

test_case 'what others do while the editor is open is merged' <<'EOF'
	new_repo meanwhile &&
	printf 'one\n\ntwo\n\nthree\n' >text &&
	gitmem add -c --key page --file text >id &&
	editor 'gitmem edit -c page --tag theirs --content "$(sed s/one/ONE/ text)"
		sed -i -e s/three/THREE/ -e "s/^type: .*/&\ntags: [ours]/" "$1"' &&
	gitmem edit -c page 2>err &&
	echo 'merged with what another process made of it meanwhile' >expect &&
	expect_equal expect err &&
	gitmem --json show page >actual &&
	json_get actual .content | grep . >lines &&
	printf 'ONE\ntwo\nTHREE\n' >expect &&
	expect_equal expect lines &&
	test "$(json_get actual .tags)" = '["ours", "theirs"]' &&
	test -z "$(kept_files)"
EOF

test_case 'texts that do not merge are both kept' <<'EOF'
	cd meanwhile &&
	editor 'gitmem edit -c page --content "all theirs"; sed -i s/two/ours/ "$1"' &&
	gitmem edit -c page 2>err &&
	grep -q '^the texts did not merge: [0-9a-f]\{8\} holds the other one$' err &&
	gitmem --json list --conflicts >actual &&
	test "$(wc -l <actual)" -eq 2 &&
	grep -q 'all theirs' actual &&
	grep -q 'ours' actual &&
	editor 'gitmem edit page --content "staged meanwhile"; sed -i "\$s/.*/and mine/" "$1"' &&
	gitmem edit page 2>err &&
	gitmem --json list --conflicts >before &&
	gitmem commit -q &&
	git_here cat-file -p main^{tree} >out &&
	gitmem --json list --conflicts >actual &&
	grep -q 'staged meanwhile' actual &&
	grep -q 'and mine' actual
EOF

test_case 'a memory that was moved or removed while the editor was open' <<'EOF'
	cd meanwhile &&
	editor 'gitmem edit -c page --key elsewhere; echo mine >>"$1"' &&
	gitmem edit -c page 2>err &&
	gitmem show elsewhere | grep -qx mine &&
	must_fail 128 gitmem show page &&
	editor 'gitmem rm -c elsewhere; echo precious >>"$1"' &&
	gitmem edit -c elsewhere 2>err &&
	echo 'it was removed meanwhile, and is back' >expect &&
	expect_equal expect err &&
	gitmem show elsewhere | grep -qx precious &&
	editor 'gitmem rm -c elsewhere' &&
	must_fail 128 gitmem edit -c elsewhere 2>err &&
	must_fail 128 gitmem show elsewhere &&
	test -z "$(kept_files)"
EOF

test_case 'who changed nothing undoes nothing' <<'EOF'
	cd meanwhile &&
	gitmem add -c --key calm 'as it is' >id &&
	editor 'gitmem edit -c calm --content "changed by others"' &&
	silent gitmem edit -c calm &&
	gitmem show calm >actual &&
	grep -qx 'changed by others' actual &&
	gitmem log --oneline -- calm >log &&
	test "$(wc -l <log)" -eq 2
EOF

test_case 'wrong usage and names that are none' <<'EOF'
	cd notes &&
	must_fail 129 gitmem edit &&
	must_fail 129 gitmem edit a b --content x &&
	must_fail 129 gitmem edit user/editor --content x --file y &&
	must_fail 129 gitmem edit user/editor -m x --content y &&
	must_fail 129 gitmem edit user/editor --importance 7 &&
	must_fail 128 gitmem edit nobody --content x 2>err &&
	grep -qx "error: no memory 'nobody'" err &&
	must_fail 128 gitmem --json edit nobody --content x 2>err &&
	test "$(json_get err .error.code)" = not-found &&
	must_fail 128 gitmem edit 0 --content x &&
	must_fail 128 gitmem edit user/editor --scope private 2>err &&
	grep -q '^hint: ' err
EOF

test_case 'a memory by hand is tidied when it is edited' <<'EOF'
	new_repo byhand &&
	gitmem add -c base >out &&
	{
		echo '---' &&
		echo 'type: semantic' &&
		echo "id: '01900000-0000-7000-8000-00000000000A'" &&
		echo 'tags: [b, a]' &&
		echo 'created: 2026-01-05' &&
		echo '---' &&
		echo 'by hand'
	} >note &&
	blob=$(git_here hash-object -w note) &&
	GIT_INDEX_FILE=$PWD/index git_here read-tree HEAD &&
	GIT_INDEX_FILE=$PWD/index git_here update-index --add --cacheinfo "100644,$blob,memories/note.md" &&
	tree=$(GIT_INDEX_FILE=$PWD/index git_here write-tree) &&
	id=$(GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=b \
		git_here commit-tree "$tree" -p main -m hand) &&
	git_here update-ref refs/heads/main "$id" &&
	gitmem edit -c memories/note.md --tag +c &&
	git_here ls-tree -r --name-only HEAD >actual &&
	! grep -q note.md actual &&
	gitmem show 01900000-0000-7000-8000-00000000000a >actual &&
	grep -qx 'created: 2026-01-05T00:00:00Z' actual &&
	grep -qx 'by hand' actual
EOF

test_case '-c of a memory that is staged commits what is staged too' <<'EOF'
	new_repo both &&
	gitmem add -c --key k one >out &&
	gitmem add --key only staged >id &&
	gitmem add --key other kept >out &&
	gitmem edit k --content two --tag staged &&
	gitmem edit k -c --importance 0.9 &&
	gitmem edit only -c --tag late &&
	gitmem status --short >actual &&
	test "$(wc -l <actual)" -eq 1 &&
	grep -q keys/other.md actual &&
	gitmem show --json HEAD:k >actual &&
	test "$(json_get actual .content)" = two &&
	test "$(json_get actual .tags)" = '["staged"]' &&
	test "$(json_get actual .importance)" = 0.9 &&
	gitmem show --json HEAD:only >actual &&
	test "$(json_get actual .id)" = "$(cat id)" &&
	gitmem edit k --content three &&
	gitmem edit k -c --content three &&
	gitmem show --json HEAD:k >actual &&
	test "$(json_get actual .content)" = three &&
	editor 'sed -i "s/three/four/" "$1"' &&
	gitmem edit k --tag again &&
	gitmem edit k -c &&
	gitmem show --json HEAD:k >actual &&
	test "$(json_get actual .content)" = four &&
	test "$(json_get actual .tags)" = '["again"]' &&
	gitmem commit >out 2>err &&
	test ! -s err
EOF

test_case '-c of a memory whose new key is staged' <<'EOF'
	new_repo stagedmove &&
	gitmem add -c --key old text >id &&
	gitmem edit old --key new &&
	gitmem edit new -c --tag x &&
	test "$(git_here ls-tree -r --name-only HEAD)" = keys/new.md &&
	test "$(git_here log -1 --format=%s)" = 'change 1 memory' &&
	gitmem status --short >actual &&
	test ! -s actual &&
	gitmem edit new --key newer &&
	gitmem edit newer -c --key newest &&
	test "$(git_here ls-tree -r --name-only HEAD)" = keys/newest.md &&
	gitmem status --short >actual &&
	test ! -s actual
EOF

test_case '-c that fails leaves the stage as it was' <<'EOF'
	new_repo fails &&
	gitmem add -c --key k one >out &&
	gitmem edit k --content two &&
	gitmem add --key taken text >out &&
	must_fail 128 gitmem edit k -c --key taken &&
	must_fail 128 gitmem edit k -c -m "$(printf 'not \377 UTF-8')" --content three &&
	gitmem show k >actual &&
	grep -qx two actual &&
	gitmem status --short >actual &&
	test "$(wc -l <actual)" -eq 2
EOF

test_case 'values that make no sense' <<'EOF'
	new_repo sense &&
	gitmem add -c --key k --valid-from 2026-02-01 text >id &&
	must_fail 128 gitmem edit k --content '' 2>err &&
	grep -qx 'error: the text is empty' err &&
	must_fail 128 gitmem edit k --content ' ' &&
	must_fail 128 gitmem edit k --supersedes k 2>err &&
	grep -q 'supersede itself' err &&
	must_fail 129 gitmem edit k --valid-until 2026-01-01 &&
	must_fail 129 gitmem edit -c k -m ' ' --content x &&
	gitmem status --short >actual &&
	test ! -s actual
EOF

test_case 'superseded memories are taken away like tags' <<'EOF'
	new_repo supersedes &&
	a=$(gitmem add -c --key a one) &&
	b=$(gitmem add -c --key b two) &&
	gitmem add -c --key k --supersedes "$a" --supersedes "$b" text >id &&
	gitmem edit -c k --supersedes "-$a" &&
	gitmem show --json k >actual &&
	test "$(json_get actual .supersedes)" = "[\"$b\"]" &&
	gitmem edit -c k --supersedes -b --supersedes a &&
	gitmem show --json k >actual &&
	test "$(json_get actual .supersedes)" = "[\"$a\"]" &&
	gitmem edit -c k --supersedes '' &&
	gitmem show k >actual &&
	! grep -q supersedes actual
EOF

test_case 'an editor that fails and wrote nothing leaves nothing' <<'EOF'
	new_repo failing &&
	gitmem add -c --key k text >id &&
	export EDITOR=false &&
	must_fail 128 gitmem edit k 2>err &&
	grep -q "the editor 'false' failed" err &&
	! grep -q '^hint: what you wrote' err &&
	test -z "$(kept_files)" &&
	must_fail 128 gitmem commit -e --allow-empty 2>err &&
	test -z "$(kept_files)"
EOF

done_testing
