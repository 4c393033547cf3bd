#!/bin/sh
# Each allocation, write, flush and rename fails once: an error, and a sound repository.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_sweep.sh"

test_case 'the repositories to begin with' <<'EOF'
	mkdir empty &&
	new_repo fresh && cd .. &&
	new_repo filled &&
	gitmem add -c --key user/editor --tag a 'Maya edits in Helix' >out &&
	gitmem add -c --session s --role user 'Which shell?' >out &&
	gitmem branch other &&
	gitmem add --key staged 'a staged memory' >out &&
	gitmem edit user/editor --tag b &&
	cat >in.jsonl <<END &&
{"key":"user/editor","content":"Maya edits in Vim"}
{"content":"a new one","tags":["x","y"]}
not json
{"session":"s","seq":2,"role":"assistant","content":"fish"}
END
	cp -R ../filled ../stale && cd ../stale &&
	mv .gitmem/stage/main stage.kept &&
	gitmem edit -c user/editor --tag c --content 'Maya edits in Emacs' &&
	gitmem add -c --key staged 'another writer came first' >out &&
	mv stage.kept .gitmem/stage/main &&
	cp -R ../filled ../imported && cd ../imported &&
	gitmem import jsonl in.jsonl >out 2>err &&
	gitmem edit -c user/editor --content 'Maya edits in ed' &&
	sed -i 's/Vim/Neovim/' in.jsonl
EOF

# wait.sh ends well where the merge waits, which is what is wanted.
test_case 'repositories with something to merge' <<'EOF'
	cp -R filled parted && cd parted &&
	gitmem edit -c user/editor --content 'Maya edits in Vim' --tag v &&
	gitmem --branch other edit -c user/editor --content 'Maya edits in Emacs' --tag e &&
	gitmem --branch other add -c 'only there' >out &&
	cat >wait.sh <<END &&
gitmem merge --strategy manual other
code=\$?
test "\$code" -eq 1 || exit "\$code"
END
	git --git-dir=.gitmem show other~2:keys/user/editor.md >O &&
	sed 's/Helix/Vim/' O >A && sed 's/  - a/  - b/' O >B &&
	cp -R ../parted ../waiting && cd ../waiting && sh wait.sh >out 2>err &&
	cp -R ../waiting ../settled && cd ../settled &&
	gitmem -q resolve user/editor --take theirs
EOF

test_case 'a repository in the middle of a bisection' <<'EOF'
	cp -R filled bisecting && cd bisecting &&
	for n in 1 2 3 4; do gitmem add -c "number $n" >out || exit 1; done &&
	gitmem bisect start HEAD HEAD~5 >out
EOF

# records FROM N: as many memories, as JSON lines.
records() {
	"$PYTHON" -c '
import json, sys
for i in range(int(sys.argv[1]), int(sys.argv[1]) + int(sys.argv[2])):
    print(json.dumps({"key": "k/%d" % i, "content": "memory %d of many, say %d" % (i, i * 7919)}))
' "$1" "$2"
}

# Two imports of 700 leave the active segment such that the third one seals it and trains a
# dictionary; 1,300 memories become a segment of their own, or a pack.
test_case 'larger repositories to begin with' <<'EOF'
	cp -R filled large && cd large &&
	records 0 700 >in.jsonl && gitmem import jsonl in.jsonl >out &&
	records 1000 700 >in.jsonl && gitmem import jsonl in.jsonl >out &&
	records 2000 700 >in.jsonl &&
	cp -R ../filled ../bulk && records 0 1300 >../bulk/in.jsonl &&
	cp -R ../large ../upkeep && cd ../upkeep && gitmem import jsonl in.jsonl >out
EOF

sweeps 'init' --incomplete empty KIND gitmem init
sweeps 'add -c, the first' fresh KIND gitmem add -c text
sweeps 'add -c' filled KIND gitmem add -c --key a/b --tag t text
# The layouts differ below the objects only: one command of each kind tells about memory.
kinds=$sweeps_kinds
if git_layout && ! slow_tests; then
	kinds='write fsync rename'
fi
sweeps_kinds=$kinds
sweeps 'edit -c' filled KIND gitmem edit -c user/editor --content changed
sweeps 'commit' --again 1 filled KIND gitmem commit
sweeps 'commit after another writer' --again 1 stale KIND gitmem commit -m both
sweeps 'import' filled KIND gitmem import jsonl in.jsonl
sweeps 'import of what was edited' imported KIND gitmem import jsonl in.jsonl
sweeps 'branch' --again 128 filled KIND gitmem branch new
sweeps 'switch' --again 128 filled KIND gitmem switch -c new
sweeps 'rm -c' --again 128 filled KIND gitmem rm -c user/editor
sweeps 'config' filled KIND gitmem config memory.maxSize 2m
sweeps 'merge' parted KIND gitmem merge other
sweeps 'merge by hand' --again 128 parted KIND sh wait.sh
sweeps 'merge --continue' --again 128 settled KIND gitmem merge --continue
# These have many thousands of allocations, or tell little about memory.
sweeps 'bisect start' bisecting KIND gitmem bisect start HEAD HEAD~5
sweeps 'bisect good' bisecting KIND gitmem bisect good
slow_tests || sweeps_kinds='write fsync rename'
sweeps 'resolve' waiting KIND gitmem resolve user/editor --take ours
sweeps 'import that seals' --ours --step 120 large KIND gitmem import jsonl in.jsonl
sweeps 'import of a large batch' --ours --step 120 bulk KIND gitmem import jsonl in.jsonl
git_layout || sweeps 'gc' --ours --step 120 upkeep KIND gitmem gc

# The index is flushed by nobody: it can be made again.
for kind in write rename; do
	test_case "reindex: $kind" "sweep --ours --step 120 large $kind gitmem reindex"
	test_case "recall: $kind" "sweep --ours --step 120 large $kind gitmem recall memory"
done

# A stage has no rename, nor has what ends.
for kind in ${kinds%rename}; do
	test_case "add: $kind" "sweep filled $kind gitmem add text"
	test_case "rm: $kind" "sweep --again 128 filled $kind gitmem rm user/editor"
	test_case "merge --abort: $kind" "sweep --again 128 waiting $kind gitmem merge --abort"
	test_case "import --no-commit: $kind" \
		"sweep filled $kind gitmem import jsonl --no-commit in.jsonl"
done

for command in status list 'show user/editor' export 'log --graph --stat --grep=a -- user/editor' 'blame user/editor'; do
	test_case "$command: alloc" "sweep filled alloc gitmem $command"
done

for command in status 'list --conflicts'; do
	test_case "$command while a merge waits: alloc" "sweep waiting alloc gitmem $command"
done
for kind in $kinds; do
	test_case "merge-driver: $kind" "sweep parted $kind gitmem merge-driver O A B keys/user/editor.md"
done

test_case 'a repository with a reworded memory on the stage' <<'EOF'
	cp -R filled reworded && cd reworded &&
	gitmem rm user/editor &&
	gitmem add --key editor 'Maya edits in Vim' >out &&
	gitmem diff >actual &&
	grep -q '^reworded' actual
EOF

for command in diff 'diff --patch'; do
	test_case "$command: alloc" "sweep reworded alloc gitmem $command"
done

done_testing
