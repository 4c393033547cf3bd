#!/bin/sh
# Each allocation, write, flush and rename of a pull and of a sync fails once: an error, a sound
# repository, and the next one brings it about.

. "$(dirname "$0")/lib.sh"
. "$lib_here/lib_sweep.sh"

# The remote lies in the folder, so that each run has its own.
test_case 'the repositories to begin with' <<'EOF'
	new_repo parted && real_git init -q --bare -b main remote.git &&
	gitmem remote add origin remote.git &&
	gitmem add -c --key user/editor --tag a 'Maya edits in Helix' >out &&
	gitmem push -q -u && cp -R .gitmem ../other && mkdir ../theirs && mv ../other ../theirs/.gitmem &&
	cd ../theirs && gitmem remote set-url origin ../parted/remote.git &&
	gitmem edit -c user/editor --content 'Maya edits in Emacs' &&
	gitmem add -c 'only there' >out && gitmem push -q && cd ../parted &&
	cp -R ../parted ../behind &&
	gitmem edit -c user/editor --content 'Maya edits in Vim' --tag v &&
	gitmem add --key staged 'a staged memory' >out
EOF

sweeps 'a pull that moves on' --ours --step 11 behind KIND gitmem -q pull
sweeps 'a pull that merges' --ours --step 11 parted KIND gitmem -q pull
sweeps 'a sync' --ours --step 17 parted KIND gitmem -q sync

done_testing
