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

# as_author COMMAND...: plumbing of git that makes commits and tags.
as_author() {
	GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=b GIT_COMMITTER_NAME=c GIT_COMMITTER_EMAIL=d \
		GIT_AUTHOR_DATE='1700000000 +0130' GIT_COMMITTER_DATE='1700000001 -0800' \
		git_here "$@"
}

# A history by gitmem and by stock git with all that a history may hold.
long_history() {
	gitmem add -c --key user/editor 'Maya edits in Helix' >out &&
		gitmem add -c --created 2024-05-06 'The staging host' >out &&
		gitmem --branch side add -c 'on the side' >out &&
		printf '{"content":"imported","created":"2025-01-01"}\n' >in.jsonl &&
		gitmem import jsonl in.jsonl >out &&
		blob=$(printf 'a\0b' | git_here hash-object -w --stdin) &&
		link=$(printf 'keys/user' | git_here hash-object -w --stdin) &&
		empty=$(git_here hash-object -w -t tree /dev/null) &&
		inner=$(printf '100755 blob %s\trun\n120000 blob %s\tlink\n' "$blob" "$link" |
			git_here mktree) &&
		tree=$(printf '040000 tree %s\ta\n100644 blob %s\ta-b\n100644 blob %s\t\303\244\n040000 tree %s\tvoid\n' \
			"$inner" "$blob" "$link" "$empty" | git_here mktree) &&
		merge=$(as_author commit-tree "$tree" -p main -p side -m merge) &&
		git_here update-ref refs/heads/main "$merge" &&
		latin=$(printf 'caf\351\n\nnot UTF-8: \377\376\n' |
			as_author -c i18n.commitEncoding=ISO-8859-1 commit-tree "$tree" -p "$merge") &&
		as_author update-ref refs/heads/latin "$latin" &&
		nothing=$(as_author commit-tree "$empty" -m 'a root without files') &&
		octopus=$(as_author commit-tree "$tree" -p "$latin" -p "$nothing" -p side -m octopus) &&
		as_author update-ref refs/heads/octopus "$octopus" &&
		as_author tag -a -m 'a tag' v1 main~1 &&
		as_author tag -a -m 'a tag of a tag' nested v1 &&
		as_author tag -a -m 'a tag of a tree' of-tree "$tree" &&
		as_author tag -a -m 'a tag of a blob' of-blob "$blob" &&
		as_author tag light side &&
		gitmem add -c 'after stock git' >out
}

# Signatures of nobody: what stands in the headers is carried over, not verified.
signed_history() {
	{
		git_here cat-file tag v1 &&
			printf -- '-----BEGIN SSH SIGNATURE-----\nobject %040d\n-----END SSH SIGNATURE-----\n' 0
	} >signed-tag &&
		id=$(git_here hash-object -w -t tag signed-tag) &&
		git_here update-ref refs/tags/signed "$id" &&
		git_here cat-file commit octopus >raw &&
		{
			sed -n -e '/^$/q' -e p raw &&
				printf 'mergetag ' && sed '2,$s/^/ /' signed-tag &&
				printf 'gpgsig -----BEGIN SSH SIGNATURE-----\n tree %040d\n -----END SSH SIGNATURE-----\n' 0 &&
				printf 'x-parent %040d\nparent %040d\ntree %040d\n' 1 4 5 &&
				sed -n '/^$/,$p' raw &&
				printf 'tree %040d\nparent %040d\n' 2 3
		} >signed-commit &&
		id=$(git_here hash-object -w -t commit signed-commit) &&
		git_here update-ref refs/heads/signed "$id" &&
		gitmem --branch signed add -c 'after a signature' >out
}

# same_names: every object has the name that stock git gives it in a repository of SHA-256.
same_names() {
	rm -rf anew.git &&
		if [ -e .gitmem/store/manifest ]; then
			rm -rf same.git && git init -q --bare same.git &&
				"$lib_git_copy" to .gitmem same.git
		else
			rm -f same.git && ln -s .gitmem same.git
		fi &&
		"$PYTHON" "$lib_here/rewrite_sha256.py" same.git anew.git >names &&
		git --git-dir=anew.git fsck --strict &&
		test "$(wc -l <names)" -ge "$1" &&
		while read -r id _; do
			gitmem show --json "$id" >shown || return 1
			head -n 1 shown
		done <names >ours &&
		"$PYTHON" -c '
import json, sys
for line in open("names"):
    oid, name, kind = line.split()
    ours = json.loads(sys.stdin.readline())
    if ours["sha256"] != name:
        sys.exit(f"the {kind} {oid} is not named {name}: {ours}")' <ours
}

test_case 'every object has the name it has in a repository of SHA-256' <<'END'
	new_repo long &&
	long_history &&
	same_names 40 &&
	test "$(grep -c ' tag$' names)" -eq 4 &&
	test -n "$(header main)" &&
	silent gitmem fsck
END

test_case 'signatures and unknown headers change with nothing' <<'END'
	cd long &&
	signed_history &&
	same_names 55 &&
	test -n "$(header signed)"
END

test_git_case 'names come back when their map is gone, damaged or old' <<'END'
	cd long &&
	ls .gitmem/names/recent &&
	rm -r .gitmem/names &&
	same_names 55 &&
	for file in .gitmem/names/*; do
		printf 'garbage' | dd of="$file" bs=1 seek=100 conv=notrunc 2>err || exit 1
	done &&
	same_names 55 &&
	git_here gc -q --prune=now &&
	as_author tag -a -m 'after gc' v2 main &&
	gitmem add -c 'one more' >out &&
	same_names 58 &&
	silent gitmem fsck
END

test_case 'a name in SHA-256 is a revision' <<'END'
	cd long &&
	name=$(name main) &&
	short=$(printf %.16s "$name") &&
	gitmem show >expect &&
	gitmem show "sha256:$name" >actual &&
	expect_equal expect actual &&
	gitmem show "sha256:$short" >actual &&
	expect_equal expect actual &&
	gitmem log --oneline "sha256:$short~1" -1 >actual &&
	gitmem log --oneline main~1 -1 >expect &&
	expect_equal expect actual &&
	gitmem log --oneline "sha256:$short^..sha256:$name" >actual &&
	test "$(wc -l <actual)" -eq 1 &&
	tree=$(name 'main^{tree}') &&
	gitmem show "sha256:$tree" >actual &&
	gitmem show "sha256:$name^{tree}" >expect &&
	sed 1d expect >expect2 && sed 1d actual >actual2 &&
	expect_equal expect2 actual2 &&
	must_fail 128 gitmem show sha256:0123456789 2>err &&
	must_fail 128 gitmem show sha256:xyz 2>err &&
	must_fail 128 gitmem show "sha256:${name}0" 2>err
END

test_case 'a path behind a name in SHA-256' <<'END'
	cd long &&
	name=$(name main~1) &&
	gitmem show main~1:a-b >expect &&
	gitmem show "sha256:$name:a-b" >actual &&
	expect_equal expect actual
END

test_case 'an ambiguous name lists what it may be' <<'END'
	new_repo many &&
	i=0 && while [ $i -lt 700 ]; do
		printf '{"content":"number %s","created":"2025-01-01"}\n' $i && i=$((i + 1))
	done >in.jsonl &&
	gitmem import jsonl in.jsonl >out &&
	gitmem list --json >all &&
	"$PYTHON" -c '
import collections, json
names = [json.loads(line)["sha256"][:4] for line in open("all")]
print(*[name for name, n in collections.Counter(names).items() if n > 1][:1])' >twice &&
	if [ -n "$(cat twice)" ]; then
		must_fail 128 gitmem show "sha256:$(cat twice)" 2>err
		grep -qE "is ambiguous: [0-9a-f]+ blob, [0-9a-f]+ blob" err || { cat err; exit 1; }
	fi
END

done_testing
