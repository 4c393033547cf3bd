#!/bin/sh
# gitmem push: what arrives at a bare repository of stock git, what is told, and that a remote that
# has moved is merged and never overwritten.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

# remote NAME: a bare repository of stock git beside the case's own.
remote() {
	git init -q --bare -b main "$SCRATCH/$1.git"
}

# at NAME ARG...: stock git in that remote.
at() {
	at_name=$1
	shift
	git --git-dir="$SCRATCH/$at_name.git" "$@"
}

here() {
	git --git-dir=.gitmem "$@"
}

# same NAME REF [REF-THERE]: the remote is whole, and has what we have.
same() {
	test "$(here rev-parse "$2")" = "$(at "$1" rev-parse "${3:-$2}")" &&
		at "$1" fsck --strict --full --no-progress --no-dangling >"$SCRATCH/fsck" 2>&1 &&
		must_fail 1 grep -v '^notice: HEAD points to an unborn branch' "$SCRATCH/fsck"
}

# notes NAME: a repository with one commit and NAME as its origin, the current folder from then on.
notes() {
	remote "$1" && new_repo "$1" && gitmem remote add origin "$SCRATCH/$1.git" &&
		gitmem add -c -m one --key a 'the first' >/dev/null
}

# A clone of stock git in which somebody commits a file and pushes it.
stranger() {
	rm -rf "$SCRATCH/stranger" &&
		git clone -q "$SCRATCH/$1.git" "$SCRATCH/stranger" &&
		(
			cd "$SCRATCH/stranger" &&
				echo "$3" >"$2" &&
				git add "$2" &&
				git -c user.name=s -c user.email=s@x commit -q -m "by a stranger" &&
				git push -q origin HEAD:main
		)
}

test_case 'a first push makes the branch, and the branch follows it' <<'EOT'
	notes first &&
	gitmem push >out 2>err &&
	test ! -s out &&
	grep -Fx "To $SCRATCH/first.git" err &&
	grep -Fx ' * [new branch]      main -> main' err &&
	grep -F "branch 'main' set up to track 'origin/main'" err &&
	same first main &&
	test "$(here rev-parse origin/main)" = "$(here rev-parse main)" &&
	test "$(gitmem config branch.main.merge)" = refs/heads/main &&
	git clone -q "$SCRATCH/first.git" "$SCRATCH/first.clone" &&
	grep -F 'the first' "$SCRATCH/first.clone/keys/a.md"
EOT

test_case 'a second push with nothing to do says so, and with -q nothing' <<'EOT'
	cd first &&
	gitmem push >out 2>err &&
	test ! -s out &&
	echo 'Everything up-to-date' >expect &&
	expect_equal expect err &&
	silent gitmem push -q
EOT

test_case 'a later push sends what is new, and tells from where to where' <<'EOT'
	cd first &&
	old=$(here rev-parse --short main) &&
	gitmem add -c --key b 'the second' >id &&
	gitmem edit -c a --content 'the first, changed' >/dev/null &&
	gitmem push 2>err &&
	grep -Fx "   $old..$(here rev-parse --short main)  main -> main" err &&
	same first main &&
	here reflog origin/main >log &&
	grep -F 'update by push' log
EOT

test_case 'a remote that nobody moved, but that takes nothing, is told of once' <<'EOF'
	mkdir locked && cd locked && real_git init -q --bare remote.git && new_repo a &&
	gitmem add -c --key a 'one' >id && gitmem push -q ../remote.git main &&
	gitmem add -c --key b 'two' >id && : >../remote.git/refs/heads/main.lock &&
	must_fail 1 gitmem push ../remote.git main >out 2>err && test ! -s out &&
	grep -q '^ ! .remote rejected. main -> main' err &&
	rm ../remote.git/refs/heads/main.lock && gitmem push ../remote.git main 2>err &&
	must_fail 128 gitmem --branch nowhere push 2>err &&
	echo "error: branch 'nowhere' does not exist" >expect && expect_equal expect err
EOF

test_case 'the readme is hinted at when people would miss it' <<'EOT'
	notes plain &&
	gitmem push 2>err &&
	grep -F "'gitmem init --readme'" err &&
	remote told && new_repo told && gitmem init --readme 2>/dev/null &&
	gitmem remote add origin "$SCRATCH/told.git" &&
	gitmem push 2>err &&
	must_fail 1 grep -F readme err
EOT

test_case '--dry-run asks the remote and sends nothing' <<'EOT'
	notes dry &&
	gitmem push --dry-run 2>err &&
	grep -Fx ' * [new branch]      main -> main' err &&
	test -z "$(at dry for-each-ref)" &&
	must_fail 1 gitmem config branch.main.remote &&
	must_fail 1 here rev-parse -q --verify origin/main
EOT

test_case '--all and --tags send all branches and tags' <<'EOT'
	notes all &&
	gitmem branch side && gitmem branch deep/er &&
	gitmem tag v1 && gitmem tag -m 'with words' v2 &&
	gitmem push --all --tags 2>err &&
	same all main && same all side && same all deep/er && same all v1 && same all v2 &&
	grep -Fx ' * [new tag]         v2 -> v2' err &&
	test "$(at all cat-file -t v2)" = tag &&
	gitmem push --all --tags 2>err &&
	grep -Fx 'Everything up-to-date' err
EOT

test_case 'refspecs give other names, and -u follows them' <<'EOT'
	notes spec &&
	gitmem add -c two >/dev/null &&
	gitmem push -u origin main:shared/memory 2>err &&
	same spec main shared/memory &&
	test "$(gitmem config branch.main.merge)" = refs/heads/shared/memory &&
	gitmem push origin main~1:refs/heads/old HEAD:refs/notes/x 2>err &&
	same spec main~1 old && same spec main refs/notes/x &&
	gitmem add -c three >/dev/null &&
	gitmem push 2>err &&
	same spec main shared/memory &&
	must_fail 1 at spec rev-parse -q --verify main
EOT

test_case 'patterns send what they fit' <<'EOT'
	notes pattern &&
	gitmem branch x/1 && gitmem branch x/2 &&
	gitmem push origin 'refs/heads/x/*:refs/heads/y/*' 2>err &&
	at pattern for-each-ref --format='%(refname)' >actual &&
	printf 'refs/heads/y/1\nrefs/heads/y/2\n' >expect &&
	expect_equal expect actual
EOT

test_case 'nothing forces' <<'EOT'
	notes force &&
	gitmem push -q &&
	must_fail 129 gitmem push origin +main 2>err &&
	grep -F "'+main' would force" err &&
	must_fail 129 gitmem push --force 2>err
EOT

test_case 'names that mean nothing are refused before anything is sent' <<'EOT'
	notes names &&
	gitmem tag both && gitmem branch both &&
	must_fail 128 gitmem push origin nowhere 2>err &&
	must_fail 128 gitmem push origin both 2>err &&
	grep -F "'both' is a branch and a tag" err &&
	must_fail 128 gitmem push origin main:refs/heads/a..b 2>err &&
	must_fail 128 gitmem push origin main:refs/gitmem/rescue/x 2>err &&
	must_fail 128 gitmem push origin main~0:x 2>err &&
	grep -F "main~0:refs/heads/NAME" err &&
	must_fail 128 gitmem push origin main:x both:refs/heads/x 2>err &&
	must_fail 128 gitmem push elsewhere main 2>err &&
	must_fail 129 gitmem push --delete origin 2>err &&
	must_fail 129 gitmem push --all origin main 2>err &&
	test -z "$(at names for-each-ref)"
EOT

test_case 'an empty branch and a detached HEAD have nothing to push by themselves' <<'EOT'
	remote empty && new_repo empty && gitmem remote add origin "$SCRATCH/empty.git" &&
	must_fail 128 gitmem push 2>err &&
	grep -F "the branch 'main' has no commit yet" err
EOT

test_case 'deleted refs are gone there, and kept here' <<'EOT'
	notes delete &&
	gitmem branch topic && gitmem --branch topic add -c topical >/dev/null &&
	gitmem tag v1 && gitmem push -q --all --tags &&
	tip=$(here rev-parse topic) && gitmem branch -D topic >/dev/null &&
	gitmem push --delete origin topic v1 2>err &&
	grep -Fx ' - [deleted]         topic' err &&
	grep -Fx ' - [deleted]         v1' err &&
	test "$(at delete for-each-ref --format='%(refname)')" = refs/heads/main &&
	must_fail 1 here rev-parse -q --verify refs/remotes/origin/topic &&
	here for-each-ref --points-at="$tip" --format='%(refname)' refs/gitmem/rescue >kept &&
	grep -F refs/gitmem/rescue/theirs/origin/topic/ kept &&
	must_fail 128 gitmem push --delete origin topic 2>err &&
	grep -F "no branch or tag 'topic'" err &&
	must_fail 1 gitmem push origin --delete refs/heads/none 2>err &&
	grep -F 'remote ref does not exist' err
EOT

test_case 'what is not here is not deleted there' <<'EOT'
	notes unseen && gitmem push -q &&
	stranger unseen n.txt text && at unseen branch -q other main &&
	must_fail 1 gitmem push --delete origin other 2>err &&
	grep -F ' ! [rejected]        other (fetch first)' err &&
	at unseen rev-parse -q --verify other
EOT

test_case 'a tag that is another one there does not move' <<'EOT'
	notes tags && gitmem tag v1 && gitmem push -q origin main v1 &&
	gitmem tag -d v1 >/dev/null && gitmem add -c more >/dev/null && gitmem tag v1 &&
	must_fail 1 gitmem push origin main v1 2>err &&
	grep -F ' ! [rejected]        v1 -> v1 (already exists)' err &&
	grep -F "error: failed to push some refs to '$SCRATCH/tags.git'" err &&
	same tags main
EOT

test_case 'what a remote refuses is told in its words, and only that is not done' <<'EOT'
	notes hooked && gitmem branch locked &&
	printf '#!/bin/sh\ntest "$1" != refs/heads/locked || { echo "not \033[31mthis" >&2; exit 1; }\n' \
		>"$SCRATCH/hooked.git/hooks/update" &&
	chmod +x "$SCRATCH/hooked.git/hooks/update" &&
	must_fail 1 gitmem push --all 2>err &&
	grep -F ' ! [remote rejected] locked -> locked (hook declined)' err &&
	grep -F ' * [new branch]      main -> main' err &&
	grep '^remote: not .*this' err &&
	must_fail 1 grep "$(printf '\033')" err &&
	same hooked main &&
	must_fail 1 here rev-parse -q --verify origin/locked
EOT

test_case '--atomic does all or nothing' <<'EOT'
	cd hooked && gitmem branch new && gitmem add -c more >/dev/null &&
	before=$(at hooked rev-parse main) &&
	must_fail 1 gitmem push --atomic --all 2>err &&
	test "$(at hooked rev-parse main)" = "$before" &&
	test "$(at hooked for-each-ref --format='%(refname)')" = refs/heads/main &&
	gitmem push -q --atomic origin main new &&
	same hooked main && same hooked new
EOT

test_case 'a remote that has moved is fetched, merged and pushed in one call' <<'EOT'
	notes moved && gitmem push -q &&
	stranger moved extra.txt 'by hand' &&
	theirs=$(at moved rev-parse main) &&
	gitmem add -c --key mine 'of our own' >/dev/null &&
	ours=$(here rev-parse main) &&
	gitmem push 2>err &&
	same moved main &&
	test "$(here rev-parse main^1 main^2)" = "$(printf '%s\n%s' "$ours" "$theirs")" &&
	test "$(at moved show main:extra.txt)" = 'by hand' &&
	at moved show main:keys/mine.md >file && grep -F 'of our own' file &&
	here for-each-ref --format='%(objectname) %(refname)' refs/gitmem/rescue >kept &&
	grep "^$ours refs/gitmem/rescue/ours/" kept &&
	grep "^$theirs refs/gitmem/rescue/theirs/" kept &&
	grep -F '  main -> main' err &&
	at moved for-each-ref refs/gitmem >sent && test ! -s sent
EOT

test_case 'the same memory changed on both sides is merged, and what is unknown kept' <<'EOT'
	notes both && gitmem push -q &&
	rm -rf "$SCRATCH/edit" && git clone -q "$SCRATCH/both.git" "$SCRATCH/edit" &&
	sed 's/^id:/unknown: kept\nid:/' "$SCRATCH/edit/keys/a.md" >"$SCRATCH/edit/new" &&
	mv "$SCRATCH/edit/new" "$SCRATCH/edit/keys/a.md" &&
	git -C "$SCRATCH/edit" -c user.name=s -c user.email=s@x commit -qam edited &&
	git -C "$SCRATCH/edit" push -q &&
	gitmem edit -c a --tag +here >/dev/null &&
	gitmem push -q 2>err &&
	same both main &&
	at both show main:keys/a.md >file &&
	grep -F 'unknown: kept' file && grep -F here file
EOT

test_case 'a remote that moves between its word and ours is merged as well' <<'EOT'
	notes race && gitmem push -q &&
	stranger race extra.txt 'in between' &&
	between=$(at race rev-parse main) &&
	at race update-ref refs/heads/main main~1 &&
	gitmem add -c --key mine 'of our own' >/dev/null &&
	printf '#!/bin/sh\nunset GIT_QUARANTINE_PATH\ntest -e moved || git update-ref refs/heads/main %s && : >moved\n' \
		"$between" >"$SCRATCH/race.git/hooks/pre-receive" &&
	chmod +x "$SCRATCH/race.git/hooks/pre-receive" &&
	gitmem push 2>err &&
	same race main &&
	test "$(at race show main:extra.txt)" = 'in between' &&
	at race merge-base --is-ancestor "$between" main
EOT

test_case 'a remote that refuses for ever is not asked for ever' <<'EOT'
	notes stuck && gitmem push -q && gitmem add -c more >/dev/null &&
	printf '#!/bin/sh\necho x >>rounds\nunset GIT_QUARANTINE_PATH\n: >refs/heads/main.lock\n' \
		>"$SCRATCH/stuck.git/hooks/pre-receive" &&
	chmod +x "$SCRATCH/stuck.git/hooks/pre-receive" &&
	at stuck config core.filesRefLockTimeout 0 &&
	must_fail 1 gitmem push 2>err &&
	grep -F ' ! [remote rejected] main -> main (failed to update ref)' err &&
	test "$(wc -l <"$SCRATCH/stuck.git/rounds")" -le 5 &&
	test "$(here rev-parse origin/main)" = "$(at stuck rev-parse main)"
EOT

test_case 'a branch that the remote is ahead of is brought up to it' <<'EOT'
	notes ahead && gitmem push -q && stranger ahead extra.txt more &&
	gitmem push 2>err &&
	same ahead main &&
	test "$(at ahead log --format=%s -1 main)" = 'by a stranger'
EOT

test_case 'only branches are merged' <<'EOT'
	notes only && gitmem push -q && stranger only extra.txt more &&
	must_fail 1 gitmem push origin main~0:refs/heads/main 2>err &&
	grep -F ' ! [rejected]        main~0 -> main (fetch first)' err &&
	grep -F 'hint: ' err
EOT

test_case 'the stage stays, and the branch that HEAD is not on is pushed as well' <<'EOT'
	notes stage && gitmem push -q && stranger stage extra.txt more &&
	gitmem --branch agent add -c --key agent 'of an agent' >/dev/null &&
	gitmem add --key staged 'not yet' >/dev/null &&
	gitmem --branch agent push -q &&
	gitmem push -q &&
	same stage agent && same stage main &&
	gitmem status --short >actual && grep -F keys/staged.md actual &&
	test "$(here symbolic-ref HEAD)" = refs/heads/main
EOT

# secretly KEY: commit a private memory, as somebody may by stock git.
secretly() {
	here cat-file blob main:keys/a.md | sed 's/^type:/scope: private\ntype:/' >text &&
		blob=$(here hash-object -w text) &&
		GIT_INDEX_FILE=$PWD/index && export GIT_INDEX_FILE &&
		here read-tree main &&
		here update-index --add --cacheinfo "100644,$blob,keys/$1.md" &&
		tree=$(here write-tree) && unset GIT_INDEX_FILE &&
		tip=$(here -c user.name=s -c user.email=s@x commit-tree -p main -m secret "$tree") &&
		here update-ref refs/heads/main "$tip"
}

test_case 'private memories go nowhere, whichever commit has them' <<'EOT'
	notes private && gitmem push -q &&
	secretly secret && blob=$(here rev-parse main:keys/secret.md) &&
	gitmem rm -c secret >/dev/null && gitmem add -c harmless >/dev/null &&
	before=$(at private rev-parse main) &&
	must_fail 128 gitmem push 2>err &&
	grep -F keys/secret.md err &&
	must_fail 1 grep -F 'the first' err &&
	must_fail 128 gitmem push --dry-run 2>err &&
	must_fail 128 gitmem push origin main:refs/heads/other 2>err &&
	must_fail 128 gitmem --json push 2>err &&
	test "$(json_get err .error.code)" = access &&
	test "$(at private rev-parse main)" = "$before" &&
	gitmem push -q origin main~3:refs/heads/old && same private main~3 old &&
	must_fail 1 at private cat-file -e "$blob"
EOT

test_case 'a remote for global memories gets no shared ones' <<'EOT'
	notes scope && gitmem remote set-scope origin global &&
	must_fail 128 gitmem push 2>err && grep -F keys/a.md err &&
	must_fail 128 gitmem push "$SCRATCH/./scope.git" main 2>err && grep -F keys/a.md err &&
	gitmem switch -q -c open 2>/dev/null && gitmem remote set-scope origin shared &&
	gitmem push -q && same scope open
EOT

test_case 'the pre-push hook sees what is sent, and may say no' <<'EOT'
	notes hook && mkdir -p .gitmem/hooks &&
	printf '#!/bin/sh\necho "$1 $2" >"%s/args"; cat >"%s/input"; test ! -e "%s/no"\n' \
		"$PWD" "$PWD" "$PWD" >.gitmem/hooks/pre-push &&
	chmod +x .gitmem/hooks/pre-push &&
	: >no &&
	must_fail 1 gitmem push 2>err &&
	test -z "$(at hook for-each-ref)" &&
	echo "origin $SCRATCH/hook.git" >expect && expect_equal expect args &&
	zero=0000000000000000000000000000000000000000 &&
	echo "refs/heads/main $(here rev-parse main) refs/heads/main $zero" >expect &&
	expect_equal expect input &&
	gitmem push -q --no-verify && same hook main &&
	rm no input && gitmem push -q && test ! -s input &&
	gitmem branch x && gitmem push -q origin x && gitmem push -q --delete origin x &&
	echo "(delete) $zero refs/heads/x $(here rev-parse x)" >expect &&
	expect_equal expect input
EOT

test_case '--json tells each ref' <<'EOT'
	notes json && gitmem tag v1 &&
	gitmem --json push -u origin main v1 >out 2>err && test ! -s err &&
	printf 'new\nnew\n' >expect && json_get out .status >actual && expect_equal expect actual &&
	printf 'refs/heads/main\nrefs/tags/v1\n' >expect &&
	json_get out .remote_ref >actual && expect_equal expect actual &&
	stranger json extra.txt more && gitmem add -c mine >/dev/null &&
	gitmem --json push >out 2>err &&
	test "$(json_get out .status)" = fast-forward &&
	test "$(json_get out .new)" = "$(at json rev-parse main)" &&
	test "$(json_get out .merges.0.commit)" = "$(here rev-parse main)" &&
	gitmem --json push >out 2>err && test "$(json_get out .status)" = up-to-date &&
	test "$(json_get out .merges)" = '[]'
EOT

test_case 'a URL without a name is pushed to without being remembered' <<'EOT'
	notes url && gitmem push -q "$SCRATCH/url.git" main:x && same url main x &&
	gitmem push -q "file://$SCRATCH/url.git" main:y && same url main y &&
	must_fail 129 gitmem push -u "$SCRATCH/url.git" main 2>err &&
	gitmem push -q "$SCRATCH/url.git" main &&
	stranger url extra.txt z && gitmem push -q "$SCRATCH/url.git" main && same url main &&
	must_fail 1 here rev-parse -q --verify refs/remotes/origin/main
EOT

test_case 'a remote that dies when it has taken all is no success, and found to have it' <<'EOT'
	notes dies && gitmem push -q && gitmem add -c more >/dev/null &&
	printf '#!/bin/sh\nkill -9 $PPID\n' >"$SCRATCH/dies.git/hooks/post-update" &&
	chmod +x "$SCRATCH/dies.git/hooks/post-update" &&
	must_fail 128 gitmem push 2>err && test "$(grep -c '^error: ' err)" = 1 &&
	test "$(here rev-parse origin/main)" = "$(here rev-parse main~1)" &&
	gitmem push 2>err && grep -Fx 'Everything up-to-date' err &&
	same dies main && test "$(here rev-parse origin/main)" = "$(here rev-parse main)"
EOT

test_case 'a remote that dies before it has taken anything has nothing of it' <<'EOT'
	cd dies && gitmem add -c 'still more' >/dev/null &&
	mv "$SCRATCH/dies.git/hooks/post-update" "$SCRATCH/dies.git/hooks/pre-receive" &&
	must_fail 128 gitmem push 2>err && test "$(grep -c '^error: ' err)" = 1 &&
	test "$(at dies rev-parse main)" = "$(here rev-parse main~1)" &&
	rm "$SCRATCH/dies.git/hooks/pre-receive" && gitmem push -q && same dies main
EOT

test_case 'a remote without all of its history is sent what it may lack' <<'EOT'
	notes whole && gitmem add -c two >/dev/null && gitmem edit -c a --content three >/dev/null &&
	gitmem push -q &&
	git clone -q --bare --depth 1 "file://$SCRATCH/whole.git" "$SCRATCH/shallow.git" &&
	gitmem edit -c a --content four >/dev/null &&
	gitmem push "$SCRATCH/shallow.git" main 2>err &&
	same shallow main && at shallow rev-list main >list && test "$(wc -l <list)" = 2
EOT

test_case '--dry-run says what would be merged first' <<'EOT'
	notes would && gitmem push -q && stranger would extra.txt more && gitmem add -c mine >/dev/null &&
	before=$(here rev-parse main) && there=$(at would rev-parse main) &&
	gitmem push --dry-run 2>err && grep -F ' * [to be merged]    main -> main (fetch first)' err &&
	test "$(here rev-parse main)" = "$before" && test "$(at would rev-parse main)" = "$there" &&
	must_fail 1 here cat-file -e "$there"
EOT

test_case 'a branch that is checked out there is left to its owner' <<'EOT'
	notes out && rm -rf "$SCRATCH/out.git" && git init -q -b main "$SCRATCH/out.git" &&
	must_fail 1 gitmem push 2>err &&
	grep -F '(branch is currently checked out)' err &&
	gitmem push -q origin main:memory &&
	test "$(git -C "$SCRATCH/out.git" rev-parse memory)" = "$(here rev-parse main)"
EOT

test_case 'histories that have nothing in common are not mixed unasked' <<'EOT'
	remote alien && stranger alien extra.txt alien 2>/dev/null &&
	new_repo alien && gitmem remote add origin "$SCRATCH/alien.git" &&
	gitmem add -c ours >/dev/null && before=$(here rev-parse main) &&
	must_fail 128 gitmem push 2>err &&
	grep -F 'unrelated histories' err &&
	grep -F "'gitmem pull --allow-unrelated-histories'" err &&
	test "$(here rev-parse main)" = "$before"
EOT

test_case 'what is no repository, or not there, is one line and no change' <<'EOT'
	notes wrong && gitmem remote set-url origin "$SCRATCH/nothing.git" &&
	must_fail 128 gitmem push 2>err && test "$(grep -c '^error: ' err)" = 1 &&
	mkdir "$SCRATCH/folder" && gitmem remote set-url origin "$SCRATCH/folder" &&
	must_fail 128 gitmem push 2>err && test "$(grep -c '^error: ' err)" = 1 &&
	must_fail 1 here rev-parse -q --verify origin/main
EOT

test_case 'a deep history with merges arrives whole' <<'EOT'
	notes deep &&
	gitmem branch other &&
	for i in 1 2 3 4 5 6; do
		gitmem add -c --key "m$i" "main $i" >/dev/null &&
			gitmem --branch other add -c --key "o$i" "other $i" >/dev/null || exit 1
	done &&
	gitmem merge -q other && gitmem push -q --all && same deep main && same deep other &&
	test "$(at deep rev-list --count main)" = "$(here rev-list --count main)"
EOT

done_testing
