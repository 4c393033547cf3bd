#!/bin/sh
# What packs everything anew fails once at each step, in the layout that the test chooses.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_sweep.sh"

test_case 'repositories in either layout to be packed anew' <<'EOF'
	mkdir in-git && cd in-git && gitmem init --object-store git >out &&
	gitmem add -c --key user/editor 'Maya edits in Helix' >out &&
	gitmem edit -c user/editor --content 'Maya edits in Vim' &&
	git --git-dir=.gitmem repack -q -d &&
	gitmem add -c 'another one' >out &&
	gitmem branch other &&
	gitmem --branch other add -c 'only there' >out &&
	gitmem add 'a staged memory' >out &&
	echo unreachable | git --git-dir=.gitmem hash-object -w --stdin >lost &&
	git --git-dir=.gitmem pack-objects -q .gitmem/objects/pack/pack <lost >out &&
	cp -R ../in-git ../in-zstd && cd ../in-zstd &&
	gitmem -q repack --object-store zstd
EOF

sweeps 'repack' in-git KIND gitmem repack
sweeps 'repack in segments' in-zstd KIND gitmem repack
sweeps 'repack to zstd' in-git KIND gitmem repack --object-store zstd
sweeps 'repack to git' --refused in-zstd KIND gitmem repack --object-store git
sweeps 'gc that prunes in the layout of git' in-git KIND gitmem gc --prune=now

done_testing
