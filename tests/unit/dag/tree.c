#include "dag/tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "tests/unit/support.h"

#define ID "01234567890123456789"
#define ENTRY(mode, name) mode " " name "\0" ID

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

static void write_tree(
	struct gm_oid *out, struct repo *repo, const void *data, size_t size)
{
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;

	must(gm_batch_begin(&batch, repo->store));
	must(gm_batch_write(out, batch, GM_OBJECT_TREE, data, size));
	must(gm_batch_commit(batch));
}

/* The tree of an index that git fills from the lines of `list`. */
static void git_tree(struct gm_oid *out, struct repo *repo, const char *list)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_PATH);

	scratch_write(repo->dir, "list", list, strlen(list));
	assert_int_equal(
		shell(&text, repo->dir,
			"rm -f index; blob=$(echo x | git hash-object -w --stdin) &&"
			" sed \"s/BLOB/$blob/\" list |"
			" git update-index --add --index-info && git write-tree"),
		0);
	assert_true(gm_oid_parse(out, gm_buf_str(&text), 40));
}

static void a_tree_git_made_is_stepped_through(void **state)
{
	static const char *const names[] = {"a", "a-b", "a.b", "b", "link", "run"};
	static const unsigned modes[] = {
		0100644, 0100644, 040000, 040000, 0120000, 0100755};
	gm_autobuf data = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_tree_entry entry;
	struct gm_oid oid;
	size_t at = 0;

	git_tree(&oid, *state,
		"100644 BLOB\ta\n100644 BLOB\ta-b\n100644 BLOB\ta.b/x\n100644 BLOB\tb/c\n"
		"120000 BLOB\tlink\n100755 BLOB\trun\n");
	must(gm_tree_read(&data, ((struct repo *)*state)->store, &oid));
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(gm_tree_next(&entry, &at, data.ptr, data.size), 1);
		assert_int_equal(entry.mode, modes[i]);
		assert_int_equal(entry.name_size, strlen(names[i]));
		assert_memory_equal(entry.name, names[i], entry.name_size);
	}
	assert_int_equal(gm_tree_next(&entry, &at, data.ptr, data.size), 0);
}

static void bytes_that_are_no_tree_are_refused(void **state)
{
	static const struct {
		const char *data;
		size_t size;
	} bad[] = {
#define BAD(text) {text, sizeof(text) - 1}
		BAD("1"),
		BAD("100644"),
		BAD("100644 "),
		BAD("100644 name"),
		BAD("100644 name\0short"),
		BAD(ENTRY("", "name")),
		BAD(ENTRY("100648", "name")),
		BAD(ENTRY("0", "name")),
		BAD(ENTRY("104644", "name")),
		BAD(ENTRY("40755", "name")),
		BAD(ENTRY("120777", "name")),
		BAD(ENTRY("10000000000000000000100644", "name")),
		BAD(ENTRY("-1", "name")),
		BAD(ENTRY("100644", "")),
		BAD(ENTRY("100644", ".")),
		BAD(ENTRY("40000", "..")),
		BAD(ENTRY("40000", ".git")),
		BAD(ENTRY("40000", ".GIT")),
		BAD(ENTRY("40000", "Git~1")),
		BAD(ENTRY("100644", "a/b")),
		BAD(ENTRY("100644", "a") ENTRY("100644", "a")),
		BAD(ENTRY("100644", "b") ENTRY("100644", "a")),
		BAD(ENTRY("40000", "a") ENTRY("100644", "a.b")),
		BAD(ENTRY("100644", "a") ENTRY("40000", "a")),
		BAD(ENTRY("100644", "a") ENTRY("100644", "a-b") ENTRY("40000", "a")),
		BAD(ENTRY("100644", "a") ENTRY("100644", "a-") ENTRY("100644", "a-b")
				ENTRY("40000", "a")),
#undef BAD
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (gm_tree_check(bad[i].data, bad[i].size) != GM_EMISMATCH)
			fail_msg("case %zu passed", i);
}

static void odd_trees_that_git_lets_pass_are_read(void **state)
{
	static const char good[] =
		ENTRY("100644", ".gitignore") ENTRY("0100644", "a") ENTRY("100664", "a-b")
			ENTRY("160000", "a.b") ENTRY("040000", "ab") ENTRY("40000", "b");

	(void)state;
	must(gm_tree_check("", 0));
	must(gm_tree_check(good, sizeof(good) - 1));
}

static void a_broken_or_missing_tree_is_named(void **state)
{
	struct repo *repo = *state;
	gm_autobuf data = GM_BUF_INIT(GM_BUF_LARGE);
	char hex[GM_OID_HEX];
	struct gm_oid oid;

	write_tree(&oid, repo, "100644 x", 8);
	gm_oid_format(hex, &oid);
	assert_int_equal(gm_tree_read(&data, repo->store, &oid), GM_EMISMATCH);
	assert_non_null(strstr(gm_error_last()->message, hex));

	memset(oid.bytes, 7, sizeof(oid.bytes));
	gm_oid_format(hex, &oid);
	assert_int_equal(gm_tree_read(&data, repo->store, &oid), GM_EMISMATCH);
	assert_non_null(strstr(gm_error_last()->message, hex));
}

static void the_empty_tree_needs_no_object(void **state)
{
	struct repo *repo = *state;
	gm_autobuf data = GM_BUF_INIT(GM_BUF_LARGE);

	must(gm_tree_read(&data, repo->store, &gm_oid_empty_tree));
	assert_int_equal(data.size, 0);
	must(gm_tree_read(&data, repo->store, NULL));
	must(gm_tree_read(&data, repo->store, &gm_oid_zero));
}

static void lookup_finds_files_folders_and_the_root(void **state)
{
	struct repo *repo = *state;
	struct gm_oid root, oid;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_PATH);
	char hex[GM_OID_HEX];
	unsigned mode;

	git_tree(&root, repo, "100644 BLOB\ta\n100755 BLOB\tb/c/d\n100644 BLOB\tb.c\n");
	must(gm_tree_lookup(&oid, &mode, repo->store, &root, ""));
	assert_true(gm_oid_equal(&oid, &root));
	assert_int_equal(mode, GM_MODE_TREE);
	must(gm_tree_lookup(&oid, &mode, repo->store, &root, "b/c/d"));
	assert_int_equal(mode, 0100755);
	must(gm_tree_lookup(&oid, &mode, repo->store, &root, "b/c"));
	assert_int_equal(mode, GM_MODE_TREE);
	gm_oid_format(hex, &oid);
	assert_int_equal(
		shell(&text, repo->dir, "git rev-parse $(git write-tree):b/c"), 0);
	assert_memory_equal(text.ptr, hex, 40);
	must(gm_tree_lookup(&oid, &mode, repo->store, NULL, ""));
	assert_true(gm_oid_equal(&oid, &gm_oid_empty_tree));
}

static void lookup_of_what_is_not_there_says_so(void **state)
{
	static const char *const absent[] = {"x", "a/b", "b/c/d/e", "b/x", "b/c/", "/a",
		"a/", "b//c", "/", "B", "b/c/d/"};
	struct repo *repo = *state;
	struct gm_oid root, oid;
	unsigned mode;

	git_tree(&root, repo, "100644 BLOB\ta\n100755 BLOB\tb/c/d\n");
	for (size_t i = 0; i < sizeof(absent) / sizeof(*absent); i++)
		assert_int_equal(
			gm_tree_lookup(&oid, &mode, repo->store, &root, absent[i]),
			GM_ENOTFOUND);
	assert_int_equal(
		gm_tree_lookup(&oid, &mode, repo->store, NULL, "a"), GM_ENOTFOUND);
}

static int list_file(const char *path, const struct gm_tree_entry *entry, void *payload)
{
	const char *name = strrchr(path, '/');

	name = name ? name + 1 : path;
	assert_string_equal(name, entry->name);
	return gm_buf_printf(payload, "%06o %s\n", entry->mode, path);
}

static void each_file_is_listed_in_the_order_of_git(void **state)
{
	struct repo *repo = *state;
	gm_autobuf ours = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf theirs = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_oid root;

	git_tree(&root, repo,
		"100644 BLOB\ta\n100644 BLOB\ta-b/x\n100644 BLOB\ta.b\n100644 "
		"BLOB\tab/c/d\n"
		"120000 BLOB\tab/c.d\n100755 BLOB\tab/c0\n100644 BLOB\tb/\303\251\n");
	must(gm_tree_each(repo->store, &root, list_file, &ours));
	assert_int_equal(
		shell(&theirs, repo->dir,
			"git -c core.quotePath=false ls-tree -r $(git write-tree) |"
			" sed 's/ blob .*\t/ /'"),
		0);
	assert_string_equal(gm_buf_str(&ours), gm_buf_str(&theirs));
}

/* Trees of `width` folders each, `height` above each other, that are all the same one. */
static void stack_trees(
	struct gm_oid *out, struct repo *repo, unsigned width, unsigned height)
{
	for (unsigned level = 0; level < height; level++) {
		gm_autobuf data = GM_BUF_INIT(GM_BUF_LARGE);
		for (unsigned i = 0; i < width; i++) {
			must(gm_buf_printf(
				&data, "%s %06u", level ? "40000" : "100644", i));
			must(gm_buf_putc(&data, '\0'));
			must(gm_buf_put(&data, level ? (char *)out->bytes : ID, 20));
		}
		write_tree(out, repo, data.ptr, data.size);
	}
}

static int count(const char *path, const struct gm_tree_entry *entry, void *payload)
{
	(void)path;
	(void)entry;
	return ++*(size_t *)payload == 1000 ? 7 : 0;
}

static int ignore(const char *path, const struct gm_tree_entry *entry, void *payload)
{
	(void)path;
	(void)entry;
	(void)payload;
	return 0;
}

static void folders_that_lie_too_deep_are_refused(void **state)
{
	struct repo *repo = *state;
	struct gm_oid root;
	size_t n = 0;

	stack_trees(&root, repo, 1, GM_TREE_MAX_DEPTH);
	must(gm_tree_each(repo->store, &root, count, &n));
	assert_int_equal(n, 1);
	stack_trees(&root, repo, 1, GM_TREE_MAX_DEPTH + 1);
	assert_int_equal(gm_tree_each(repo->store, &root, count, &n), GM_EMISMATCH);
}

static void trees_that_stand_for_billions_of_files_are_given_up(void **state)
{
	struct repo *repo = *state;
	struct gm_oid root;
	size_t n = 0;

	stack_trees(&root, repo, 1500, 4);
	assert_int_equal(gm_tree_each(repo->store, &root, ignore, NULL), GM_ETOOBIG);
	assert_int_equal(gm_tree_each(repo->store, &root, count, &n), 7);
	assert_int_equal(n, 1000);
}

static int lookalike(struct gm_buf *out, struct repo *repo, const char *path)
{
	struct gm_oid root;

	git_tree(&root, repo,
		"100644 BLOB\tkeys/User/editor.md\n100644 BLOB\tkeys/caf\303\251.md\n"
		"100644 BLOB\tkeys/pla\342\200\214in.md\n100644 BLOB\tkeys/\377.md\n"
		"100644 BLOB\tkeys/\342\204\252ey.md\n100644 BLOB\tkeys/strasse\n");
	gm_buf_reset(out);
	return gm_tree_find_lookalike(out, repo->store, &root, path);
}

static void names_that_fold_to_the_same_are_found(void **state)
{
	static const char *const pairs[][2] = {
		{"keys/user/editor.md", "keys/User"},
		{"keys/USER/x", "keys/User"},
		{"Keys/x", "keys"},
		{"keys/User/Editor.md", "keys/User/editor.md"},
		{"keys/cafe\314\201.md", "keys/caf\303\251.md"},
		{"keys/CAF\303\211.MD", "keys/caf\303\251.md"},
		{"keys/plain.md", "keys/pla\342\200\214in.md"},
		{"keys/key.md", "keys/\342\204\252ey.md"},
		{"keys/stra\303\237e", "keys/strasse"},
	};
	gm_autobuf other = GM_BUF_INIT(GM_BUF_PATH);

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		assert_int_equal(lookalike(&other, *state, pairs[i][0]), 1);
		assert_string_equal(gm_buf_str(&other), pairs[i][1]);
	}
}

static void names_of_their_own_look_like_no_other(void **state)
{
	static const char *const paths[] = {"keys/User/editor.md", "keys/User/editor2.md",
		"keys/user2", "keys/User", "memories/x", "keys/caf\303\251.md",
		"keys/cafe.md", "keys/\376.md", "keys/\377.md", "keys/User/editor.md/x"};
	gm_autobuf other = GM_BUF_INIT(GM_BUF_PATH);

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		if (lookalike(&other, *state, paths[i]) != 0)
			fail_msg("%s", paths[i]);
	assert_int_equal(
		gm_tree_find_lookalike(&other, ((struct repo *)*state)->store, NULL, "a"),
		0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tree_git_made_is_stepped_through),
		cmocka_unit_test(bytes_that_are_no_tree_are_refused),
		cmocka_unit_test(odd_trees_that_git_lets_pass_are_read),
		cmocka_unit_test(a_broken_or_missing_tree_is_named),
		cmocka_unit_test(the_empty_tree_needs_no_object),
		cmocka_unit_test(lookup_finds_files_folders_and_the_root),
		cmocka_unit_test(lookup_of_what_is_not_there_says_so),
		cmocka_unit_test(each_file_is_listed_in_the_order_of_git),
		cmocka_unit_test(folders_that_lie_too_deep_are_refused),
		cmocka_unit_test(trees_that_stand_for_billions_of_files_are_given_up),
		cmocka_unit_test(names_that_fold_to_the_same_are_found),
		cmocka_unit_test(names_of_their_own_look_like_no_other),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
