#!/bin/sh
# Memory at the remote of the project that it belongs to.
. "$(dirname "$0")/lib.sh"


real_git config --global user.name me && real_git config --global user.email me@example.com
real_git config --global init.defaultBranch main

# project NAME: a project at remotes/NAME.git, with a clone of it that becomes the current folder.
project() {
	real_git init -q --bare "$SCRATCH/$1.git" && real_git init -q "$SCRATCH/$1" &&
		cd "$SCRATCH/$1" && real_git remote add origin "../$1.git" && echo x >x &&
		real_git add x && real_git commit -qm x && real_git tag project-tag &&
		real_git push -q --tags origin main
}

# clean_project: nothing of memory can be seen in the project here.
clean_project() {
	real_git status --porcelain >"$SCRATCH/status" && test ! -s "$SCRATCH/status" &&
		real_git branch -a >"$SCRATCH/branches" && ! grep -i gitmem "$SCRATCH/branches" &&
		real_git tag >"$SCRATCH/tags" && test "$(cat "$SCRATCH/tags")" = project-tag
}

# at_remote NAME: the refs of memory at the remote of a project.
at_remote() {
	real_git --git-dir="$SCRATCH/$1.git" for-each-ref --format='%(refname)' refs/gitmem
}

# The id of the commit HEAD is on.
tip() {
	gitmem log -n 1 --json >"$SCRATCH/tip" && json_get "$SCRATCH/tip" .commit
}

# put_memory NAME: memory at the remote of the project, put there by stock git.
put_memory() {
	mkdir "$SCRATCH/by-git" && cd "$SCRATCH/by-git" && gitmem init --object-store git >/dev/null &&
		gitmem add -c --key k 'hello' >/dev/null && gitmem tag v1 &&
		real_git --git-dir=.gitmem push -q "$SCRATCH/$1.git" 'refs/heads/*:refs/gitmem/heads/*' \
			'refs/tags/*:refs/gitmem/tags/*'
}

test_case 'clone --attach brings the memory of a project into its clone' <<'EOF'
	project given && (put_memory given) && real_git clone -q ../given.git ../taken &&
	cd ../taken && mkdir sub && (cd sub && gitmem clone --attach 2>err && rm err) && rmdir sub &&
	gitmem show k | grep -q hello && test "$(gitmem tag)" = v1 && clean_project &&
	gitmem status | grep -q "Upstream 'origin/main'" &&
	! gitmem config remote.origin.url && test "$(gitmem config remote.origin.attached)" = true &&
	gitmem config remote.origin.attached True && gitmem fetch &&
	gitmem config remote.origin.attached true
EOF

test_case 'what is the project'\''s is said by the project alone' <<'EOF'
	project its && gitmem init >/dev/null && gitmem remote add origin --attach &&
	must_fail 128 gitmem remote set-url origin ../elsewhere 2>err && grep -q 'is attached' err &&
	! gitmem config remote.origin.url && rm err &&
	gitmem add -c --key k 'hello' >/dev/null && gitmem push 2>../err && ! grep hint: ../err
EOF

test_case 'where there is memory already it is left alone' <<'EOF'
	cd taken && must_fail 128 gitmem clone --attach 2>err && grep -q 'already' err &&
	grep -q '^hint: .*add --attach' err && rm err && gitmem show k | grep -q hello
EOF

test_case 'a project whose remote has no memory yet gets an empty one' <<'EOF'
	project none && gitmem clone --attach 2>err && grep -q 'no memory' err && rm err &&
	gitmem add -c first >/dev/null && clean_project
EOF

test_case 'without a project, or a remote of it, nothing is made' <<'EOF'
	mkdir nowhere && cd nowhere && must_fail 128 gitmem clone --attach 2>err &&
	grep -q 'no project' err && rm err && test -z "$(ls -A)" && real_git init -q . &&
	must_fail 128 gitmem clone --attach 2>err && grep -q "no remote 'origin'" err && rm err &&
	must_fail 128 gitmem clone --attach -o other 2>err && grep -q "no remote 'other'" err &&
	test ! -e .gitmem && must_fail 129 gitmem clone --attach --bare 2>err &&
	must_fail 129 gitmem clone --attach ../given.git 2>err
EOF

test_case 'remote add --attach and push bring memory to the remote of the project' <<'EOF'
	project there && gitmem init >/dev/null && silent gitmem remote add origin --attach &&
	! gitmem config remote.origin.url && gitmem add -c --key k one >/dev/null &&
	gitmem --branch dev add -c --key d two >/dev/null && gitmem tag v1 &&
	gitmem push -u 2>err && grep -q 'main' err && gitmem push --all 2>err && gitmem push --tags 2>err &&
	rm err && at_remote there >refs && cat >expect <<-'END' && expect_equal expect refs &&
		refs/gitmem/heads/dev
		refs/gitmem/heads/main
		refs/gitmem/tags/v1
	END
	rm refs expect && clean_project && real_git -C ../there.git fsck --strict &&
	test "$(real_git -C ../there.git rev-parse refs/gitmem/heads/main)" = "$(tip)"
EOF

test_case 'a clone of the project has nothing of it until it asks' <<'EOF'
	real_git clone -q there.git back && cd back && clean_project &&
	real_git log --all --format=%s >../log && ! grep -q memory ../log &&
	gitmem clone --attach 2>err && rm err && gitmem show k | grep -q one &&
	gitmem show origin/dev >/dev/null && test "$(gitmem tag)" = v1 && clean_project
EOF

test_case 'both write, and each has all of it after a push and a pull' <<'EOF'
	cd back && gitmem add -c --key b three >/dev/null && gitmem push 2>err && rm err &&
	cd ../there && gitmem add -c --key t four >/dev/null && gitmem push >out 2>err && rm out err &&
	gitmem show b >/dev/null && cd ../back && gitmem pull >out 2>err && rm out err &&
	gitmem show t >/dev/null &&
	test "$(real_git -C ../there.git rev-parse refs/gitmem/heads/main)" = "$(tip)" && clean_project
EOF

test_case 'a fetch brings neither branches nor tags of the project' <<'EOF'
	cd there && echo y >y && real_git add y && real_git commit -qm y && real_git tag other-tag &&
	real_git push -q --tags origin main && gitmem fetch 2>err && gitmem fetch --tags 2>err && rm err &&
	test "$(gitmem tag)" = v1 && gitmem log --all --oneline >../out && ! grep -qw y ../out &&
	real_git tag -d other-tag >/dev/null && real_git push -q origin :refs/tags/other-tag
EOF

test_case 'what a push --mirror removed is back after the next push, and that is told' <<'EOF'
	cd there && real_git clone -q ../there.git ../mirror && at_remote there >../before &&
	real_git -C ../mirror push -q --mirror && test -z "$(at_remote there)" &&
	gitmem push >out 2>err && cat err && grep -qi 'restored' err && rm out err &&
	at_remote there >../after && grep -qx refs/gitmem/heads/main ../after &&
	grep -qx refs/gitmem/heads/dev ../after
EOF

test_case 'so it is when what was removed was ahead of us' <<'EOF'
	cd back && gitmem pull >../out 2>../err && gitmem add -c --key late five >/dev/null &&
	gitmem push 2>../err && cd ../there && gitmem fetch 2>../err &&
	gitmem add -c --key mine six >/dev/null && real_git -C ../mirror push -q --mirror &&
	gitmem push >../out 2>../err && gitmem show late >/dev/null &&
	cd ../back && gitmem pull >../out 2>../err && gitmem show mine >/dev/null
EOF

test_case 'the URL is that of the project, also when that has moved' <<'EOF'
	cd back && mv ../there.git ../moved.git && must_fail 128 gitmem fetch 2>../err &&
	real_git remote set-url origin "$SCRATCH/moved.git" && gitmem fetch 2>../err &&
	real_git remote set-url origin moved:it && real_git config "url.$SCRATCH/.insteadOf" moved: &&
	mv ../moved.git ../it && gitmem fetch 2>../err && mv ../it ../there.git &&
	real_git config --unset "url.$SCRATCH/.insteadOf" && real_git remote set-url origin ../there.git
EOF

test_case 'a worktree of the project uses the same remote' <<'EOF'
	cd there && real_git worktree add -q ../worktree 2>/dev/null && cd ../worktree &&
	gitmem clone --attach 2>../err && gitmem show k >/dev/null &&
	gitmem add -c --key w seven >/dev/null && gitmem push 2>../err && test -z "$(real_git status -s)"
EOF

test_case 'a project without that remote cannot be attached to' <<'EOF'
	new_repo alone && must_fail 128 gitmem remote add origin --attach 2>err &&
	grep -q 'no project' err && real_git init -q . &&
	must_fail 128 gitmem remote add origin --attach 2>err && grep -q "no remote 'origin'" err &&
	test -z "$(gitmem remote)"
EOF

test_case 'a public host is warned of, once' <<'EOF'
	project public && gitmem init >/dev/null && gitmem add -c x >/dev/null &&
	real_git remote set-url origin git@github.com:me/it.git &&
	gitmem remote add origin --attach 2>../err && grep -q '^warning: .*github.com' ../err &&
	grep -q 'set-scope' ../err && GITMEM_SSH_COMMAND=false && export GITMEM_SSH_COMMAND &&
	must_fail 128 gitmem push 2>../err && ! grep -q warning: ../err &&
	real_git remote set-url origin ssh://git@gitlab.com/me/it.git &&
	must_fail 128 gitmem push --dry-run 2>../err && grep -q '^warning: .*gitlab.com' ../err &&
	must_fail 128 gitmem push 2>../err && grep -q '^warning: .*gitlab.com' ../err &&
	must_fail 128 gitmem push 2>../err && ! grep -q warning: ../err
EOF

test_case 'what exceeds the scope of the remote stays here' <<'EOF'
	project secret && gitmem init >/dev/null && gitmem remote add origin --scope global --attach &&
	gitmem add -c 'not for all' >/dev/null && must_fail 128 gitmem push 2>../err &&
	grep -q shared ../err && test -z "$(at_remote secret)" && gitmem remote set-scope origin shared &&
	gitmem push 2>../err && at_remote secret | grep -qx refs/gitmem/heads/main
EOF

test_case 'with hook install memory goes along with git push and comes along with git pull' <<'EOF'
	project carried && gitmem init >/dev/null && gitmem remote add origin --attach &&
	gitmem hook install 2>../err && gitmem add -c --key k one >/dev/null && echo z >z &&
	real_git add z && real_git commit -qm z && real_git push -q origin main 2>../err &&
	at_remote carried | grep -qx refs/gitmem/heads/main &&
	real_git clone -q ../carried.git ../carrier && cd ../carrier && gitmem clone --attach 2>../err &&
	gitmem hook install 2>../err && gitmem add -c --key l two >/dev/null && echo q >q &&
	real_git add q && real_git commit -qm q && real_git push -q origin main 2>../err &&
	cd ../carried && real_git pull -q origin main 2>../err >../out && gitmem show l | grep -q two &&
	clean_project
EOF

test_case 'a command for ssh that git checked out is not run' <<'EOF'
	project sent && gitmem init >/dev/null && gitmem add -c x >/dev/null &&
	gitmem config core.sshCommand "touch $SCRATCH/ran; false" &&
	must_fail 128 gitmem ls-remote ssh://nowhere.invalid/x 2>../err && test -e ../ran && rm ../ran &&
	real_git add -f .gitmem && must_fail 128 gitmem ls-remote ssh://nowhere.invalid/x 2>../err &&
	grep -q 'is not run' ../err && test ! -e ../ran
EOF

done_testing
