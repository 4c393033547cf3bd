#!/bin/sh
# What lies in the tree is built, run and installed: each file stands in the meson.build that
# is there for it.

. "$(dirname "$0")/../tap.sh"
top=$(CDPATH='' cd -- "$(dirname "$0")/../.." && pwd) || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/gitmem-lint-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
cd "$top" || exit 1

# unlisted MESON.BUILD FOLDER FILE...: print each FILE that is not named there, relative to
# FOLDER, without its ending or with it.
unlisted() {
	list=$1
	folder=$2
	shift 2
	for file in "$@"; do
		[ -e "$file" ] || continue
		name=${file#"$folder"/}
		if ! grep -qF -e "'$name'" -e "'${name%.*}'" "$list"; then
			echo "$file is not in $list"
		fi
	done
}

listed() {
	title=$1
	shift
	unlisted "$@" >"$work/out" 2>&1
	tap_result "$title" "$work/out"
}

for layer in base crypto objstore dag index sync cmd; do
	[ -d "$layer" ] || continue
	listed "every source of $layer/ is built" "$layer/meson.build" "$layer" "$layer"/*.c
done
listed 'every unit test is run' tests/unit/meson.build tests/unit tests/unit/*/*.c
for script in tests/cmd/*.sh; do
	case $script in
	*/lib.sh | */lib_git.sh | */lib_remote.sh | */lib_sweep.sh) ;;
	*) set -- "$@" "$script" ;;
	esac
done
listed 'every command test is run' tests/cmd/meson.build tests/cmd "$@"

sed -n '/^sweeps = /,/]/p' tests/cmd/meson.build >"$work/sweeps"
for script; do
	grep -qE '^\. .*lib_sweep|has_faults' "$script" || continue
	grep -qF "'$(basename "$script" .sh)'" "$work/sweeps" ||
		echo "$script makes calls fail and is not among the sweeps in tests/cmd/meson.build"
done >"$work/out"
tap_result 'every command test that makes calls fail is run where that is built in' "$work/out"

listed 'every lint is run' tests/lint/meson.build tests/lint tests/lint/*.sh
listed 'every fuzz target is built' tests/fuzz/meson.build tests/fuzz tests/fuzz/*.c
listed 'every manual page is built' docs/meson.build docs docs/man/*.scd

echo "executable('other.c')" >"$work/meson.build"
unlisted "$work/meson.build" docs docs/packages >"$work/out"
if [ -s "$work/out" ]; then
	tap_ok 'the check sees a file that is not listed'
else
	echo 'a file that is not listed went unseen' >"$work/out"
	tap_not_ok 'the check sees a file that is not listed' "$work/out"
fi
tap_done
