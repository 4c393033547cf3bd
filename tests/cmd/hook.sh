#!/bin/sh
. "$(dirname "$0")/lib.sh"

# project NAME: a project of stock git with a memory in it, which becomes the current folder.
project() {
	real_git init -q -b main "$1" && cd "$1" && gitmem init >/dev/null
}

# A gitmem for the hooks that writes down how it was called.
mkdir "$SCRATCH/bin" && cat >"$SCRATCH/bin/gitmem" <<'END'
#!/bin/sh
echo "$GITMEM_DIR: $* $(cat)" >>"$SCRATCH/calls"
exit "$(cat "$SCRATCH/code" 2>/dev/null || echo 0)"
END
chmod +x "$SCRATCH/bin/gitmem"

test_case 'install puts lines into the hooks of the project, once' <<'EOF'
	project plain && mkdir -p sub && (cd sub && gitmem hook install >out 2>err && test ! -s out &&
	grep -qx "installed in $SCRATCH/plain/.git/hooks/post-merge" err &&
	grep -qx "installed in $SCRATCH/plain/.git/hooks/pre-push" err) &&
	test -x .git/hooks/pre-push && sh -n .git/hooks/pre-push && cp .git/hooks/pre-push before &&
	silent gitmem hook install && cmp before .git/hooks/pre-push
EOF

test_case 'they call gitmem sync for this memory when stock git pulls and pushes' <<'EOF'
	cd plain && rm -rf before sub && PATH=$SCRATCH/bin:$PATH && export SCRATCH &&
	real_git init -q --bare -b main ../plain.git && real_git config user.name me &&
	real_git config user.email me@example.com && echo x >x && real_git add x &&
	real_git commit -qm x && real_git push -q ../plain.git main &&
	echo "$SCRATCH/plain/.gitmem: -q sync " >expect && expect_equal expect ../calls &&
	real_git clone -q ../plain.git ../other && cd ../other && echo y >y && real_git add y &&
	real_git -c user.name=me -c user.email=m@e commit -qm y && real_git push -q origin HEAD:main &&
	cd ../plain && rm ../calls && real_git pull -q ../plain.git main && expect_equal expect ../calls
EOF

test_case 'a memory that cannot be synchronised stops nobody' <<'EOF'
	cd plain && PATH=$SCRATCH/bin:$PATH && export SCRATCH && echo 128 >../code && echo z >z &&
	real_git add z && real_git commit -qm z && real_git push ../plain.git main >out 2>err &&
	test ! -s out && grep -qx 'gitmem: memory was not synchronised' err && rm ../code &&
	test "$(real_git -C ../plain.git rev-parse main)" = "$(real_git rev-parse main)"
EOF

test_case 'nothing of it is seen by git status' <<'EOF'
	cd plain && rm -f out err expect && real_git status --porcelain >../status && test ! -s ../status
EOF

test_case 'list tells how they stand' <<'EOF'
	cd plain && gitmem hook list >out && grep -q '^project *pre-push *installed' out &&
	grep -q '^repository *pre-commit *absent' out && gitmem hook list --json >out &&
	json_get out .state >states && test "$(grep -c absent states)" -eq 5 &&
	test "$(grep -c installed states)" -eq 2 && mkdir -p .gitmem/hooks &&
	echo x >.gitmem/hooks/pre-push && gitmem hook list | grep -q 'not executable'
EOF

test_case '--uninstall takes them out again' <<'EOF'
	cd plain && gitmem hook install --uninstall 2>err && test ! -e .git/hooks/pre-push &&
	test ! -e .git/hooks/post-merge && grep -q "^removed from" err &&
	silent gitmem hook install --uninstall
EOF

test_case 'a shell script that is there keeps all its lines, and its mode' <<'EOF'
	project script && printf '#!/usr/bin/env bash\nset -eu\nexit 3' >.git/hooks/pre-push &&
	chmod 0750 .git/hooks/pre-push && cp -p .git/hooks/pre-push before &&
	gitmem hook install 2>err && test "$(stat -c %a .git/hooks/pre-push)" = 750 &&
	sed '/^# >>> gitmem/,/^# <<< gitmem/d' .git/hooks/pre-push >without && cmp before without &&
	sed -n 2p .git/hooks/pre-push | grep -q 'gitmem' &&
	PATH=$SCRATCH/bin:$PATH && export SCRATCH && must_fail 3 .git/hooks/pre-push &&
	gitmem=$(command -v gitmem) && test "$gitmem" = "$SCRATCH/bin/gitmem"
EOF

test_case 'and is what it was when they are taken out' <<'EOF'
	cd script && gitmem hook install --uninstall 2>err && cmp before .git/hooks/pre-push &&
	test "$(stat -c %a .git/hooks/pre-push)" = 750
EOF

test_case 'what is no shell script, is switched off or a link is left alone' <<'EOF'
	project strange && printf '#!/usr/bin/python3\n' >.git/hooks/pre-push &&
	chmod +x .git/hooks/pre-push && must_fail 128 gitmem hook install 2>err &&
	grep -q 'is there, and is no shell script' err && grep -q '^hint: .*gitmem -q sync' err &&
	test ! -e .git/hooks/post-merge &&
	printf '#!/bin/sh\n' >.git/hooks/pre-push && chmod -x .git/hooks/pre-push &&
	must_fail 128 gitmem hook install 2>err && grep -q 'switched off' err &&
	rm .git/hooks/pre-push && printf '#!/bin/sh\n' >tool && chmod +x tool &&
	ln -s ../../tool .git/hooks/pre-push && must_fail 128 gitmem hook install 2>err &&
	grep -q 'is a link' err && test "$(cat tool)" = '#!/bin/sh' &&
	rm .git/hooks/pre-push && gitmem hook install 2>/dev/null &&
	sed -i '/^# <<< gitmem/d' .git/hooks/pre-push && must_fail 128 gitmem hook install 2>err &&
	grep -q 'only a part' err && must_fail 128 gitmem hook install --uninstall 2>err
EOF

test_case 'hooks that are a part of the project are not written to' <<'EOF'
	project tracked && mkdir .husky && real_git config core.hooksPath .husky &&
	must_fail 128 gitmem hook install 2>err && grep -q 'part of the project' err &&
	test -z "$(ls .husky)"
EOF

test_case 'nor those of all projects; one of its own elsewhere is fine' <<'EOF'
	project shared && mkdir ../mine && real_git config --global core.hooksPath "$SCRATCH/mine" &&
	must_fail 128 gitmem hook install 2>err && grep -q 'of all projects' err &&
	test -z "$(ls ../mine)" && real_git config --global --unset core.hooksPath &&
	real_git config core.hooksPath "$SCRATCH/mine" && gitmem hook install 2>err &&
	test -x ../mine/pre-push && real_git config core.hooksPath .git/own &&
	gitmem hook install 2>err && test -x .git/own/post-merge
EOF

test_case 'a worktree shares the hooks' <<'EOF'
	cd plain && real_git worktree add -q ../tree -b tree && cd ../tree && gitmem init >/dev/null &&
	gitmem hook install 2>err && grep -qx "installed in $SCRATCH/plain/.git/hooks/pre-push" err
EOF

test_case 'a submodule has its own' <<'EOF'
	project outer && real_git -c protocol.file.allow=always submodule add -q ../plain.git inner \
		2>/dev/null && cd inner && gitmem init >/dev/null && gitmem hook install 2>err &&
	test -x ../.git/modules/inner/hooks/pre-push && test ! -e ../.git/hooks/pre-push
EOF

test_case 'without a project there is nothing to install into' <<'EOF'
	new_repo alone && must_fail 128 gitmem hook install 2>err && grep -q 'no project' err &&
	grep -q '^hint: .*hooks' err && gitmem hook list >out && ! grep -q '^project' out &&
	must_fail 129 gitmem hook 2>err && must_fail 129 gitmem hook remove 2>err &&
	must_fail 129 gitmem hook list --uninstall 2>err
EOF

done_testing
