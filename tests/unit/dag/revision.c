#include "tests/unit/support.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "dag/revision.h"

/*
 * A repository `r` with merges, branches, switches, tags of tags, remotes, names that mean
 * several things, loose and packed refs and objects, and many objects of equal first digits.
 */
static const char make_repository[] =
	"at() { export GIT_COMMITTER_DATE=\"$((1767323045 + 86400 * $1)) +0000\"; }\n"
	"save() { at $1; echo $1 >d/n; git add .; git commit -q -m \"c$1\"; }\n"
	"exec 2>/dev/null\n"
	"git init -q -b main r && cd r && git config core.abbrev 7 && mkdir -p d/e &&\n"
	"echo a >a && echo e >d/e/f && save 0 && save 1 && save 2 && git tag v1 &&\n"
	"git tag -a -m t v1.0-annot HEAD~1 && git tag -a -m t nested v1.0-annot &&\n"
	"git tag -a -m t tree-tag HEAD^{tree} && git tag -a -m t blob-tag HEAD:a &&\n"
	"git tag tree-ref HEAD:d && git pack-refs --all && git repack -q -a -d &&\n"
	"at 3 && git checkout -q -b topic HEAD~1 && save 4 && save 5 &&\n"
	"at 6 && git checkout -q -b feature/x HEAD~1 && save 7 &&\n"
	"at 8 && git checkout -q main && save 9 &&\n"
	"at 10 && git merge -q -s ours -m m topic feature/x && save 11 &&\n"
	"at 12 && git checkout -q HEAD~1 && at 13 && git checkout -q topic &&\n"
	"at 14 && git commit -q --amend -m again && at 15 && git checkout -q main &&\n"
	"git branch both HEAD~1 && git tag both HEAD~2 &&\n"
	"git branch $(git rev-parse --short=6 HEAD^) topic &&\n"
	"git update-ref refs/remotes/origin/main HEAD~2 &&\n"
	"git update-ref refs/remotes/origin/only HEAD~3 && git update-ref refs/odd v1 "
	"&&\n"
	"git symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/main &&\n"
	"git symbolic-ref refs/heads/alias refs/heads/topic &&\n"
	"git config remote.origin.url ../o &&\n"
	"git config remote.origin.fetch '+refs/heads/*:refs/remotes/origin/*' &&\n"
	"git config branch.main.remote origin && "
	"git config branch.main.merge refs/heads/main &&\n"
	"git config branch.topic.remote . && git config branch.topic.merge "
	"refs/heads/both &&\n"
	"git config branch.both.remote origin && "
	"git config branch.both.merge refs/heads/gone &&\n"
	"git config branch.none.remote origin && "
	"git config branch.none.merge refs/heads/main &&\n"
	"git update-ref ORIG_HEAD v1 && git branch 'br{ce' v1 &&\n"
	"for i in $(seq 3000); do printf 'blob\\ndata <<E\\n%d\\nE\\n' $i; done "
	">../blobs &&\n"
	"for i in $(seq 400); do printf 'commit refs/heads/many\\ncommitter C <c> %d "
	"+0000\\n"
	"data 1\\nc\\n' $i; done >>../blobs && git fast-import --quiet <../blobs &&\n"
	"for i in 4827 11742 737116 814346; do echo $i >x && git hash-object -w x; "
	"done\n";

struct fixture {
	char *dir;
	struct gm_repo *repo;
	struct gm_store *store;
};

static struct fixture fixture;

static void open_fixture(struct fixture *out, const char *command, const char *gitdir)
{
	out->dir = scratch_new();
	assert_int_equal(shell(NULL, out->dir, command), 0);
	gm_autofree char *path = gm_path_join(out->dir, gitdir);
	must(gm_repo_open(&out->repo, path));
	out->store = gm_repo_store(out->repo);
}

static void close_fixture(struct fixture *fixture_)
{
	gm_repo_free(fixture_->repo);
	scratch_remove(fixture_->dir);
}

static int set_up(void **state)
{
	(void)state;
	open_fixture(&fixture, make_repository, "r/.git");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	close_fixture(&fixture);
	return 0;
}

typedef int (*resolve_fn)(
	struct gm_oid *out, struct gm_repo *repo, const char *text, const char *branch);

/*
 * Resolve each line of `list` beside git, which gets the line with `suffix`. Returns how many
 * meant something.
 */
static size_t compare_with_git(
	const struct gm_buf *list, resolve_fn resolve, const char *suffix)
{
	gm_autobuf answer = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autofree char *command = gm_format("cd r && while IFS= read -r line; do "
					      "git rev-parse -q --verify \"$line%s\" "
					      "2>/dev/null || echo -; done <../list",
		suffix);
	gm_autofree char *lines = gm_strdup(gm_buf_str(list));
	char *save = NULL;
	size_t accepted = 0;

	scratch_write(fixture.dir, "list", gm_buf_str(list), list->size);
	assert_int_equal(shell(&answer, fixture.dir, command), 0);
	const char *expected = gm_buf_str(&answer);
	for (char *line = strtok_r(lines, "\n", &save); line;
		line = strtok_r(NULL, "\n", &save)) {
		struct gm_oid oid;
		char hex[GM_OID_HEX] = "-";
		size_t size = strcspn(expected, "\n");
		if (resolve(&oid, fixture.repo, line, NULL) == 0)
			gm_oid_format(hex, &oid);
		if (strlen(hex) != size || strncmp(hex, expected, size) != 0)
			fail_msg("'%s' is %s, not %.*s: %s", line, hex, (int)size,
				expected, gm_error_last()->message);
		expected += size + 1;
		accepted += *hex != '-';
	}
	assert_string_equal(expected, "");
	return accepted;
}

static void names_and_suffixes_mean_what_git_says(void **state)
{
	static const char *const names[] = {"HEAD", "@", "main", "topic", "feature/x",
		"v1", "v1.0-annot", "nested", "tree-tag", "blob-tag", "tree-ref", "both",
		"many", "alias", "refs/heads/main", "heads/main", "tags/v1", "origin",
		"origin/main", "origin/only", "remotes/origin", "odd", "refs/odd",
		"ORIG_HEAD", "br{ce"};
	static const char *const suffixes[] = {"", "^", "~", "^0", "^1", "^2", "^3", "^4",
		"~0", "~1", "~3", "~99", "^^", "^2~1", "~1^2", "~1^3~2", "^{}",
		"^{commit}", "^{tree}", "^{blob}", "^{tag}", "^{object}", "^{commit}~1",
		"^{tree}^{tree}", "^{tag}^{commit}", "^{tree}^{commit}", "^{bogus}",
		"^{commit", "^{", "~x", "^x", "^{commit}x", "~1@{1}", ":", ":a", ":d",
		":d/", ":d/e/f", ":d/e/f/", ":a/", ":/a", ":d//e", ":nothing", "~1:d/n",
		"^{}:a", "^{tree}:a", "^{blob}:", "x", " ", "\\"};
	gm_autobuf list = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (size_t j = 0; j < sizeof(suffixes) / sizeof(suffixes[0]); j++)
			must(gm_buf_printf(&list, "%s%s\n", names[i], suffixes[j]));
	assert_true(compare_with_git(&list, gm_revision_parse, "") > 400);
}

static void reflogs_are_searched_as_git_does(void **state)
{
	static const char *const names[] = {"", "@", "HEAD", "main", "topic", "feature/x",
		"alias", "both", "refs/heads/main", "heads/topic", "@{-1}", "@{-3}", "v1",
		"origin", "nothing", "HEAD~1"};
	static const char *const selectors[] = {"0", "1", "2", "3", "5", "7", "8", "13",
		"99", "-1", "-2", "-3", "-4", "-5", "-9", "-0", "-x", "", "1767323044",
		"1767323045", "1767582245", "1768000000", "1999999999",
		"2026-01-03T03:04:04Z", "2026-01-03T03:04:05Z", "2026-01-10T12:00:00Z",
		"2020-01-01T00:00:00Z", "2036-01-01T00:00:00Z", "yesterday", "1 day ago"};
	gm_autobuf list = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (size_t j = 0; j < sizeof(selectors) / sizeof(selectors[0]); j++)
			must(gm_buf_printf(&list,
				"%s@{%s}\n%s@{%s}~1:a\n%s@{%s}^{tree}\n", names[i],
				selectors[j], names[i], selectors[j], names[i],
				selectors[j]));
	assert_true(compare_with_git(&list, gm_revision_parse, "") > 400);
}

static void short_ids_are_told_apart_as_git_does(void **state)
{
	gm_autobuf list = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf upper = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	/* Digits that several objects share, and some of one object only. */
	assert_int_equal(
		shell(&list, fixture.dir,
			"cd r && git cat-file --batch-all-objects "
			"--batch-check='%(objectname)' >../ids && "
			"cut -c-4 ../ids | uniq -d && cut -c-5 ../ids | uniq -d && "
			"cut -c-4 ../ids | uniq -u | head -n 40 && cut -c-12 ../ids | "
			"head -n 20 && "
			"cut -c-3 ../ids | head -n 3 && cut -c-39 ../ids | head -n 5 && "
			"head -n 5 ../ids && git rev-parse --short=6 main^ && echo zzzz "
			"&& echo 123456g"),
		0);
	assert_true(compare_with_git(&list, gm_revision_parse, "") > 60);
	assert_true(compare_with_git(&list, gm_revision_commit, "^{commit}") > 10);
	assert_true(compare_with_git(&list, gm_revision_tree, "^{tree}") > 10);
	assert_int_equal(shell(&upper, fixture.dir, "tr a-f A-F <list"), 0);
	assert_true(compare_with_git(&upper, gm_revision_commit, "^{commit}") > 10);
}

static void an_ambiguous_id_names_its_objects(void **state)
{
	struct gm_oid oid = gm_oid_zero;

	(void)state;
	assert_int_equal(
		gm_revision_parse(&oid, fixture.repo, "d6861de5", NULL), GM_EAMBIGUOUS);
	assert_string_equal(gm_error_last()->message,
		"short id 'd6861de5' is ambiguous: d6861de5443 blob, d6861de544c blob");
	assert_true(gm_oid_is_zero(&oid));
}

static void compare_abbreviation(const char *id, const char *expected, size_t size)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_oid oid;

	assert_true(gm_oid_parse(&oid, id, GM_OID_HEX - 1));
	must(gm_abbreviate(&text, fixture.store, &oid));
	if (text.size != size || strncmp(gm_buf_str(&text), expected, size) != 0)
		fail_msg("%s, not %.*s", gm_buf_str(&text), (int)size, expected);
}

static void abbreviated_ids_are_those_of_git(void **state)
{
	gm_autobuf answer = GM_BUF_INIT(GM_BUF_TEXT);
	size_t longest = 0;

	(void)state;
	assert_int_equal(
		shell(&answer, fixture.dir,
			"cd r && git log --all --format='%H %h' && for i in 4827 11742 "
			"737116 814346; do "
			"id=$(echo $i | git hash-object --stdin) && echo $id $(git "
			"rev-parse --short $id); "
			"done; echo 51d2738000000000000000000000000000000000 51d27380"),
		0);
	for (const char *at = gm_buf_str(&answer); *at;) {
		const char *expected = at + GM_OID_HEX;
		size_t size = strcspn(expected, "\n");
		compare_abbreviation(at, expected, size);
		longest = size > longest ? size : longest;
		at = expected + size + 1;
	}
	assert_int_equal(longest, 11);
}

static void a_pack_that_cannot_be_read_does_not_keep_ids_from_being_shortened(
	void **state)
{
	gm_cleanup(gm_repo_free_p) struct gm_repo *repo = NULL;
	gm_autofree char *path = gm_path_join(fixture.dir, "r/.git");
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	scratch_write(fixture.dir, "r/.git/objects/pack/pack-x.idx", "junk", 4);
	scratch_write(fixture.dir, "r/.git/objects/pack/pack-x.pack", "junk", 4);
	must(gm_repo_open(&repo, path));
	must(gm_abbreviate(&text, gm_repo_store(repo), &gm_oid_empty_tree));
	assert_string_equal(gm_buf_str(&text), "4b825dc");
	assert_int_equal(shell(NULL, fixture.dir, "rm r/.git/objects/pack/pack-x.*"), 0);
}

static void assert_same(const char *text, const char *branch, const char *other)
{
	struct gm_oid a, b;

	must(gm_revision_parse(&a, fixture.repo, text, branch));
	must(gm_revision_parse(&b, fixture.repo, other, NULL));
	assert_true(gm_oid_equal(&a, &b));
}

static void head_means_the_branch_of_the_call(void **state)
{
	(void)state;
	assert_same("HEAD", "topic", "topic");
	assert_same("@~1:d/n", "topic", "topic~1:d/n");
	assert_same("HEAD@{1}", "topic", "topic@{1}");
	assert_same("@{1}", "topic", "topic@{1}");
	assert_same("@{-1}", "feature/x", "@{-1}");
	assert_same("main", "topic", "main");
}

static void assert_refused(
	int code, const char *text, const char *branch, const char *message)
{
	struct gm_oid oid = gm_oid_zero;

	assert_int_equal(gm_revision_parse(&oid, fixture.repo, text, branch), code);
	assert_string_equal(gm_error_last()->message, message);
	assert_true(gm_oid_is_zero(&oid));
}

static void refusals_say_what_is_wrong(void **state)
{
	(void)state;
	assert_refused(GM_ENOTFOUND, "nothing", NULL, "unknown revision 'nothing'");
	assert_refused(GM_ENOTFOUND, "", NULL, "unknown revision ''");
	assert_refused(GM_ENOTFOUND, "HEAD", "new", "'HEAD' has no commit yet");
	assert_refused(GM_ENOTFOUND, "v1:x", NULL, "there is no 'x' in 'v1'");
	assert_refused(GM_ENOTFOUND, "main@{99}", NULL,
		"the log of 'refs/heads/main' has only 6 entries");
	assert_refused(
		GM_ERROR, "tree-tag~1", NULL, "'tree-tag~1' is a tree, not a commit");
	assert_refused(GM_EINVALID, ":a", NULL, "no revision before the colon of ':a'");
	assert_refused(
		GM_EINVALID, "HEAD^{bogus}", NULL, "unknown type in 'HEAD^{bogus}'");
	assert_refused(GM_ENOTFOUND, "0123456789012345678901234567890123456789", NULL,
		"no object has the id '0123456789012345678901234567890123456789'");
	assert_refused(GM_ETOOBIG, "HEAD~0~100001", NULL,
		"'HEAD~0~100001' goes back more than 100000 commits");
	assert_refused(GM_ETOOBIG, "v1~99999999999999999999999", NULL,
		"'v1~99999999999999999999999' goes back more than 100000 commits");
}

static void upstreams_are_those_of_git(void **state)
{
	static const char *const names[] = {"", "@", "HEAD", "main", "topic", "feature/x",
		"both", "none", "nothing", "@{-1}", "@{-2}", "refs/heads/main", "v1",
		"origin"};
	static const char *const selectors[] = {"@{u}", "@{upstream}", "@{U}",
		"@{UpStream}", "@{u}~1", "@{u}^{tree}", "@{u}:a", "@{u}@{0}", "@{u}@{1}",
		"@{ups}", "@{u}x"};
	gm_autobuf list = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (size_t j = 0; j < sizeof(selectors) / sizeof(selectors[0]); j++)
			must(gm_buf_printf(&list, "%s%s\n", names[i], selectors[j]));
	assert_true(compare_with_git(&list, gm_revision_parse, "") > 30);
	assert_same("@{u}", "topic", "heads/both");
	assert_same("HEAD@{upstream}", "topic", "heads/both");
}

static void an_upstream_that_is_missing_is_told(void **state)
{
	(void)state;
	assert_refused(GM_ENOTFOUND, "feature/x@{u}", NULL,
		"no upstream is set for the branch 'feature/x'");
	assert_refused(GM_ENOTFOUND, "both@{u}", NULL,
		"the upstream 'origin/gone' does not exist");
	assert_refused(GM_ENOTFOUND, "nothing@{u}", NULL, "no branch 'nothing'");
	assert_refused(GM_EINVALID, "main@{push}", NULL,
		"'@{push}' is not known: '@{upstream}' is where a branch is pushed");
}

static void messages_are_searched_as_git_does(void **state)
{
	static const char *const texts[] = {"", "c1", "c", "^c1$", "c(4|5)", "again", "m",
		"nothing at all", "!-c", "!-again", "!!c", "!c", "!", "[", "^{tree}",
		"c1}", "c9~1", "A", ".", "c[0-4]", "a:b", "@{1}"};
	gm_autobuf list = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		must(gm_buf_printf(&list,
			":/%s\nHEAD^{/%s}\ntopic~1^{/%s}^{tree}\nv1.0-annot^{/%s}~1\n"
			"main^{/%s}:a\ntree-tag^{/%s}\n",
			texts[i], texts[i], texts[i], texts[i], texts[i], texts[i]));
	assert_true(compare_with_git(&list, gm_revision_parse, "") > 30);
}

static void names_of_git_describe_are_known(void **state)
{
	gm_autobuf list = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	assert_int_equal(
		shell(&list, fixture.dir,
			"cd r && git describe --tags --long main topic feature/x main~1 "
			"&& "
			"id=$(git rev-parse --short main) && "
			"for name in v1-2-g$id x-g$id no/such-9-g$id -g$id g$id "
			"v1-3-G$id "
			"v1-3-g v1-3-gabc v1-3-g${id}z v1-3-g$id~1; do echo $name; done"),
		0);
	assert_true(compare_with_git(&list, gm_revision_parse, "") > 6);
}

static void a_long_text_is_refused(void **state)
{
	struct gm_oid oid;
	char text[5000];

	(void)state;
	memset(text, '^', sizeof(text));
	memcpy(text, "HEAD", 4);
	text[4097] = '\0';
	assert_int_equal(gm_revision_parse(&oid, fixture.repo, text, NULL), GM_EINVALID);
	text[4096] = '\0';
	assert_int_equal(gm_revision_parse(&oid, fixture.repo, text, NULL), GM_ENOTFOUND);
}

static void head_without_a_commit_is_not_found(void **state)
{
	struct fixture empty;
	struct gm_oid oid;

	(void)state;
	open_fixture(&empty, "git init -q --bare r", "r");
	assert_int_equal(
		gm_revision_commit(&oid, empty.repo, "HEAD", NULL), GM_ENOTFOUND);
	assert_string_equal(gm_error_last()->message, "'HEAD' has no commit yet");
	assert_int_equal(gm_revision_tree(&oid, empty.repo, "@~1", NULL), GM_ENOTFOUND);
	assert_int_equal(gm_revision_parse(&oid, empty.repo, "@{1}", NULL), GM_ENOTFOUND);
	close_fixture(&empty);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_suffixes_mean_what_git_says),
		cmocka_unit_test(reflogs_are_searched_as_git_does),
		cmocka_unit_test(short_ids_are_told_apart_as_git_does),
		cmocka_unit_test(an_ambiguous_id_names_its_objects),
		cmocka_unit_test(abbreviated_ids_are_those_of_git),
		cmocka_unit_test(
			a_pack_that_cannot_be_read_does_not_keep_ids_from_being_shortened),
		cmocka_unit_test(head_means_the_branch_of_the_call),
		cmocka_unit_test(refusals_say_what_is_wrong),
		cmocka_unit_test(upstreams_are_those_of_git),
		cmocka_unit_test(an_upstream_that_is_missing_is_told),
		cmocka_unit_test(messages_are_searched_as_git_does),
		cmocka_unit_test(names_of_git_describe_are_known),
		cmocka_unit_test(a_long_text_is_refused),
		cmocka_unit_test(head_without_a_commit_is_not_found),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
