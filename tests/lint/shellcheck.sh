#!/bin/sh
# Every shell script satisfies shellcheck, is executable unless it is only sourced, and is plain
# POSIX sh unless CI needs bash.

. "$(dirname "$0")/../tap.sh"
top=$(CDPATH='' cd -- "$(dirname "$0")/../.." && pwd) || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/gitmem-lint-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
cd "$top" || exit 1

if ! command -v shellcheck >/dev/null; then
	tap_skip 'shell scripts satisfy shellcheck' 'shellcheck is not installed'
	tap_done
	exit
fi

for script in bootstrap .ci/run $(find tests -name '*.sh' | LC_ALL=C sort); do
	shellcheck "$script" >"$work/out" 2>&1
	case $script in
	*/lib.sh | */lib_git.sh | */lib_remote.sh | */lib_sweep.sh | */tap.sh) ;;
	.ci/run) ;;
	*) head -n 1 "$script" | grep -qx '#!/bin/sh' || echo "no '#!/bin/sh'" >>"$work/out" ;;
	esac
	tap_result "$script satisfies shellcheck" "$work/out"
done
tap_done
