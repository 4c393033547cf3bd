/* The header `gitmem-names`: written with all names or not at all, and not believed. */
#include "dag/commit_names.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "tests/unit/support.h"

#define AUTHOR "author A <a@b> 5 +0100\n"
#define COMMITTER "committer C <c@d> 6 -0200\n"
#define EMPTY_TREE "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
/* git hash-object -t tree /dev/null, in a repository of sha256 */
#define EMPTY_TREE_256 "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"
#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

struct repo {
	char *dir;
	struct gm_store *store;
	struct gm_batch *batch;
};

static int set_up(void **state, bool segments)
{
	struct repo *repo = calloc(1, sizeof(*repo));

	repo->dir = scratch_new();
	assert_int_equal(shell(NULL, repo->dir, "git init -q --bare ."), 0);
	gm_autofree char *objects = gm_path_join(repo->dir, "objects");
	if (segments)
		must(gm_store_create(repo->dir));
	must(gm_store_open(&repo->store, segments ? repo->dir : objects));
	must(gm_batch_begin(&repo->batch, repo->store));
	*state = repo;
	return 0;
}

static int with_git(void **state)
{
	return set_up(state, false);
}

static int with_segments(void **state)
{
	return set_up(state, true);
}

static int teardown(void **state)
{
	struct repo *repo = *state;

	gm_batch_free(repo->batch);
	gm_store_free(repo->store);
	scratch_remove(repo->dir);
	free(repo);
	return 0;
}

static void parse(struct gm_commit *out, const char *text)
{
	must(gm_commit_parse(out, text, strlen(text)));
}

/* Write a commit like `text`, and read its bytes. */
static void write(struct gm_oid *oid_out, struct gm_buf *out, struct repo *repo,
	const struct gm_commit *commit)
{
	must(gm_commit_write(oid_out, repo->batch, commit));
	must(gm_batch_commit(repo->batch));
	must(gm_store_read_type(out, repo->store, oid_out, GM_OBJECT_COMMIT));
}

static void a_new_commit_names_its_tree_and_parents(void **state)
{
	struct repo *repo = *state;
	gm_autocommit commit = GM_COMMIT_INIT;
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf expected = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_oid oid;
	uint8_t name[GM_SHA256_SIZE];
	char hex[GM_OID_HEX], hex256[GM_SHA256_HEX];
	enum gm_commit_names names = GM_COMMIT_NAMES_ABSENT;

	parse(&commit, "tree " EMPTY_TREE "\n" AUTHOR COMMITTER "\none\n");
	write(&oid, &bytes, repo, &commit);
	assert_string_equal(gm_buf_str(&bytes),
		"tree " EMPTY_TREE "\n" AUTHOR COMMITTER
		"gitmem-names sha256 " EMPTY_TREE_256 "\n\none\n");
	must(gm_store_sha256(name, repo->store, &oid));
	gm_oid_format(hex, &oid);
	gm_sha256_format(hex256, name);
	must(gm_buf_printf(&expected,
		"tree " EMPTY_TREE "\nparent %s\n" AUTHOR COMMITTER
		"encoding latin1\ngitmem-names sha256 " EMPTY_TREE_256 " %s\n"
		"x-other 1\n  2\n\ntwo\n",
		hex, hex256));
	gm_autofree char *text = gm_format(
		"tree " EMPTY_TREE "\nparent %s\n" AUTHOR COMMITTER
		"encoding latin1\nx-other 1\n  2\ngitmem-names sha256 stale\n\ntwo\n",
		hex);
	parse(&commit, text);
	write(&oid, &bytes, repo, &commit);
	assert_string_equal(gm_buf_str(&bytes), gm_buf_str(&expected));
	must(gm_commit_read(&commit, repo->store, &oid));
	must(gm_commit_names_check(&names, &commit, repo->store));
	assert_int_equal(names, GM_COMMIT_NAMES_RIGHT);
}

static void a_name_that_is_not_known_leaves_the_header_out(void **state)
{
	struct repo *repo = *state;
	gm_autocommit commit = GM_COMMIT_INIT;
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_oid oid;
	enum gm_commit_names names = GM_COMMIT_NAMES_RIGHT;
	static const char text[] =
		"tree " EMPTY_TREE
		"\nparent 0123456789012345678901234567890123456789\n" AUTHOR COMMITTER
		"\none\n";

	parse(&commit, text);
	write(&oid, &bytes, repo, &commit);
	assert_string_equal(gm_buf_str(&bytes), text);
	must(gm_commit_names_check(&names, &commit, repo->store));
	assert_int_equal(names, GM_COMMIT_NAMES_ABSENT);
}

/* Stock git made the parent: it is named when there is reason to. */
static void objects_of_stock_git_are_named_in_passing(void **state)
{
	struct repo *repo = *state;
	gm_autocommit commit = GM_COMMIT_INIT;
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf id = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_oid oid;
	enum gm_commit_names names = GM_COMMIT_NAMES_ABSENT;

	assert_int_equal(shell(&id, repo->dir,
				 "export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a "
				 "GIT_COMMITTER_NAME=a "
				 "GIT_COMMITTER_EMAIL=a;"
				 "b=$(echo x | git hash-object -w --stdin);"
				 "t=$(printf '100644 blob %s\\tf\\n' $b | git mktree);"
				 "p=$(git commit-tree -m 1 $t);"
				 "echo $(git commit-tree -p $p -m 2 $t)"),
		0);
	gm_autofree char *text = gm_format(
		"tree " EMPTY_TREE "\nparent %.40s\n" AUTHOR COMMITTER "\n", id.ptr);
	parse(&commit, text);
	write(&oid, &bytes, repo, &commit);
	must(gm_commit_read(&commit, repo->store, &oid));
	must(gm_commit_names_check(&names, &commit, repo->store));
	assert_int_equal(names, GM_COMMIT_NAMES_RIGHT);
}

/* What continues a line, or has no end, must not take the names in. */
static void odd_headers_do_not_swallow_the_names(void **state)
{
	static const char *const odd[] = {" x", " x\n", "encoding x", " x\nencoding y",
		"x", "gitmem-names sha256", "encoding x\n y\n"};
	struct repo *repo = *state;

	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		gm_autocommit commit = GM_COMMIT_INIT;
		gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
		struct gm_oid oid;
		enum gm_commit_names names = GM_COMMIT_NAMES_ABSENT;
		gm_autofree char *text =
			gm_format("tree " EMPTY_TREE "\n" AUTHOR COMMITTER "%s", odd[i]);
		parse(&commit, text);
		write(&oid, &bytes, repo, &commit);
		must(gm_commit_read(&commit, repo->store, &oid));
		must(gm_commit_names_check(&names, &commit, repo->store));
		if (names != GM_COMMIT_NAMES_RIGHT)
			fail_msg("not right behind '%s': %s", odd[i], gm_buf_str(&bytes));
	}
}

static enum gm_commit_names judge(struct repo *repo, const char *extra)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	enum gm_commit_names names = GM_COMMIT_NAMES_UNKNOWN;
	gm_autofree char *text =
		gm_format("tree " EMPTY_TREE "\n" AUTHOR COMMITTER "%s\n", extra);

	parse(&commit, text);
	must(gm_commit_names_check(&names, &commit, repo->store));
	return names;
}

static void names_that_are_not_those_of_the_commit_are_wrong(void **state)
{
	static const char *const wrong[] = {
		"gitmem-names sha256\n",
		"gitmem-names sha256 \n",
		"gitmem-names sha256 " HEX64 "\n",
		"gitmem-names sha256 " EMPTY_TREE_256 " \n",
		"gitmem-names sha256 " EMPTY_TREE_256 " " EMPTY_TREE_256 "\n",
		"gitmem-names sha256  " EMPTY_TREE_256 "\n",
		"gitmem-names sha256 " EMPTY_TREE_256 "\n continued\n",
		"gitmem-names sha256 " EMPTY_TREE "\n",
		"gitmem-names sha256 xyz0123456789abcdef0123456789abcdef0123456789abcdef"
		"0123456789ab\n",
		"gitmem-names sha256 " EMPTY_TREE_256
		"\ngitmem-names sha256 " EMPTY_TREE_256 "\n",
	};
	struct repo *repo = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		if (judge(repo, wrong[i]) != GM_COMMIT_NAMES_WRONG)
			fail_msg("not found wrong: %s", wrong[i]);
	assert_int_equal(judge(repo, "gitmem-names sha256 " EMPTY_TREE_256 "\n"),
		GM_COMMIT_NAMES_RIGHT);
	assert_int_equal(judge(repo, "x 1\ngitmem-names sha256 " EMPTY_TREE_256 "\n"),
		GM_COMMIT_NAMES_RIGHT);
}

static void names_of_another_algorithm_are_nothing_to_us(void **state)
{
	struct repo *repo = *state;

	assert_int_equal(judge(repo, ""), GM_COMMIT_NAMES_ABSENT);
	assert_int_equal(judge(repo, "gitmem-names sha3 12\n"), GM_COMMIT_NAMES_ABSENT);
	assert_int_equal(
		judge(repo, "gitmem-names sha256x 12\n"), GM_COMMIT_NAMES_ABSENT);
	assert_int_equal(judge(repo, "x gitmem-names\n gitmem-names sha256 12\n"),
		GM_COMMIT_NAMES_ABSENT);
}

static void what_is_missing_cannot_be_compared(void **state)
{
	struct repo *repo = *state;
	gm_autocommit commit = GM_COMMIT_INIT;
	enum gm_commit_names names = GM_COMMIT_NAMES_RIGHT;

	parse(&commit,
		"tree 0123456789012345678901234567890123456789\n" AUTHOR COMMITTER
		"gitmem-names sha256 " HEX64 "\n\n");
	must(gm_commit_names_check(&names, &commit, repo->store));
	assert_int_equal(names, GM_COMMIT_NAMES_UNKNOWN);
}

static void further_headers_are_kept_byte_for_byte(void **state)
{
	static const char text[] =
		"tree " EMPTY_TREE "\n" AUTHOR COMMITTER "encoding ISO-8859-1\n"
		"mergetag object 0123456789012345678901234567890123456789\n"
		" type commit\n tag x\n"
		"gitmem-names sha256 stale\n"
		"x-other\n"
		"gpgsig-sha256 -----BEGIN SSH SIGNATURE-----\n \n"
		" -----END SSH SIGNATURE-----\n"
		"\n\xe9t\xe9\n";
	gm_autocommit commit = GM_COMMIT_INIT;
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);

	(void)state;
	parse(&commit, text);
	assert_true(gm_commit_is_signed(&commit));
	must(gm_commit_format(&bytes, &commit));
	assert_string_equal(gm_buf_str(&bytes), text);
	parse(&commit,
		"tree " EMPTY_TREE "\n" AUTHOR COMMITTER "x gpgsig\n gpgsig y\n\n");
	assert_false(gm_commit_is_signed(&commit));
}

#define both(test)                                                          \
	cmocka_unit_test_setup_teardown(test, with_git, teardown),          \
	{                                                                   \
#test " with segments", test, with_segments, teardown, NULL \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		both(a_new_commit_names_its_tree_and_parents),
		both(a_name_that_is_not_known_leaves_the_header_out),
		both(objects_of_stock_git_are_named_in_passing),
		both(odd_headers_do_not_swallow_the_names),
		both(names_that_are_not_those_of_the_commit_are_wrong),
		cmocka_unit_test_setup_teardown(
			names_of_another_algorithm_are_nothing_to_us, with_git, teardown),
		cmocka_unit_test_setup_teardown(
			what_is_missing_cannot_be_compared, with_git, teardown),
		cmocka_unit_test(further_headers_are_kept_byte_for_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
