#!/bin/sh
# Each allocation, write, flush and rename of a clone fails once: an error, and nothing is left.

. "$(dirname "$0")/lib.sh"
. "$lib_here/lib_sweep.sh"
. "$lib_here/lib_remote.sh"

test_case 'the repositories to begin with' <<'END'
	mkdir blank &&
	new_repo peer &&
	gitmem add -c --key user/editor 'Maya edits in Helix' >out &&
	gitmem gc -q && gitmem tag v1 &&
	gitmem add -c 'one more' >out && gitmem recall Helix >out &&
	cd .. && real_git init -q --bare -b main notes &&
	mkdir seed && cd seed && echo text >file && real_git init -q -b main &&
	real_git add . && real_git -c user.name=T -c user.email=t@example.com commit -q -m one &&
	real_git push -q ../notes main
END

# A clone in a folder that is not empty any more is refused.
sweeps 'a gitmem repository' --again 128 blank KIND gitmem -q clone "$SCRATCH/peer" .
sweeps 'a repository of stock git' --again 128 --step 7 blank KIND \
	gitmem -q clone "$SCRATCH/notes" .
sweeps 'a fork into the other layout' --again 128 --step 11 blank KIND \
	gitmem -q fork --object-store git "$SCRATCH/peer" .

done_testing
