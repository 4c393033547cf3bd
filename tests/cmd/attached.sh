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
	! gitmem config remote.origin.url && test "$(gitmem config remote.origin.attached)" = true
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

done_testing
