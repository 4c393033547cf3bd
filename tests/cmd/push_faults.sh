#!/bin/sh
# Each allocation, write, flush and rename of a push fails once, in gitmem-sync or here: an error or
# none, a sound repository, and the next push brings everything there.

. "$(dirname "$0")/lib.sh"
. "$lib_here/lib_sweep.sh"

test_case 'the repositories to begin with' <<'END'
	new_repo ahead &&
	gitmem add -c --key user/editor 'Maya edits in Helix' >out &&
	real_git init -q --bare -b main r.git && gitmem remote add origin ./r.git &&
	gitmem push -q && gitmem add -c 'one more' >out && gitmem tag v1 &&
	cp -R . ../moved && cd ../moved &&
	real_git clone -q r.git "$SCRATCH/stranger" && cd "$SCRATCH/stranger" && echo text >file &&
	real_git add . && real_git -c user.name=T -c user.email=t@example.com commit -q -m two &&
	real_git push -q "$SCRATCH/moved/r.git" main &&
	cd .. && mkdir beside && cp -R ahead/.gitmem beside && cd beside &&
	gitmem -C "$SCRATCH" init -q peer && cp -R "$SCRATCH/peer" . && rm -rf "$SCRATCH/peer" &&
	gitmem remote set-url origin ./peer
END

# there COMMAND...: only gitmem-sync meets the fault.
mkdir "$SCRATCH/exec"
cat >"$SCRATCH/exec/gitmem-sync" <<-END
	#!/bin/sh
	GITMEM_FAULT=\$SYNC_FAULT exec "$lib_bin/../sync/gitmem-sync" "\$@"
END
cat >"$SCRATCH/there" <<-END
	#!/bin/sh
	SYNC_FAULT=\$GITMEM_FAULT GITMEM_EXEC_PATH=$SCRATCH/exec
	export SYNC_FAULT GITMEM_EXEC_PATH
	[ -n "\$SYNC_FAULT" ] || exec "\$@"
	unset GITMEM_FAULT
	"\$@"
END
chmod +x "$SCRATCH/exec/gitmem-sync" "$SCRATCH/there"

sweeps 'what is new, there' ahead KIND "$SCRATCH/there" gitmem -q push --tags origin main
sweeps 'a remote that has moved' --step 31 moved KIND gitmem -q push
sweeps 'a gitmem repository, there' beside KIND "$SCRATCH/there" gitmem -q push
sweeps_kinds=alloc
sweeps 'what is new' --step 3 ahead KIND gitmem -q push --tags origin main

done_testing
