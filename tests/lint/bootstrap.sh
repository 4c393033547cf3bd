#!/bin/sh
# ./bootstrap where it needs no network: its arguments, the list of packages, a machine without
# sudo.

. "$(dirname "$0")/../tap.sh"
top=$(CDPATH='' cd -- "$(dirname "$0")/../.." && pwd) || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/gitmem-lint-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

unset GITMEM_TEST_BUILDS

# A copy, so that the build folder and its log stay out of it.
mkdir -p "$work/tree/docs" "$work/bin"
cp "$top/bootstrap" "$work/tree/"
cp "$top/docs/packages" "$work/tree/docs/"

# A machine of a plain user, with neither packages nor sudo.
for tool in awk cat cut dirname env getent grep mkdir mktemp rm sh tail; do
	ln -s "$(command -v "$tool")" "$work/bin/$tool"
done
printf '#!/bin/sh\necho 1000\n' >"$work/bin/id"
printf '#!/bin/sh\nexit 1\n' >"$work/bin/dpkg-query"
chmod +x "$work/bin/id" "$work/bin/dpkg-query"

# gives TITLE CODE PATTERN ARGUMENT...: ./bootstrap ends so and prints a line that fits.
gives() {
	title=$1
	want=$2
	pattern=$3
	shift 3
	PATH="$work/bin" HOME="$work" sh "$work/tree/bootstrap" "$@" >"$work/out" 2>&1 </dev/null
	code=$?
	if [ "$code" -eq "$want" ] && grep -Eq -e "$pattern" "$work/out"; then
		tap_ok "$title"
	else
		echo "code $code; wanted $want and a line that fits '$pattern'" >>"$work/out"
		tap_not_ok "$title" "$work/out"
	fi
}

gives '--help' 0 '^usage: ./bootstrap' --help
gives 'an unknown argument' 129 '^usage: ./bootstrap' nonsense
gives '--prefix without a folder' 1 'needs a folder' --prefix
gives 'without sudo the line for root is printed' 1 \
	'^    apt-get install --no-install-recommends gcc .*libsqlite3-dev'
gives 'the tests ask for their packages too' 1 'libcmocka-dev git shellcheck ' test

export GITMEM_TEST_BUILDS='gcc clang'
gives 'clang is asked for when it is to build' 1 ' clang $' test
export GITMEM_TEST_BUILDS='gcc other'
gives 'an unknown build' 1 "no build is named 'other'" test
unset GITMEM_TEST_BUILDS

sed -n 's/^\([a-z0-9.+-]\{1,\}\)[ \t]*\(#.*\)\{0,1\}$/\1/p' "$top/docs/packages" | sort >"$work/names"
uniq -d "$work/names" >"$work/out"
[ -s "$work/names" ] || echo 'no package' >>"$work/out"
tap_result 'no package is listed twice' "$work/out"
grep -nvE '^(#.*|\[[a-z]+\]|[a-z0-9.+-]+[ \t]+# [^ ].*|)$' "$top/docs/packages" >"$work/out"
tap_result 'each package says why it is there' "$work/out"
tap_done
