#!/bin/sh
# gitmem tag: the same tags as stock git makes, byte for byte, listed the same way.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

git_here() {
	git -c user.name=tester -c user.email=tester@localhost --git-dir=.gitmem "$@"
}

GIT_COMMITTER_DATE=2026-01-02T03:04:05Z
export GIT_COMMITTER_DATE

# `gitmem tag ours ARGUMENT...` and `git tag theirs` make the same but for the name.
same_tag() {
	gitmem tag "$@" same && git_here rev-parse same >ours && git_here cat-file -p same >text &&
		gitmem -q tag -d same && git_here tag "$@" same &&
		git_here rev-parse same >theirs && git_here cat-file -p same >expect &&
		git_here tag -d same >out && expect_equal expect text && expect_equal theirs ours
}

same_list() {
	gitmem tag "$@" >actual && git_here tag "$@" >expect && expect_equal expect actual
}

test_case 'in a repository without a commit' <<'EOT'
	new_repo empty &&
	silent gitmem tag &&
	silent gitmem --json tag &&
	must_fail 128 gitmem tag v1 2>err &&
	grep -q '^error: .*HEAD' err
EOT

test_case 'lightweight tags name a revision' <<'EOT'
	new_repo notes &&
	gitmem add -c -m 'one' --key a 'one' >id &&
	gitmem add -c -m 'two' 'two' >id &&
	silent gitmem tag v2 &&
	silent gitmem tag v1 HEAD~1 &&
	silent gitmem tag dir/blob main:keys/a.md &&
	test "$(git_here rev-parse v2)" = "$(git_here rev-parse main)" &&
	test "$(git_here rev-parse v1)" = "$(git_here rev-parse main~1)" &&
	test "$(git_here cat-file -t dir/blob)" = blob &&
	gitmem show v1 >out &&
	must_fail 1 git_here reflog exists refs/tags/v1
EOT

test_case 'annotated tags are those that git makes' <<'EOT'
	cd notes &&
	same_tag -m 'the first' &&
	same_tag -a -m 'the first' &&
	same_tag -a -m '' &&
	printf 'body\n\twith lines  \t \n\nand a gap\n\n \nof two\n\n ' >body &&
	same_tag -m '  subject  ' -m '' -m "$(cat body)" &&
	gitmem tag -m '# a heading' heading &&
	git_here cat-file tag heading | tail -n 1 >actual &&
	echo '# a heading' >expect &&
	expect_equal expect actual &&
	gitmem tag -m 'on main~1' back HEAD~1 &&
	test "$(git_here rev-parse 'back^{}')" = "$(git_here rev-parse main~1)" &&
	gitmem tag -m 'a tag of a tag' again back &&
	test "$(git_here cat-file -p again | sed -n 2p)" = 'type tag' &&
	test "$(git_here rev-parse 'again^{}')" = "$(git_here rev-parse main~1)" &&
	gitmem tag -m 'of a blob' file main:keys/a.md &&
	test "$(git_here cat-file -t 'file^{}')" = blob
EOT

test_case 'lists are those of git' <<'EOT'
	cd notes &&
	gitmem tag -m 'first line
second line

third' long &&
	gitmem tag a-name-that-is-longer-than-the-column &&
	same_list &&
	same_list -l &&
	same_list -n &&
	same_list -n1 &&
	same_list -n2 &&
	same_list -n9 &&
	same_list -l 'v*' &&
	same_list -l v1 'a*' 'd*' &&
	same_list -n -l '*[0-9]' &&
	same_list -n3 'l*' &&
	same_list -l nothing
EOT

test_case 'it prints JSON' <<'EOT'
	cd notes &&
	gitmem --json tag -l again v1 dir/blob >actual &&
	json_get actual .name >names &&
	printf 'again\ndir/blob\nv1\n' >expect &&
	expect_equal expect names &&
	json_get actual .object >objects &&
	git_here rev-parse again dir/blob v1 >expect &&
	expect_equal expect objects &&
	json_get actual .type >types &&
	printf 'tag\nblob\ncommit\n' >expect &&
	expect_equal expect types &&
	json_get actual .commit >commits &&
	{
		git_here rev-parse main~1 &&
		echo null &&
		git_here rev-parse main~1
	} >expect &&
	expect_equal expect commits &&
	head -n 1 actual >first &&
	test "$(json_get first .tagger.name)" = tester &&
	test "$(json_get first .tagger.time)" = 2026-01-02T03:04:05Z &&
	test "$(json_get first .message)" = 'a tag of a tag' &&
	tail -n 1 actual >last &&
	test "$(json_get last .tagger)" = null
EOT

test_case 'a tag that is there is only moved by -f' <<'EOT'
	cd notes &&
	must_fail 128 gitmem tag v1 2>err &&
	grep -qx "error: a tag named 'v1' exists already" err &&
	grep -q '^hint: ' err &&
	was=$(git_here rev-parse --short v1) &&
	gitmem tag -f v1 >out 2>err &&
	test ! -s out &&
	echo "Updated tag 'v1' (was $was)" >expect &&
	expect_equal expect err &&
	test "$(git_here rev-parse v1)" = "$(git_here rev-parse main)" &&
	silent gitmem tag -f v1 &&
	silent gitmem tag -f new
EOT

test_case 'tags are deleted, all that are named or none' <<'EOT'
	cd notes &&
	must_fail 128 gitmem tag -d v1 nope 2>err &&
	grep -qx "error: tag 'nope' does not exist" err &&
	git_here rev-parse -q --verify refs/tags/v1 >out &&
	was=$(git_here rev-parse --short v1) &&
	gitmem tag -d v1 new >out 2>err &&
	test ! -s out &&
	{
		echo "Deleted tag 'v1' (was $was)" &&
		echo "Deleted tag 'new' (was $was)"
	} >expect &&
	expect_equal expect err &&
	must_fail 1 git_here rev-parse -q --verify refs/tags/v1 &&
	gitmem tag v3 &&
	git_here pack-refs --all &&
	gitmem -q tag -d v3 &&
	must_fail 1 git_here rev-parse -q --verify refs/tags/v3
EOT

test_case 'the message can be written in an editor' <<'EOT'
	cd notes &&
	cat >editor <<'EOS' &&
#!/bin/sh
grep -q "^# The message of the tag" "$1" && printf 'written\n# a comment\n\nby hand\n' >>"$1"
EOS
	chmod +x editor &&
	EDITOR=./editor gitmem tag -a written &&
	git_here cat-file tag written | sed '1,/^$/d' >actual &&
	printf 'written\n\nby hand\n' >expect &&
	expect_equal expect actual &&
	must_fail 1 env EDITOR=true gitmem tag -a nothing 2>err &&
	grep -qx 'error: the message is empty: no tag was made' err &&
	must_fail 128 gitmem tag -a nothing &&
	must_fail 1 git_here rev-parse -q --verify refs/tags/nothing &&
	test -z "$(ls .gitmem/EDIT_* 2>/dev/null)"
EOT

test_case 'names that are none, and revisions' <<'EOT'
	cd notes &&
	for name in 'a b' a..b 'x.lock' '.x' 'x/' '@{1}' 'a~1' 'a^' 'a:b' 'a?' 'a[' HEAD '' \
		"$(printf 'a\nb')"; do
		must_fail 128 gitmem tag "$name" 2>err || exit 1
		grep -q 'is not a valid tag name$' err || exit 1
	done &&
	must_fail 128 gitmem tag -- -x &&
	must_fail 128 gitmem tag dir 2>err &&
	must_fail 128 gitmem tag v2/child &&
	must_fail 128 gitmem tag x nope 2>err &&
	grep -q "'nope'" err &&
	must_fail 128 gitmem tag -m "$(printf 'bad \377 bytes')" x 2>err &&
	must_fail 1 git_here rev-parse -q --verify refs/tags/x
EOT

test_case 'with --branch, HEAD means that branch' <<'EOT'
	cd notes &&
	gitmem branch side HEAD~1 &&
	gitmem --branch side tag on-side &&
	test "$(git_here rev-parse on-side)" = "$(git_here rev-parse main~1)"
EOT

test_case 'gc and a change of the layout keep them' <<'EOT'
	cd notes &&
	git_here for-each-ref >expect &&
	gitmem -q gc --prune now &&
	git_here for-each-ref >actual &&
	expect_equal expect actual &&
	gitmem show again >out &&
	grep -q '^tag again' out
EOT

test_case 'wrong usage' <<'EOT'
	cd notes &&
	must_fail 129 gitmem tag -d &&
	must_fail 129 gitmem tag -a &&
	must_fail 129 gitmem tag -m x &&
	must_fail 129 gitmem tag a b c &&
	must_fail 129 gitmem tag -d -f a &&
	must_fail 129 gitmem tag -l -m x a &&
	must_fail 129 gitmem tag -nx
EOT

done_testing
