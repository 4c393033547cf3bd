#!/bin/sh
# Each allocation, write, flush and rename of a commit with hooks fails once: an error, and a sound
# repository.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_sweep.sh"

test_case 'a repository with hooks' <<'EOF'
	new_repo hooked && gitmem add -c --key user/editor 'Maya edits in Helix' >out &&
	gitmem add --key staged 'a staged memory' >out && mkdir -p .gitmem/hooks &&
	for name in pre-commit post-commit post-merge; do
		printf '#!/bin/sh\nexit 0\n' >".gitmem/hooks/$name" || exit 1
	done &&
	printf '#!/bin/sh\necho by the hook >>"$1"\n' >.gitmem/hooks/commit-msg &&
	chmod +x .gitmem/hooks/* && cp -R ../hooked ../parted && cd ../parted &&
	gitmem branch other && gitmem --branch other add -c theirs >out && gitmem add -c ours >out
EOF

slow_tests || sweeps_kinds='alloc write'
sweeps 'add -c' hooked KIND gitmem add -c --key a/b text
sweeps 'commit' --again 1 hooked KIND gitmem commit
sweeps 'edit -c of what is staged' hooked KIND gitmem edit -c --content changed staged
sweeps 'merge' parted KIND gitmem merge other

test_case 'a project' <<'EOF'
	real_git init -q project && cd project && gitmem init >out && rm out
EOF

sweeps 'hook install' project KIND gitmem hook install

done_testing
