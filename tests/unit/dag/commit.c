#include "dag/commit.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "tests/unit/support.h"

#define TREE "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"
#define PARENT "parent 0123456789012345678901234567890123456789\n"
#define AUTHOR "author A <a@b> 5 +0100\n"
#define COMMITTER "committer C <c@d> 6 -0200\n"

struct repo {
	char *dir;
	struct gm_store *store;
};

static int setup(void **state)
{
	struct repo *repo = calloc(1, sizeof(*repo));

	repo->dir = scratch_new();
	assert_int_equal(shell(NULL, repo->dir, "git init -q --bare ."), 0);
	gm_autofree char *objects = gm_path_join(repo->dir, "objects");
	must(gm_store_open(&repo->store, objects));
	*state = repo;
	return 0;
}

static int teardown(void **state)
{
	struct repo *repo = *state;

	gm_store_free(repo->store);
	scratch_remove(repo->dir);
	free(repo);
	return 0;
}

/* What a command of git prints, which is an object's id. */
static void git_oid(struct gm_oid *out, struct repo *repo, const char *command)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	assert_int_equal(shell(&text, repo->dir, command), 0);
	assert_true(text.size >= 40 && gm_oid_parse(out, text.ptr, 40));
}

static void write_object(
	struct gm_oid *out, struct repo *repo, enum gm_object_type type, const char *text)
{
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;

	must(gm_batch_begin(&batch, repo->store));
	must(gm_batch_write(out, batch, type, text, strlen(text)));
	must(gm_batch_commit(batch));
}

static void format_simple(struct gm_buf *out, const char *message, size_t n_parents)
{
	struct gm_oid parents[3];
	struct gm_commit commit = GM_COMMIT_INIT;

	memset(parents, 0x11, sizeof(parents));
	commit.tree = gm_oid_empty_tree;
	commit.parents = parents;
	commit.n_parents = n_parents;
	must(gm_signature_set(&commit.author, "A U Thor", "author@example.com",
		1767323045 * GM_TIME_SECOND, 0));
	must(gm_signature_set(&commit.committer, "C O Mitter", "committer@example.com",
		1767323045 * GM_TIME_SECOND, 0));
	commit.message = (char *)(uintptr_t)message;
	must(gm_commit_format(out, &commit));
	gm_signature_dispose(&commit.author);
	gm_signature_dispose(&commit.committer);
}

static void a_commit_has_the_bytes_git_gives_it(void **state)
{
	struct repo *repo = *state;
	gm_autobuf data = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_oid ours, theirs;

	format_simple(&data, "subject\n\nbody", 0);
	gm_object_hash(&ours, GM_OBJECT_COMMIT, data.ptr, data.size);
	git_oid(&theirs, repo,
		"printf 'subject\\n\\nbody\\n' |"
		" git commit-tree $(git hash-object -w -t tree /dev/null)");
	assert_true(gm_oid_equal(&ours, &theirs));
}

static void git_accepts_what_we_write(void **state)
{
	struct repo *repo = *state;
	gm_autobuf data = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_oid ours, theirs;

	format_simple(&data, "", 3);
	gm_object_hash(&ours, GM_OBJECT_COMMIT, data.ptr, data.size);
	scratch_write(repo->dir, "data", data.ptr, data.size);
	git_oid(&theirs, repo, "git hash-object -t commit -w --stdin <data");
	assert_true(gm_oid_equal(&ours, &theirs));
	assert_int_equal(shell(&text, repo->dir,
				 "git cat-file commit $(git hash-object -t commit data)"),
		0);
	assert_string_equal(gm_buf_str(&text), gm_buf_str(&data));
}

static void the_message_gets_one_final_newline(void **state)
{
	static const char *const messages[][2] = {{"a", "\n\na\n"}, {"a\n", "\n\na\n"},
		{"a\n\n", "\n\na\n\n"}, {"", "+0000\n\n"}};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		gm_autobuf data = GM_BUF_INIT(GM_BUF_TEXT);
		format_simple(&data, messages[i][0], 1);
		size_t n = strlen(messages[i][1]);
		assert_string_equal(data.ptr + data.size - n, messages[i][1]);
	}
}

static void a_commit_of_git_is_read(void **state)
{
	struct repo *repo = *state;
	gm_autocommit commit = GM_COMMIT_INIT;
	struct gm_oid first, second, oid;

	git_oid(&first, repo,
		"git commit-tree -m one $(git hash-object -w -t tree /dev/null)");
	git_oid(&second, repo,
		"git commit-tree -m two $(git hash-object -w -t tree /dev/null)");
	git_oid(&oid, repo,
		"t=$(git hash-object -w -t tree /dev/null) &&"
		" GIT_AUTHOR_DATE='1700000000 -0730' git commit-tree -m 'sub' -m 'body'"
		" -p $(git commit-tree -m one $t) -p $(git commit-tree -m two $t) $t");
	must(gm_commit_read(&commit, repo->store, &oid));
	assert_true(gm_oid_equal(&commit.oid, &oid));
	assert_true(gm_oid_equal(&commit.tree, &gm_oid_empty_tree));
	assert_int_equal(commit.n_parents, 2);
	assert_true(gm_oid_equal(&commit.parents[0], &first));
	assert_true(gm_oid_equal(&commit.parents[1], &second));
	assert_string_equal(commit.author.name, "A U Thor");
	assert_string_equal(commit.author.mail, "author@example.com");
	assert_int_equal(commit.author.time, 1700000000 * GM_TIME_SECOND);
	assert_int_equal(commit.author.zone_minutes, -450);
	assert_string_equal(commit.committer.name, "C O Mitter");
	assert_string_equal(commit.message, "sub\n\nbody\n");
	must(gm_commit_read(&commit, repo->store, &commit.parents[0]));
	assert_true(gm_oid_equal(&commit.oid, &first));
	assert_string_equal(commit.message, "one\n");
}

static void parse(struct gm_commit *out, const char *text)
{
	must(gm_commit_parse(out, text, strlen(text)));
}

static void headers_we_do_not_know_are_passed_over(void **state)
{
	gm_autocommit commit = GM_COMMIT_INIT;

	(void)state;
	parse(&commit,
		TREE PARENT PARENT AUTHOR COMMITTER
		"encoding ISO-8859-1\n"
		"gpgsig -----BEGIN SSH SIGNATURE-----\n"
		" U1NIU0lH\n"
		" \n"
		" author Mallory <m@m> 1 +0000\n"
		" -----END SSH SIGNATURE-----\n"
		"mergetag object 0123456789012345678901234567890123456789\n"
		" tag x\n"
		"x-other\n"
		"\n"
		"the message\n");
	assert_int_equal(commit.n_parents, 2);
	assert_string_equal(commit.author.name, "A");
	assert_string_equal(commit.message, "the message\n");
}

static void a_commit_may_lack_a_message(void **state)
{
	gm_autocommit commit = GM_COMMIT_INIT;

	(void)state;
	parse(&commit, TREE AUTHOR COMMITTER "\n");
	assert_string_equal(commit.message, "");
	parse(&commit, TREE AUTHOR COMMITTER);
	assert_string_equal(commit.message, "");
	parse(&commit, TREE AUTHOR COMMITTER "header without an end");
	assert_string_equal(commit.message, "");
	parse(&commit, TREE AUTHOR COMMITTER "\nno newline");
	assert_string_equal(commit.message, "no newline");
}

static void broken_commits_are_refused(void **state)
{
	static const char *const bad[] = {"", "\n", "tree\n", "tree 4b825d\n", TREE,
		TREE AUTHOR, TREE COMMITTER AUTHOR "\n",
		PARENT TREE AUTHOR COMMITTER "\n",
		TREE "parent 0123\n" AUTHOR COMMITTER "\n",
		TREE "parent 01234567890123456789012345678901234567891\n" AUTHOR COMMITTER
		     "\n",
		TREE "author A <a@b> 5 +0100",
		"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904",
		"tree 4b825dc642cb6eb9a060e54bf8d69288fbee490x\n" AUTHOR COMMITTER "\n",
		TREE "authority A <a@b> 5 +0100\n" COMMITTER "\n"};
	gm_autocommit commit = GM_COMMIT_INIT;

	(void)state;
	parse(&commit, TREE AUTHOR COMMITTER "\nstays");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (gm_commit_parse(&commit, bad[i], strlen(bad[i])) != GM_EMISMATCH)
			fail_msg("case %zu passed", i);
	assert_string_equal(commit.message, "stays");
}

static void reading_names_what_is_wrong(void **state)
{
	struct repo *repo = *state;
	gm_autocommit commit = GM_COMMIT_INIT;
	char hex[GM_OID_HEX];
	struct gm_oid oid;

	write_object(&oid, repo, GM_OBJECT_COMMIT, TREE);
	gm_oid_format(hex, &oid);
	assert_int_equal(gm_commit_read(&commit, repo->store, &oid), GM_EMISMATCH);
	assert_non_null(strstr(gm_error_last()->message, hex));
	write_object(&oid, repo, GM_OBJECT_BLOB, "text");
	assert_int_equal(gm_commit_read(&commit, repo->store, &oid), GM_EMISMATCH);
	memset(oid.bytes, 9, sizeof(oid.bytes));
	assert_int_equal(gm_commit_read(&commit, repo->store, &oid), GM_ENOTFOUND);
}

static void subjects_are_those_of_git(void **state)
{
	static const char *const messages[] = {"simple", "two\nlines\n\nbody", "", "\n\n",
		"\n\n  leading\n", "trailing  \t\n  inside\n", "  \n\t\nafter blanks",
		"a\n \nb", "cr\r\nlf\r\n\r\nbody\r\n", "a\n\n\nb\n",
		"\303\251t\303\251\n"};
	struct repo *repo = *state;
	gm_autobuf theirs = GM_BUF_INIT(GM_BUF_TEXT);

	for (size_t i = 0; i < sizeof(messages) / sizeof(*messages); i++) {
		gm_autobuf ours = GM_BUF_INIT(GM_BUF_TEXT);
		gm_autofree char *data =
			gm_format(TREE AUTHOR COMMITTER "\n%s", messages[i]);
		scratch_write(repo->dir, "data", data, strlen(data));
		assert_int_equal(shell(&theirs, repo->dir,
					 "git log -1 --format=%s"
					 " $(git hash-object -t commit -w data)"),
			0);
		must(gm_commit_subject(&ours, messages[i]));
		must(gm_buf_putc(&ours, '\n'));
		assert_string_equal(gm_buf_str(&ours), gm_buf_str(&theirs));
	}
}

static void tags_are_followed_to_what_they_name(void **state)
{
	struct repo *repo = *state;
	enum gm_object_type type;
	struct gm_oid commit, tag, oid;

	git_oid(&commit, repo,
		"git commit-tree -m one $(git hash-object -w -t tree /dev/null)");
	git_oid(&tag, repo,
		"git tag -a -m t t $(git commit-tree -m one"
		" $(git hash-object -w -t tree /dev/null)) &&"
		" git tag -a -m u u t 2>/dev/null && git rev-parse u");
	must(gm_object_peel(&oid, &type, repo->store, &tag));
	assert_true(gm_oid_equal(&oid, &commit));
	assert_int_equal(type, GM_OBJECT_COMMIT);
	must(gm_object_peel(&oid, &type, repo->store, &commit));
	assert_true(gm_oid_equal(&oid, &commit));
	oid = gm_oid_zero;
	assert_int_equal(gm_object_peel(&oid, &type, repo->store, &oid), GM_ENOTFOUND);
}

static void write_tag(struct gm_oid *out, struct repo *repo, const struct gm_oid *target,
	const char *type)
{
	char hex[GM_OID_HEX];

	gm_oid_format(hex, target);
	gm_autofree char *text = gm_format("object %s\ntype %s\ntag x\n\n", hex, type);
	write_object(out, repo, GM_OBJECT_TAG, text);
}

static void broken_tags_and_long_chains_are_refused(void **state)
{
	struct repo *repo = *state;
	enum gm_object_type type;
	struct gm_oid blob, tag, oid;

	write_object(&blob, repo, GM_OBJECT_BLOB, "text");
	write_tag(&tag, repo, &blob, "commit");
	assert_int_equal(gm_object_peel(&oid, &type, repo->store, &tag), GM_EMISMATCH);
	write_tag(&tag, repo, &blob, "nonsense");
	assert_int_equal(gm_object_peel(&oid, &type, repo->store, &tag), GM_EMISMATCH);
	write_object(&tag, repo, GM_OBJECT_TAG, "object 1234\n");
	assert_int_equal(gm_object_peel(&oid, &type, repo->store, &tag), GM_EMISMATCH);
	write_tag(&tag, repo, &blob, "blob");
	for (int i = 1; i < 32; i++)
		write_tag(&tag, repo, &tag, "tag");
	must(gm_object_peel(&oid, &type, repo->store, &tag));
	assert_true(gm_oid_equal(&oid, &blob));
	write_tag(&tag, repo, &tag, "tag");
	assert_int_equal(gm_object_peel(&oid, &type, repo->store, &tag), GM_EMISMATCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_commit_has_the_bytes_git_gives_it),
		cmocka_unit_test(git_accepts_what_we_write),
		cmocka_unit_test(the_message_gets_one_final_newline),
		cmocka_unit_test(a_commit_of_git_is_read),
		cmocka_unit_test(headers_we_do_not_know_are_passed_over),
		cmocka_unit_test(a_commit_may_lack_a_message),
		cmocka_unit_test(broken_commits_are_refused),
		cmocka_unit_test(reading_names_what_is_wrong),
		cmocka_unit_test(subjects_are_those_of_git),
		cmocka_unit_test(tags_are_followed_to_what_they_name),
		cmocka_unit_test(broken_tags_and_long_chains_are_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
