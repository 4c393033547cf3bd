#!/bin/sh
# Clones that write and sync at random while all around them breaks: nothing that was acknowledged
# is lost, and at the end all are equal. sync_soak.py does it; GITMEM_TEST_SEED chooses the dice.

# The small disk is mounted in a namespace of its own, and goes away with its processes.
if [ -z "${DISK:-}" ] && unshare -m true 2>/dev/null; then
	DISK=$(mktemp -d "${TMPDIR:-/tmp}/gitmem-disk-XXXXXX") || exit 1
	export DISK
	unshare -m sh "$0"
	code=$?
	rm -rf "$DISK"
	exit "$code"
fi

. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_remote.sh
. "$lib_here/lib_remote.sh"

rounds=3
slow_tests && rounds=200
seed=${lib_seed:-1}

# soak REMOTE OPTION... URL...: in a folder of its own, against this remote.
soak() {
	remote=$1
	shift
	mkdir "soak-$remote" && cd "soak-$remote" || return 1
	GITMEM=$lib_bin/gitmem "$PYTHON" "$lib_here/sync_soak.py" --rounds "$rounds" \
		--seed "$seed" --remote "$remotes/$remote" "$@" >result 2>clones
	code=$?
	cat clones result
	[ "$code" -eq 0 ] && fine_remote "$remote"
}

# numbers_of REMOTE PATTERN: what was told at the end fits.
told() {
	grep -E "$2" "soak-$1/result" || { cat "soak-$1/result" && return 1; }
}

test_case 'five clones that push at the same moment, to a slow remote' <<'EOF'
	new_remote race &&
	printf '#!/bin/sh\ncat >/dev/null\nsleep 0.05\n' >"$remotes/race/hooks/pre-receive" &&
	chmod +x "$remotes/race/hooks/pre-receive" &&
	soak race --race "$remotes/race"
EOF

test_case 'none of their syncs failed' <<'EOF'
	told race 'syncs done, 0 failed, 0 killed'
EOF

kinds='http git path'
has_remotes ssh && kinds="$kinds ssh"
test_case "connections are cut over $kinds" <<EOF
	new_remote cut &&
	urls=\$(for kind in $kinds; do remote_url \$kind cut || exit 1; done) &&
	soak cut --cuts 0.4 \$urls
EOF

test_case 'some were cut indeed' <<'EOF'
	told cut ' [1-9][0-9]* connections cut'
EOF

test_case 'gitmem, gitmem-sync and servers are killed' <<'EOF'
	new_remote kill &&
	soak kill --kills 0.4 "$(remote_url git kill)" "$remotes/kill"
EOF

# Small, and yet large enough for what is there in the end.
if [ -n "${DISK:-}" ] && mount -t tmpfs -o "size=$((4 + rounds / 10))m" tmpfs "$DISK" 2>/dev/null; then
	test_case 'a disk runs full now and then' <<'EOF'
		new_remote full &&
		soak full --small-disk "$DISK" "$remotes/full"
EOF
else
	test_skip 'a disk runs full now and then' 'may not mount a small disk'
fi

done_testing
