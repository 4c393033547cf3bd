#!/bin/sh
# gitmem log -- MEMORY: a memory is followed by its id.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

minute=10
# next COMMAND...: run it a minute after the one before.
next() {
	minute=$((minute + 1))
	GITMEM_AUTHOR_DATE=2026-01-02T03:$minute:00Z \
		GITMEM_COMMITTER_DATE=2026-01-02T03:$minute:00Z "$@" >out
}

# shows SUBJECTS ARGUMENT...: the log has exactly these, oldest first.
shows() {
	echo "$1" | tr ',' '\n' >expect &&
		shift &&
		gitmem log --reverse --oneline "$@" >lines &&
		cut -d ' ' -f 2- lines >actual &&
		expect_equal expect actual
}

test_case 'over changes of its key' <<'EOF'
	new_repo keys &&
	next gitmem add -c -m made 'Maya edits in Helix' && cp out id &&
	next gitmem add -c -m other 'something else' &&
	next gitmem edit -c -m keyed --key user/editor "$(cat id)" &&
	next gitmem edit -c -m changed --content 'Maya edits in Vim' user/editor &&
	next gitmem edit -c -m moved --key user/tool "$(cat id)" &&
	next gitmem add -c -m noise 'and something else' &&
	next gitmem edit -c -m last --importance 0.9 user/tool &&
	shows made,keyed,changed,moved,last -- "$(cat id)" &&
	shows made,keyed,changed,moved,last -- user/tool &&
	shows made,keyed,changed,moved,last keys/user/tool.md &&
	shows made,keyed,changed,moved,last -- "$(tail -c 9 id)" &&
	shows moved,last HEAD~3.. -- "$(cat id)" &&
	shows last -1 -- user/tool &&
	shows made,keyed,changed HEAD~3 -- "$(cat id)"
EOF

test_case 'another memory that took its key is no part of its history' <<'EOF'
	cd keys &&
	minute=20 &&
	next gitmem add -c -m taken --key user/editor 'Noor edits in Emacs' && cp out id2 &&
	next gitmem edit -c -m taken-again --content 'Noor edits in Kate' user/editor &&
	shows made,keyed,changed,moved,last -- "$(cat id)" &&
	shows taken,taken-again -- "$(cat id2)" &&
	shows keyed,changed,moved,taken,taken-again -- user/editor
EOF

test_case 'a memory that was removed, by its id' <<'EOF'
	cd keys &&
	minute=30 &&
	next gitmem rm -c -m gone user/tool &&
	next gitmem add -c -m later 'one more' &&
	shows made,keyed,changed,moved,last,gone -- "$(cat id)" &&
	shows made,keyed,changed,moved,last,gone -- user/tool &&
	must_fail 128 gitmem log -- 01890000-0000-7000-8000-000000000000 2>err &&
	grep -q "no memory '01890000-0000-7000-8000-000000000000' in this history" err
EOF

test_case 'a memory that came back' <<'EOF'
	cd keys &&
	minute=40 &&
	next gitmem add -c -m back --id "$(cat id)" 'Maya edits in Helix again' &&
	shows made,keyed,changed,moved,last,gone,back -- "$(cat id)"
EOF

test_git_case 'through merges, on both sides' <<'EOF'
	new_repo merges &&
	next gitmem add -c -m base --key a/b text && cp out id &&
	next gitmem --branch side add -c -m noise unrelated &&
	next gitmem --branch side edit -c -m side --key c/d "$(cat id)" &&
	next gitmem edit -c -m main --importance 0.7 a/b &&
	next gitmem add -c -m more 'more of main' &&
	tree=$(git --git-dir=.gitmem rev-parse 'side^{tree}') &&
	merge=$(GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@t GIT_COMMITTER_NAME=t \
		GIT_COMMITTER_EMAIL=t@t GIT_COMMITTER_DATE=2026-01-02T04:00:00Z \
		git --git-dir=.gitmem commit-tree -p main -p side -m merge "$tree") &&
	git --git-dir=.gitmem update-ref refs/heads/main "$merge" &&
	shows base,side -- "$(cat id)" &&
	shows base,main main~1 -- "$(cat id)" &&
	shows base,main main~1 -- a/b &&
	shows base,side,main --branches main~1 -- "$(cat id)" &&
	gitmem log --graph --oneline -- "$(cat id)" >actual &&
	test "$(wc -l <actual)" -eq 2
EOF

test_case 'a memory that only another branch has' <<'EOF'
	new_repo branches &&
	next gitmem add -c -m base text &&
	next gitmem --branch side add -c -m made --key only/there 'on the side' && cp out id &&
	next gitmem --branch side edit -c -m changed --importance 0.9 only/there &&
	shows made,changed --branches -- only/there &&
	shows made,changed --all -- "$(cat id)" &&
	shows made,changed main side "$(tail -c 9 id)" &&
	must_fail 128 gitmem log -- only/there
EOF

test_case '--stat and --patch are limited to it' <<'EOF'
	new_repo stat &&
	gitmem add --key one 1 >id &&
	gitmem add --key two 2 >id2 &&
	next gitmem commit -m both &&
	next gitmem edit -c --key three "$(cat id)" &&
	gitmem log --stat --oneline -- "$(cat id)" >actual &&
	test "$(grep -c '^ [AM] ' actual)" -eq 2 &&
	grep -q 'keys/one.md -> keys/three.md' actual &&
	must_fail 1 grep -q two actual &&
	gitmem log -p --oneline -- three >actual &&
	grep -q '^+++ b/keys/three.md' actual &&
	must_fail 1 grep -q two actual &&
	gitmem log --stat --oneline >actual &&
	grep -q two actual
EOF

test_case 'a file that is no memory, and a folder, are paths' <<'EOF'
	cd stat &&
	gitmem log --oneline -- keys >actual &&
	test "$(wc -l <actual)" -eq 2 &&
	gitmem log --oneline -- keys/two.md >actual &&
	test "$(wc -l <actual)" -eq 1
EOF

done_testing
