#!/bin/sh
# What no compiler says: blanks at line ends, over-long lines and files, paths of one machine.

. "$(dirname "$0")/../tap.sh"
top=$(CDPATH='' cd -- "$(dirname "$0")/../.." && pwd) || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/gitmem-lint-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

# Files of the project below the current folder: no build folders, nothing of git or gitmem.
project_files() {
	find . \( -name .git -o -name .gitmem -o -path './build*' \) -prune -o -type f "$@" -print |
		LC_ALL=C sort
}

blanks_at_line_ends() {
	project_files ! -name '*.patch' | xargs -r grep -nIE '[[:blank:]]+$'
}

carriage_returns() {
	project_files | xargs -r grep -lI "$(printf '\r')"
}

files_without_final_newline() {
	project_files | while IFS= read -r file; do
		if [ -s "$file" ] && [ -n "$(tail -c 1 "$file")" ]; then
			echo "$file"
		fi
	done
}

long_lines_in_c() {
	project_files -name '*.[ch]' | while IFS= read -r file; do
		expand -t 8 "$file" |
			awk -v file="$file" 'length($0) > 100 { print file ":" NR ": " length($0) }'
	done
}

long_c_files() {
	project_files -name '*.c' | xargs -r awk '
		FNR == 1 { lines = 0 }
		{ lines++ }
		lines == 601 { print FILENAME ": over 600 lines" }'
}

line_comments_in_c() {
	project_files -name '*.[ch]' | xargs -r grep -nE '(^|[;{}[:blank:]])//'
}

# Changes of files are to be seen by the tests (base/seam.h); SQLite makes its own.
# shellcheck disable=SC2016 # the dollars are those of awk
changes_beside_the_seam() {
	project_files \( -path './base/*.c' -o -path './objstore/*.c' -o -path './dag/*.c' \) \
		! -name seam.c ! -name trace.c ! -name fault.c | xargs -r awk '
		/(^|[^[:alnum:]_>.])(write|writev|pwrite|pwritev|ftruncate|truncate|fallocate|posix_fallocate|copy_file_range|unlink|unlinkat|rename|renameat|renameat2|link|linkat|symlink|mkdir|mkdirat|rmdir|fchmod|chmod|fsync|fdatasync|creat|mkstemp|fopen)\(/ &&
			!/^[[:blank:]]*(\/?\*)/ { print FILENAME ":" FNR ": " $0 }
		/O_CREAT|O_TRUNC/ && (before $0) ~ /(^|[^[:alnum:]_])open(at)?\(/ {
			print FILENAME ":" FNR ": " $0 }
		{ before = $0 }'
}

# Spelled so that this line is no finding itself.
machine_paths() {
	project_files | xargs -r grep -nIE \
		'(^|[^[:alnum:]_.~$}/-])/(home|root|Users|work)/[[:alnum:]_.]'
}

# catches TITLE CHECK FILE TEXT: with TEXT (a printf format) in FILE the check speaks.
catches() {
	rm -rf "$work/tree"
	mkdir -p "$work/tree/$(dirname "$3")"
	# shellcheck disable=SC2059 # the text is a format on purpose
	printf "$4" >"$work/tree/$3"
	(cd "$work/tree" && "$2") >"$work/out"
	if [ -s "$work/out" ]; then
		tap_ok "the check sees $1"
	else
		echo "not seen: $4" >"$work/out"
		tap_not_ok "the check sees $1" "$work/out"
	fi
}

catches 'a blank at a line end' blanks_at_line_ends a.md 'text \n'
catches 'a carriage return' carriage_returns a.sh 'text\r\n'
catches 'a missing final newline' files_without_final_newline a.c 'int a;'
catches 'a long line' long_lines_in_c a.c "$(printf '%0101d' 0)\\n"
catches 'tabs that make a line long' long_lines_in_c a.c "\\t\\t\\t\\t\\t\\t\\t\\t\\t\\t\\t\\t\\tint a;\\n"
catches 'a long file' long_c_files a.c "$(yes '\n' | head -n 601 | tr -d '\n')"
catches 'a line comment' line_comments_in_c a.c 'int a; // why\n'
catches 'a file changed past the seam' changes_beside_the_seam dag/a.c '\tif (unlink(path) < 0)\n'
catches 'a file made past the seam' changes_beside_the_seam dag/a.c '\topen(path, O_CREAT, 0666);\n'
catches 'a home folder' machine_paths a.md 'see /ho''me/maya/src\n'

cd "$top" || exit 1
check() {
	"$2" >"$work/out" 2>&1
	tap_result "$1" "$work/out"
}
check 'no blanks at line ends' blanks_at_line_ends
check 'no carriage returns' carriage_returns
check 'every file ends with a newline' files_without_final_newline
check 'no line of C is over 100 columns' long_lines_in_c
check 'no C file is over 600 lines' long_c_files
check 'comments in C are /* */' line_comments_in_c
check 'every change of a file passes the seam' changes_beside_the_seam
check 'no path of one machine' machine_paths
tap_done
