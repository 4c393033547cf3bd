#!/bin/sh
# Names in SHA-256: the header of commits, and names as revisions.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

git_here() {
	git --git-dir=.gitmem "$@"
}

# header REV: the names that a commit carries.
header() {
	git_here cat-file commit "$1" >raw &&
		sed -n -e '/^$/q' -e 's/^gitmem-names sha256 //p' raw
}

# name REV: an object's name in SHA-256.
name() {
	gitmem show --json "$1" >shown && json_get shown .sha256
}

# rewrite FROM TO SCRIPT: edit a commit by sed, and make a branch of it.
rewrite() {
	git_here cat-file commit "$1" >raw &&
		sed "$3" raw >edited &&
		id=$(git_here hash-object -t commit -w edited) &&
		git_here update-ref "refs/heads/$2" "$id"
}

test_case 'commits carry the names of their tree and parents' <<'END'
	new_repo notes &&
	gitmem add -c one >out &&
	gitmem --branch side add -c two >out &&
	gitmem add -c three >out &&
	test "$(header HEAD)" = "$(name 'HEAD^{tree}') $(name HEAD~1)" &&
	test "$(header HEAD~1)" = "$(name 'HEAD~1^{tree}')" &&
	git_here fsck --strict &&
	git_here log --format=%s >actual &&
	test "$(wc -l <actual)" -eq 2
END

test_case 'an import names its tree, too' <<'END'
	cd notes &&
	for i in 1 2 3 4 5; do
		printf '{"id":"00000000-0000-4000-8000-00000000000%s","content":"n %s"}\n' $i $i
	done >in.jsonl &&
	gitmem import jsonl in.jsonl >out &&
	test "$(header HEAD)" = "$(name 'HEAD^{tree}') $(name HEAD~1)"
END

test_case 'a stale copy of the names is a warning' <<'END'
	cd notes &&
	rewrite main stale '/^parent/d' &&
	gitmem fsck >found &&
	grep -qx "warning: object '$id': 'gitmem-names' is stale: it does not name its tree and parents" found &&
	test "$(wc -l <found)" -eq 1 &&
	git_here fsck --strict
END

test_case 'a hostile header is no more than that' <<'END'
	cd notes &&
	names=$(printf ' %064d' 1 2 3 4 5 6 7 8 9) &&
	rewrite main stale "s/^gitmem-names .*/gitmem-names sha256$names/" &&
	gitmem fsck >found &&
	grep -q "^warning: object '$id': 'gitmem-names' is stale" found &&
	rewrite main stale 's/^gitmem-names .*/gitmem-names sha256 zz/' &&
	gitmem fsck >found &&
	grep -q "^warning: object '$id': 'gitmem-names' is stale" found &&
	gitmem show stale >shown &&
	gitmem log --json stale >log
END

test_case 'wrong names in a signed commit are damage' <<'END'
	cd notes &&
	rewrite main signed '/^gitmem-names/a gpgsig -----BEGIN SSH SIGNATURE-----\n -----END SSH SIGNATURE-----' &&
	gitmem --json log -1 signed >log &&
	test "$(json_get log .signature.status)" = unchecked &&
	git_here update-ref -d refs/heads/stale &&
	silent gitmem fsck &&
	rewrite signed signed '/^parent/d' &&
	must_fail 1 gitmem fsck >found &&
	grep -qx "error: object '$id': it is signed, and 'gitmem-names' does not name its tree and parents" found &&
	test "$(wc -l <found)" -eq 1 &&
	git_here update-ref -d refs/heads/signed
END

test_case 'the commit after one by stock git has names again' <<'END'
	cd notes &&
	tree=$(git_here rev-parse 'main^{tree}') &&
	id=$(GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=b \
		git_here commit-tree "$tree" -p main -m stock) &&
	git_here update-ref refs/heads/main "$id" &&
	test -z "$(header HEAD)" &&
	gitmem add -c four >out &&
	test "$(header HEAD)" = "$(name 'HEAD^{tree}') $(name HEAD~1)" &&
	silent gitmem fsck
END

done_testing
