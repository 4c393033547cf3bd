#!/bin/sh
# The hooks of a repository: pre-commit, commit-msg, post-commit, post-merge.
. "$(dirname "$0")/lib.sh"

# hook NAME: the script on standard input becomes the hook of the repository here.
hook() {
	mkdir -p .gitmem/hooks &&
		{ echo '#!/bin/sh' && cat; } >".gitmem/hooks/$1" &&
		chmod +x ".gitmem/hooks/$1"
}

# The message of the newest commit.
message() {
	gitmem log -n 1 --json >log.json && json_get log.json .message
}

# commits N: so many there are.
commits() {
	gitmem log --oneline >count && test "$(wc -l <count)" -eq "$1"
}

test_case 'pre-commit sees the stage, and may refuse it' <<'EOF'
	new_repo guard && hook pre-commit <<'END' &&
echo "asked $# $(pwd)"
test -t 0 && exit 9
if gitmem diff | grep -q '+.*password'; then
	echo 'no passwords here' >&2
	exit 1
fi
END
	gitmem add 'the password is x' >/dev/null &&
	must_fail 1 gitmem commit -m no >out 2>err &&
	test ! -s out && grep -q 'no passwords here' err &&
	grep -qx "asked 0 $SCRATCH/guard" err &&
	grep -q "the hook 'pre-commit' says no (it ended with 1)" err &&
	commits 0 &&
	gitmem status | grep -q 'Staged for' &&
	silent gitmem -q commit --no-verify -m yes &&
	gitmem add 'the weather' >/dev/null && gitmem commit -n -m short >/dev/null &&
	gitmem add 'the wind' >/dev/null && gitmem commit -m fine >out 2>err &&
	grep -q 'fine' out && commits 3
EOF

test_case 'what -c commits is shown to pre-commit alone, whatever else is staged' <<'EOF'
	cd guard && gitmem add 'another password' >/dev/null &&
	must_fail 1 gitmem add -c 'a password, too' >out 2>err && test ! -s out &&
	gitmem add -c --key fine 'rain' >/dev/null 2>&1 &&
	must_fail 1 gitmem edit -c --content 'password' fine 2>/dev/null &&
	gitmem show fine | grep -q rain &&
	gitmem edit -c --no-verify --content 'password' fine &&
	gitmem edit -c --content 'hail' fine 2>/dev/null && gitmem rm -c fine 2>err &&
	gitmem diff >staged && grep -q 'another password' staged &&
	! grep -q 'too' staged && commits 7
EOF

test_case 'what was staged of a memory is shown along with what is committed at once' <<'EOF'
	new_repo along && gitmem add --key a 'one' >/dev/null && gitmem add --key b 'two' >/dev/null &&
	hook pre-commit <<'END' &&
gitmem diff >seen
END
	gitmem edit -c --tag x a && grep -q one seen && ! grep -q two seen &&
	gitmem diff >out && grep -q two out && ! grep -q one out &&
	gitmem commit -m rest >/dev/null && grep -q two seen && ! grep -q one seen
EOF

test_case 'what pre-commit stages goes along with the stage' <<'EOF'
	new_repo stages && hook pre-commit <<'END' &&
gitmem show log >/dev/null 2>&1 || gitmem add --key log 'kept by the hook'
END
	gitmem add 'first' >/dev/null && gitmem commit >out 2>/dev/null &&
	grep -q '2 added' out && message | grep -qx 'add 2 semantic memories'
EOF

test_case 'a stage that changes each time it is looked at is not committed' <<'EOF'
	new_repo restless && hook pre-commit <<'END' &&
gitmem add 'again'
END
	gitmem add 'first' >/dev/null && must_fail 128 gitmem commit >out 2>err &&
	grep -q 'changed each time' err && commits 0
EOF

test_case 'others write while a hook looks, and nothing of theirs is lost' <<'EOF'
	new_repo others && hook pre-commit <<'END' &&
rm .gitmem/hooks/pre-commit
GITMEM_STAGE_FILE= gitmem add --key staged 'of another' &&
gitmem add -c --key committed 'of another'
END
	gitmem add -c --key mine 'mine' >/dev/null 2>&1 &&
	commits 2 &&
	gitmem show mine >/dev/null && gitmem show committed >/dev/null &&
	gitmem diff --name-only >staged && grep -q staged staged &&
	! grep -q mine staged
EOF

test_case 'what is staged of the very memory meanwhile is not run over' <<'EOF'
	new_repo same && gitmem add -c --key x 'one' >/dev/null && hook pre-commit <<'END' &&
GITMEM_STAGE_FILE= gitmem edit --content 'staged by another' x
END
	must_fail 128 gitmem edit -c --content 'two' x 2>err && grep -q 'changed while' err &&
	gitmem show x | grep -q 'staged by another' && gitmem show HEAD | grep -q one
EOF

test_case 'commit-msg gets a file with the message, and may change or refuse it' <<'EOF'
	new_repo msg && hook commit-msg <<'END' &&
test $# -eq 1 && test -f "$1" || exit 9
grep -q WIP "$1" && exit 1
printf 'Reviewed-by: nobody  \n\n\n' >>"$1"
END
	must_fail 1 gitmem add -c -m 'WIP' 'one' 2>err && grep -q commit-msg err &&
	gitmem add -c 'one' >/dev/null &&
	message >out && sed -n 1p out | grep -qx 'add 1 semantic memory' &&
	sed -n 2p out | grep -qx 'Reviewed-by: nobody' &&
	gitmem add -c --no-verify -m 'WIP' 'two' >/dev/null &&
	message | grep -qx WIP &&
	hook commit-msg <<'END' &&
: >"$1"
END
	gitmem add 'three' >/dev/null && must_fail 1 gitmem commit -m x 2>err &&
	grep -q 'the message is empty' err && gitmem commit -n -m x >/dev/null &&
	hook commit-msg <<'END' &&
:
END
	gitmem add -c -m 'as it is' four >/dev/null &&
	message | grep -qx 'as it is' &&
	! ls .gitmem | grep '^HOOK_'
EOF

test_case 'post-commit runs after every commit, without the lock, and cannot undo it' <<'EOF'
	new_repo post && hook post-commit <<'END' &&
echo "$# $(gitmem log -n 1 --oneline | cut -d' ' -f2-)" >>seen
exit 1
END
	gitmem add -c -m one one >/dev/null 2>err &&
	grep -q "warning: the hook 'post-commit' says no" err &&
	gitmem add two >/dev/null && test "$(wc -l <seen)" -eq 1 &&
	gitmem commit -m two >/dev/null 2>&1 &&
	gitmem revert HEAD >/dev/null 2>&1 &&
	sed -n 1p seen | grep -qx '0 one' && sed -n 2p seen | grep -qx '0 two' &&
	sed -n 3p seen | grep -q '^0 Revert'
EOF

test_case 'a merge asks commit-msg, and tells post-merge' <<'EOF'
	new_repo merge && gitmem add -c --key a one >/dev/null && gitmem branch side &&
	hook post-merge <<'END' &&
echo "merged $# $1" >>seen
END
	hook commit-msg <<'END' &&
grep -q refused "$1" && exit 1
echo 'seen by the hook' >>"$1"
END
	gitmem --branch side add -c --no-verify --key b two >/dev/null &&
	gitmem merge side >/dev/null && grep -qx 'merged 1 0' seen &&
	gitmem merge side >/dev/null && test "$(wc -l <seen)" -eq 1 &&
	gitmem --branch side add -c --no-verify --key c three >/dev/null &&
	gitmem add -c --no-verify --key d four >/dev/null &&
	must_fail 1 gitmem merge -m refused side >out 2>err && grep -q commit-msg err &&
	gitmem merge --dry-run -m refused side >/dev/null &&
	gitmem merge side >/dev/null && message | grep -qx 'seen by the hook' &&
	test "$(wc -l <seen)" -eq 2
EOF

test_case 'so does a merge that waited' <<'EOF'
	cd merge && gitmem --branch side edit -c --no-verify --content 'theirs' a >/dev/null &&
	gitmem edit -c --no-verify --content 'ours' a &&
	must_fail 1 gitmem merge -s manual -m 'refused' side >/dev/null 2>&1 &&
	test "$(wc -l <seen)" -eq 2 &&
	gitmem resolve --take ours a >/dev/null 2>&1 &&
	must_fail 1 gitmem merge --continue >/dev/null 2>err && grep -q commit-msg err &&
	gitmem merge --continue --no-verify >/dev/null 2>err &&
	message | grep -qx refused && test "$(wc -l <seen)" -eq 3
EOF

test_case 'a call for another branch is one for the hook as well' <<'EOF'
	new_repo branch && gitmem add -c main >/dev/null && hook pre-commit <<'END' &&
gitmem status --json >seen
env | grep GIT >env
END
	GIT_DIR=/nowhere GITMEM_TOKEN=secret gitmem --branch dev add -c dev >/dev/null &&
	json_get seen .branch | grep -qx dev && ! grep -q 'GIT_DIR\|TOKEN' env &&
	grep -qx "GITMEM_DIR=$SCRATCH/branch/.gitmem" env
EOF

test_case 'core.hooksPath names another folder' <<'EOF'
	new_repo elsewhere && mkdir mine && printf '#!/bin/sh\nexit 1\n' >mine/pre-commit &&
	chmod +x mine/pre-commit && gitmem config core.hooksPath mine && mkdir -p deep &&
	(cd deep && must_fail 1 gitmem add -c x 2>err) &&
	gitmem config core.hooksPath "$PWD/mine" && must_fail 1 gitmem add -c x 2>err &&
	mkdir -p "$HOME/mine" && gitmem config core.hooksPath '~/mine' && gitmem add -c x >/dev/null
EOF

test_case 'a hook that is not executable is told, one without a first line is a shell script' <<'EOF'
	new_repo odd && mkdir -p .gitmem/hooks && echo 'exit 1' >.gitmem/hooks/pre-commit &&
	chmod -x .gitmem/hooks/pre-commit && gitmem add -c x >/dev/null 2>err &&
	grep -qx "hint: the hook 'pre-commit' was ignored because it is not set as executable" err &&
	gitmem -q add -c y 2>err >/dev/null && test ! -s err &&
	chmod +x .gitmem/hooks/pre-commit && must_fail 1 gitmem add -c z 2>err &&
	echo '#!/nowhere/at/all' >.gitmem/hooks/pre-commit && must_fail 1 gitmem add -c z 2>err &&
	grep -q "cannot be run" err && commits 2 &&
	gitmem add -c --json --no-verify z >/dev/null
EOF

test_case 'a signal ends the hook and the call, and nothing is committed' <<'EOF'
	new_repo signal && hook pre-commit <<'END' &&
echo $$ >pid
exec sleep 60
END
	must_fail 143 sh -c 'gitmem add -c x & call=$!
		while ! test -s pid; do sleep 0.1; done; kill -TERM "$call"; wait "$call"' &&
	! kill -0 "$(cat pid)" 2>/dev/null && rm .gitmem/hooks/pre-commit &&
	commits 0 && gitmem add -c y >/dev/null &&
	! ls .gitmem | grep '^HOOK_'
EOF

test_case 'gc removes what a call that was killed left for its hook, when it is old' <<'EOF'
	new_repo killed && hook pre-commit <<'END' &&
kill -9 "$PPID"
END
	must_fail 137 sh -c 'gitmem add -c x; exit $?' >out 2>err && ls .gitmem >files &&
	test "$(grep -c ^HOOK_ files)" -eq 1 && rm .gitmem/hooks/pre-commit && gitmem add -c y >/dev/null &&
	gitmem fsck && gitmem -q gc && ls .gitmem | grep -q ^HOOK_ && touch -d '2 days ago' .gitmem/HOOK_* &&
	gitmem -q gc && ! ls .gitmem | grep ^HOOK_
EOF

test_case 'hooks of a repository that git checked out are not run' <<'EOF'
	new_repo sent && hook post-commit <<'END' &&
echo >>"$GITMEM_DIR/../ran"
END
	cp .gitmem/hooks/post-commit .gitmem/hooks/pre-commit && real_git init -q . &&
	gitmem add -c fine >/dev/null && test -e ran && rm ran && real_git add -f .gitmem &&
	must_fail 128 gitmem add -c x >/dev/null 2>err && grep -q 'is not run' err && test ! -e ran &&
	gitmem add -c --no-verify x >/dev/null 2>err && grep -q '^warning: .*is not run' err &&
	test ! -e ran && real_git rm -rqf --cached .gitmem && gitmem add -c y >/dev/null && test -e ran
EOF

# shared NAME...: repositories that share a remote.
shared() {
	real_git init -q --bare -b main "$SCRATCH/remote.git" || return
	for name; do
		(new_repo "$name" && gitmem remote add origin "$SCRATCH/remote.git") || return
	done
}

test_case 'pre-push gets the remote and its refs, and may refuse' <<'EOF'
	shared one two && cd one && gitmem add -c --key a one >/dev/null && hook pre-push <<'END' &&
echo "$# $1 $2" && cat >seen
test ! -e refuse
END
	: >refuse && must_fail 1 gitmem push -u >out 2>err && cat err &&
	grep -q "the hook 'pre-push' says no" err &&
	grep -qx "2 origin $SCRATCH/remote.git" err && test ! -s out &&
	gitmem log -n 1 --json >log && id=$(json_get log .commit) &&
	zero=0000000000000000000000000000000000000000 &&
	echo "refs/heads/main $id refs/heads/main $zero" >expect && expect_equal expect seen &&
	test -z "$(real_git -C ../remote.git for-each-ref)" && rm seen &&
	must_fail 1 gitmem push --dry-run 2>err && rm seen && gitmem push --no-verify -u 2>err &&
	test ! -e seen && gitmem add -c --key b two >/dev/null && rm refuse && gitmem push 2>err &&
	cut -d' ' -f4 seen | grep -qx "$id"
EOF

test_case 'a pull asks commit-msg and tells post-merge' <<'EOF'
	cd two && hook post-merge <<'END' &&
echo "merged $# $1" >>seen && gitmem add -c 'by the hook' >/dev/null
END
	hook commit-msg <<'END' &&
test ! -e refuse && echo 'seen by the hook' >>"$1"
END
	gitmem pull >out 2>err && grep -qx 'merged 1 0' seen && gitmem show a >/dev/null &&
	gitmem pull >out 2>err && test "$(wc -l <seen)" -eq 1 && cd ../one &&
	gitmem add -c --key c three >/dev/null && gitmem push 2>err && cd ../two && : >refuse &&
	must_fail 1 gitmem pull >out 2>err && grep -q commit-msg err && must_fail 128 gitmem show c 2>err &&
	rm refuse && gitmem pull >out 2>err && gitmem show c >/dev/null && test "$(wc -l <seen)" -eq 2 &&
	gitmem log --merges --json >log && json_get log .message | grep -qx 'seen by the hook'
EOF

test_case 'so does a push that has to merge first' <<'EOF'
	cd one && gitmem add -c --key d four >/dev/null && gitmem push 2>err && cd ../two &&
	gitmem push >out 2>err && gitmem show d >/dev/null && test "$(wc -l <seen)" -eq 3
EOF

done_testing
