#!/bin/sh
# Every header compiles on its own, and twice in a row, and has the guard its name asks for.

. "$(dirname "$0")/../tap.sh"
top=$(CDPATH='' cd -- "$(dirname "$0")/../.." && pwd) || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/gitmem-lint-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
cd "$top" || exit 1

guard_of() {
	printf 'GM_%s' "$1" | tr 'a-z/.-' 'A-Z___'
}

# header_check FILE: print what is wrong with it.
header_check() {
	# shellcheck disable=SC2046 # several flags are meant
	printf '#include "%s"\n#include "%s"\n' "$1" "$1" |
		gcc -std=c17 -D_GNU_SOURCE -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I. \
			$(pkg-config --cflags jansson yaml-0.1 libutf8proc nettle zlib sqlite3) \
			-x c - 2>&1
	if ! grep -qx "#ifndef $(guard_of "$1")" "$1"; then
		echo "no guard $(guard_of "$1")"
	fi
}

for header in $(find base crypto objstore dag index sync cmd embed tests -name '*.h' 2>/dev/null |
	LC_ALL=C sort); do
	header_check "$header" >"$work/out"
	tap_result "$header stands on its own" "$work/out"
done

printf 'struct gm_thing *gm_thing_new(size_t size);\n' >"$work/bad.h"
header_check "$work/bad.h" >"$work/out"
if grep -q size_t "$work/out" && grep -q 'no guard' "$work/out"; then
	tap_ok 'the check sees a header that needs another'
else
	tap_not_ok 'the check sees a header that needs another' "$work/out"
fi
tap_done
