#!/bin/sh
# The layers: cmd -> {index, sync} -> dag -> objstore -> crypto -> base. A folder includes only
# from itself and from what lies to its right, named from the root, and each foreign library
# enters at one layer. See docs/architecture.md.

. "$(dirname "$0")/../tap.sh"
top=$(CDPATH='' cd -- "$(dirname "$0")/../.." && pwd) || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/gitmem-lint-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

# layers_check TREE: print one line for each include that breaks the rules.
layers_check() {
	(
		cd "$1" || exit 1
		# shellcheck disable=SC2016 # the dollar signs are awk's
		find base crypto objstore dag index sync cmd embed -name '*.[ch]' 2>/dev/null |
			LC_ALL=C sort | xargs -r awk '
	BEGIN {
		right["base"] = " base "
		right["crypto"] = right["base"] "crypto "
		right["objstore"] = right["crypto"] "objstore "
		right["dag"] = right["objstore"] "dag "
		right["index"] = right["dag"] "index "
		right["sync"] = right["dag"] "sync "
		right["cmd"] = right["dag"] "index sync cmd "
		right["embed"] = right["base"] "embed "
		home["jansson.h"] = home["yaml.h"] = home["utf8proc.h"] = "base"
		home["nettle"] = home["sodium.h"] = "crypto"
		home["zlib.h"] = home["zstd.h"] = "objstore"
		home["sqlite3.h"] = home["libstemmer.h"] = "index"
		home["git2.h"] = home["git2"] = "sync"
		home["curl"] = "embed"
	}
	function slip(why) {
		printf "%s:%d: %s: %s\n", FILENAME, FNR, why, $0
	}
	!/^[ \t]*#[ \t]*include/ { next }
	{
		layer = FILENAME
		sub(/\/.*/, "", layer)
		name = $0
		sub(/^[ \t]*#[ \t]*include[ \t]*/, "", name)
		mark = substr(name, 1, 1)
		name = substr(name, 2)
		sub(/[">].*/, "", name)
		first = name
		sub(/\/.*/, "", first)
		last = name
		sub(/.*\//, "", last)
	}
	mark == "<" {
		if (first in right)
			slip("our own headers stand in quotes")
		else if ((first in home) && home[first] != layer)
			slip("this library belongs to " home[first] "/")
		next
	}
	mark != "\"" { slip("unreadable include"); next }
	name ~ /(^|\/)\.\.?(\/|$)/ || !(first in right) || first == name {
		slip("includes are named from the root")
		next
	}
	!index(right[layer], " " first " ") {
		slip(layer "/ must not know " first "/")
		next
	}
	last ~ /^(.*_)?internal\.h$/ && first != layer { slip("this header stays in its folder") }
	'
	)
}

# catches TITLE FILE INCLUDE: a tree in which FILE has this line is refused because of it.
catches() {
	rm -rf "$work/tree"
	mkdir -p "$work/tree/$(dirname "$2")"
	printf '#include <stdio.h>\n%s\n' "$3" >"$work/tree/$2"
	layers_check "$work/tree" >"$work/out" 2>&1
	if grep -q "^$2:2: " "$work/out"; then
		tap_ok "the check sees $1"
	else
		echo "not seen: $3 in $2" >>"$work/out"
		tap_not_ok "the check sees $1" "$work/out"
	fi
}

passes() {
	rm -rf "$work/tree"
	mkdir -p "$work/tree/$(dirname "$2")"
	printf '%s\n' "$3" >"$work/tree/$2"
	layers_check "$work/tree" >"$work/out" 2>&1
	tap_result "the check lets $1 pass" "$work/out"
}

catches 'an include to the left' dag/tree.c '#include "index/index.h"'
catches 'base using dag' base/buf.h '#include "dag/record.h"'
catches 'index using sync' index/index.c '#include "sync/fetch.h"'
catches 'sync using index' sync/fetch.c '#include "index/index.h"'
catches 'blanks around the hash sign' base/buf.c '  #  include   "cmd/main.h"'
catches 'an include with ..' dag/tree.c '#include "../objstore/store.h"'
catches 'an include beside the file' dag/tree.c '#include "tree.h"'
catches 'an include with a dot' dag/tree.c '#include "./tree.h"'
catches 'dots further inside' dag/tree.c '#include "base/../index/index.h"'
catches 'our header in angle brackets' base/buf.c '#include <dag/tree.h>'
catches 'an include of a macro' base/buf.c '#include HEADER'
catches 'a folder that is no layer' base/buf.c '#include "tests/unit/support.h"'
catches 'a library at the wrong layer' cmd/add.c '#include <sqlite3.h>'
catches 'a folder of a library at the wrong layer' dag/tree.c '#include <nettle/sha1.h>'
catches 'internal.h of another folder' index/index.c '#include "dag/internal.h"'
catches 'an internal header of another folder' cmd/add.c '#include "dag/refs_internal.h"'
catches 'a file in a folder of a layer' dag/merge/text.c '#include "cmd/main.h"'
passes 'its own folder' dag/tree.c '#include "dag/tree.h"'
passes 'a folder to the right' cmd/add.c '#include "base/buf.h"'
passes 'its own internal.h' dag/tree.c '#include "dag/internal.h"'
passes 'a library at its layer' index/index.c '#include <sqlite3.h>'

# What gitmem is made of knows nothing of libgit2, not by way of a header either: print the
# sources of TREE that do, apart from those of gitmem-sync alone.
libgit2_check() {
	(
		cd "$1" || exit 1
		sed -n "/^sync_lib = /,/^)/s/^  '\\(.*\\.c\\)',$/sync\\/\\1/p" sync/meson.build >"$work/lib"
		grep -ls '^#include "sync/' cmd/*.c >>"$work/lib"
		while IFS= read -r source; do
			# shellcheck disable=SC2046 # several flags are meant
			gcc -M -std=c17 -D_GNU_SOURCE -I. \
				$(pkg-config --cflags jansson yaml-0.1 nettle zlib sqlite3) \
				"$source" >"$work/needs" || echo "$source cannot be read"
			! grep -q '/git2\.h' "$work/needs" || echo "$source needs git2.h"
		done <"$work/lib"
	)
}

mkdir -p "$work/knows/sync" "$work/knows/cmd"
printf "sync_lib = static_library('gm_sync',\n  'a.c',\n  'b.c',\n)\n  'worker.c',\n" >"$work/knows/sync/meson.build"
echo '#include "sync/b.h"' >"$work/knows/sync/a.c"
echo 'int b;' >"$work/knows/sync/b.c"
echo '#include <git2.h>' >"$work/knows/sync/b.h"
echo '#include "sync/b.h"' >"$work/knows/sync/worker.c"
echo '#include "sync/b.h"' >"$work/knows/cmd/push.c"
if echo '#include <git2.h>' | gcc -E -x c - >/dev/null 2>&1; then
	libgit2_check "$work/knows" >"$work/out" 2>&1
	printf '%s needs git2.h\n' sync/a.c cmd/push.c | diff - "$work/out" >"$work/diff"
	tap_result 'the check sees what comes by way of a header' "$work/diff"
fi
libgit2_check "$top" >"$work/out" 2>&1
[ "$(wc -l <"$work/lib")" -gt 5 ] || echo 'too little was looked at' >>"$work/out"
tap_result 'only gitmem-sync knows libgit2' "$work/out"

layers_check "$top" >"$work/out" 2>&1
tap_result 'every include keeps to the layers' "$work/out"
tap_done
