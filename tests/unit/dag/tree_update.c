#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/file.h"
#include "dag/tree.h"
#include "tests/unit/support.h"

struct repo {
	char *dir;
	struct gm_store *store;
	struct gm_batch *batch;
	struct gm_oid blob;
	struct gm_oid other;
};

static int setup(void **state)
{
	struct repo *repo = calloc(1, sizeof(*repo));

	repo->dir = scratch_new();
	assert_int_equal(shell(NULL, repo->dir, "git init -q --bare ."), 0);
	gm_autofree char *objects = gm_path_join(repo->dir, "objects");
	must(gm_store_open(&repo->store, objects));
	must(gm_batch_begin(&repo->batch, repo->store));
	must(gm_batch_write(&repo->blob, repo->batch, GM_OBJECT_BLOB, "x\n", 2));
	must(gm_batch_write(&repo->other, repo->batch, GM_OBJECT_BLOB, "y\n", 2));
	must(gm_batch_commit(repo->batch));
	*state = repo;
	return 0;
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

/* "+path" sets the one blob, "*path" the other, "-path" removes. */
static int update(struct gm_oid *out, struct repo *repo, const struct gm_oid *base,
	const char *const *list, size_t n)
{
	struct gm_tree_change changes[32];

	assert_true(n <= 32);
	for (size_t i = 0; i < n; i++) {
		changes[i] = (struct gm_tree_change){
			.path = list[i] + 1, .mode = GM_MODE_FILE};
		if (list[i][0] != '-')
			changes[i].oid = list[i][0] == '+' ? repo->blob : repo->other;
	}
	return gm_tree_update(out, repo->batch, base, changes, n);
}

#define UPDATE(out, repo, base, ...)                                \
	update(out, repo, base, (const char *const[]){__VA_ARGS__}, \
		sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* The files of a tree, as git sees them, must be these; the tree must satisfy git's fsck. */
static void assert_files(struct repo *repo, const struct gm_oid *tree, const char *wanted)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	char hex[GM_OID_HEX];

	must(gm_batch_commit(repo->batch));
	gm_oid_format(hex, tree);
	gm_autofree char *command = gm_format("git ls-tree -r --name-only %s", hex);
	assert_int_equal(shell(&text, repo->dir, command), 0);
	assert_string_equal(gm_buf_str(&text), wanted);
	gm_autofree char *fsck = gm_format("git fsck --strict %s 2>&1", hex);
	if (shell(&text, repo->dir, fsck) != 0)
		fail_msg("%s", gm_buf_str(&text));
}

static void nothing_makes_the_empty_tree(void **state)
{
	struct repo *repo = *state;
	struct gm_oid tree;

	must(gm_tree_update(&tree, repo->batch, NULL, NULL, 0));
	assert_true(gm_oid_equal(&tree, &gm_oid_empty_tree));
	must(UPDATE(&tree, repo, NULL, "-a", "-b/c"));
	assert_true(gm_oid_equal(&tree, &gm_oid_empty_tree));
	must(gm_batch_commit(repo->batch));
	assert_int_equal(gm_store_exists(repo->store, &tree), 1);
}

static void files_are_set_and_removed(void **state)
{
	struct repo *repo = *state;
	struct gm_oid tree;

	must(UPDATE(&tree, repo, NULL, "+b/y", "+a", "+b/x", "+b.c", "+b/z/deep/er"));
	assert_files(repo, &tree, "a\nb.c\nb/x\nb/y\nb/z/deep/er\n");
	must(UPDATE(&tree, repo, &tree, "-b/z/deep/er", "*b/x", "+c"));
	assert_files(repo, &tree, "a\nb.c\nb/x\nb/y\nc\n");
	must(UPDATE(&tree, repo, &tree, "-a", "-b/x", "-b/y", "-c", "-nothing/here"));
	assert_files(repo, &tree, "b.c\n");
	must(UPDATE(&tree, repo, &tree, "-b.c"));
	assert_true(gm_oid_equal(&tree, &gm_oid_empty_tree));
}

static void of_two_changes_of_one_path_the_later_wins(void **state)
{
	struct repo *repo = *state;
	struct gm_oid tree, oid;
	unsigned mode;

	must(UPDATE(
		&tree, repo, NULL, "+b", "+a", "*b", "-a", "+a", "*a", "-c", "+d", "-d"));
	assert_files(repo, &tree, "a\nb\n");
	must(gm_tree_lookup(&oid, &mode, repo->store, &tree, "b"));
	assert_true(gm_oid_equal(&oid, &repo->other));
	must(gm_tree_lookup(&oid, &mode, repo->store, &tree, "a"));
	assert_true(gm_oid_equal(&oid, &repo->other));
}

static void a_file_in_the_way_of_a_folder_is_replaced(void **state)
{
	struct repo *repo = *state;
	struct gm_oid base, tree;

	must(UPDATE(&base, repo, NULL, "+a", "+a-b", "+a.c", "+ab"));
	must(UPDATE(&tree, repo, &base, "+a/x/y"));
	assert_files(repo, &tree, "a-b\na.c\na/x/y\nab\n");
	must(UPDATE(&tree, repo, &base, "-a", "+a/x"));
	assert_files(repo, &tree, "a-b\na.c\na/x\nab\n");
	must(UPDATE(&tree, repo, &base, "-a/x"));
	assert_true(gm_oid_equal(&tree, &base));
}

static void a_folder_in_the_way_of_a_file_is_replaced(void **state)
{
	struct repo *repo = *state;
	struct gm_oid base, tree;

	must(UPDATE(&base, repo, NULL, "+a/x", "+a/y/z", "+a-b", "+a.c", "+ab"));
	must(UPDATE(&tree, repo, &base, "+a"));
	assert_files(repo, &tree, "a\na-b\na.c\nab\n");
	must(UPDATE(&tree, repo, &base, "+a", "-a/x"));
	assert_files(repo, &tree, "a\na-b\na.c\nab\n");
	must(UPDATE(&tree, repo, &base, "-a"));
	assert_true(gm_oid_equal(&tree, &base));
}

static void a_file_and_a_folder_of_one_name_are_refused(void **state)
{
	struct repo *repo = *state;
	struct gm_oid tree = gm_oid_zero;

	assert_int_equal(
		UPDATE(&tree, repo, NULL, "+a/b/c", "+a/b", "+a/b-"), GM_EINVALID);
	assert_non_null(strstr(gm_error_last()->message, "'a/b'"));
	assert_true(gm_oid_is_zero(&tree));
}

static void paths_that_are_none_are_refused(void **state)
{
	static const char *const bad[] = {"+", "+/a", "+a/", "+a//b", "+.", "+a/..",
		"+../a", "+a/.git/config", "+.GIT", "-a/./b", "+git~1"};
	struct repo *repo = *state;
	struct gm_oid tree;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(update(&tree, repo, NULL, bad + i, 1), GM_EINVALID);
}

static void paths_of_too_many_folders_are_refused(void **state)
{
	struct repo *repo = *state;
	char path[2 * GM_TREE_MAX_DEPTH + 8] = "+";
	const char *const list[] = {path};
	struct gm_oid tree;

	for (size_t i = 0; i < GM_TREE_MAX_DEPTH; i++)
		strcat(path, i ? "/a" : "a");
	must(update(&tree, repo, NULL, list, 1));
	assert_files(repo, &tree, strcat(path, "\n") + 1);
	path[strlen(path) - 1] = '\0';
	strcat(path, "/a");
	assert_int_equal(update(&tree, repo, NULL, list, 1), GM_EINVALID);
}

static void modes_are_kept_and_odd_ones_refused(void **state)
{
	struct repo *repo = *state;
	struct gm_tree_change changes[] = {
		{.path = "link", .mode = 0120000, .oid = repo->blob},
		{.path = "run", .mode = 0100755, .oid = repo->blob},
		{.path = "module", .mode = 0160000, .oid = repo->blob},
	};
	struct gm_oid tree, oid;
	unsigned mode;

	must(gm_tree_update(&tree, repo->batch, NULL, changes, 3));
	must(UPDATE(&tree, repo, &tree, "+new"));
	must(gm_batch_commit(repo->batch));
	must(gm_tree_lookup(&oid, &mode, repo->store, &tree, "link"));
	assert_int_equal(mode, 0120000);
	must(gm_tree_lookup(&oid, &mode, repo->store, &tree, "run"));
	assert_int_equal(mode, 0100755);
	must(gm_tree_lookup(&oid, &mode, repo->store, &tree, "module"));
	assert_int_equal(mode, 0160000);
	changes[0].mode = GM_MODE_TREE;
	assert_int_equal(
		gm_tree_update(&tree, repo->batch, NULL, changes, 1), GM_EINVALID);
	changes[0].mode = 0644;
	assert_int_equal(
		gm_tree_update(&tree, repo->batch, NULL, changes, 1), GM_EINVALID);
}

static void a_missing_base_is_damage(void **state)
{
	struct repo *repo = *state;
	struct gm_oid base, tree;

	memset(base.bytes, 3, sizeof(base.bytes));
	assert_int_equal(UPDATE(&tree, repo, &base, "+a"), GM_EMISMATCH);
	assert_int_equal(UPDATE(&tree, repo, &repo->blob, "+a"), GM_EMISMATCH);
}

/* Random changes of few names, so that files and folders meet; git's index is the judge. */
static void random_changes_make_the_trees_git_makes(void **state)
{
	struct repo *repo = *state;
	gm_autobuf script = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf theirs = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf ours = GM_BUF_INIT(GM_BUF_LARGE);
	static const char *const names[] = {"a", "a-", "a.", "a0", "b"};
	struct gm_oid tree = gm_oid_empty_tree;
	char blob[GM_OID_HEX], hex[GM_OID_HEX];

	srand(7);
	gm_oid_format(blob, &repo->blob);
	must(gm_buf_puts(&script, "rm -f index\n"));
	for (unsigned round = 0; round < 150; round++) {
		char paths[8][32];
		struct gm_tree_change changes[8];
		size_t n = 1 + (size_t)rand() % 8;

		must(gm_buf_puts(
			&script, "git update-index --add --replace --index-info <<.\n"));
		for (size_t i = 0; i < n; i++) {
			char *at = paths[i];
			for (int depth = rand() % 3; depth >= 0; depth--)
				at += sprintf(
					at, "%s%s", names[rand() % 5], depth ? "/" : "");
			changes[i] = (struct gm_tree_change){
				.path = paths[i], .mode = GM_MODE_FILE};
			if (rand() % 3)
				changes[i].oid = repo->blob;
		}
		/* Lists that set both a file and something below it are refused, so skip them. */
		struct gm_tree_change copy[8];
		memcpy(copy, changes, sizeof(copy));
		int rc = gm_tree_update(&tree, repo->batch, &tree, copy, n);
		assert_true(rc == 0 || rc == GM_EINVALID);
		/* Git applies lines one by one: removals first, so that the sets have the word. */
		for (int sets = 0; sets < 2 && rc == 0; sets++)
			for (size_t i = 0; i < n; i++) {
				size_t last = i;
				for (size_t j = i; j < n; j++)
					if (!strcmp(paths[i], paths[j]))
						last = j;
				if (last == i && gm_oid_is_zero(&changes[i].oid) == !sets)
					must(gm_buf_printf(&script, "%s %s\t%s\n",
						sets ? "100644" : "0", blob, paths[i]));
			}
		must(gm_buf_puts(&script, ".\ngit write-tree\n"));
		gm_oid_format(hex, &tree);
		must(gm_buf_printf(&ours, "%s\n", hex));
	}
	scratch_write(repo->dir, "script", script.ptr, script.size);
	assert_int_equal(shell(&theirs, repo->dir, "sh script 2>&1"), 0);
	assert_string_equal(gm_buf_str(&ours), gm_buf_str(&theirs));
}

static double cpu_seconds(void)
{
	struct rusage usage;

	(void)getrusage(RUSAGE_SELF, &usage);
	return (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6 +
		(double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec / 1e6;
}

#define MANY 100000

static void a_hundred_thousand_paths_in_one_folder_are_no_burden(void **state)
{
	struct repo *repo = *state;
	struct gm_tree_change *changes = calloc(MANY, sizeof(*changes));
	char(*paths)[32] = calloc(MANY, sizeof(*paths));
	struct gm_oid tree, changed, oid;
	unsigned mode;

	for (unsigned i = 0; i < MANY; i++) {
		(void)snprintf(
			paths[i], sizeof(paths[i]), "day/%08x.md", i * 2654435761u);
		changes[i] = (struct gm_tree_change){
			.path = paths[i], .mode = GM_MODE_FILE, .oid = repo->blob};
	}
	double begin = cpu_seconds();
	must(gm_tree_update(&tree, repo->batch, NULL, changes, MANY));
	/* Anything quadratic takes minutes. */
	assert_true(cpu_seconds() - begin < 10);
	must(gm_batch_commit(repo->batch));

	begin = cpu_seconds();
	must(UPDATE(&changed, repo, &tree, "*day/00000000.md"));
	assert_true(cpu_seconds() - begin < 5);
	must(gm_batch_commit(repo->batch));
	must(gm_tree_lookup(&oid, &mode, repo->store, &changed, "day/00000000.md"));
	assert_true(gm_oid_equal(&oid, &repo->other));
	free(changes);
	free(paths);
}

static void folders_without_changes_are_not_even_read(void **state)
{
	struct repo *repo = *state;
	struct gm_oid tree, oid;
	unsigned mode;
	char hex[GM_OID_HEX];

	must(UPDATE(&tree, repo, NULL, "+quiet/unique-name-1", "+busy/b",
		"+busy/quiet/unique-2"));
	must(gm_batch_commit(repo->batch));
	must(gm_tree_lookup(&oid, &mode, repo->store, &tree, "quiet"));
	gm_oid_format(hex, &oid);
	gm_autofree char *name = gm_format("objects/%.2s/%s", hex, hex + 2);
	gm_autofree char *path = gm_path_join(repo->dir, name);
	must(gm_unlink(path));
	must(UPDATE(&tree, repo, &tree, "*busy/b"));
	assert_int_equal(UPDATE(&tree, repo, &tree, "*quiet/b"), GM_EMISMATCH);
}

static void a_folder_is_set_and_removed_as_a_whole(void **state)
{
	struct repo *repo = *state;
	struct gm_oid base, folder, wanted, tree;
	struct gm_tree_change changes[] = {
		{.path = "d/", .mode = GM_MODE_TREE},
		{.path = "d/c", .mode = GM_MODE_FILE, .oid = repo->other},
	};

	must(UPDATE(&base, repo, NULL, "+a", "+d/a", "+d/e/a"));
	must(UPDATE(&folder, repo, NULL, "*b", "*e/b"));
	must(UPDATE(&wanted, repo, NULL, "+a", "*d/b", "*d/e/b"));
	changes[0].oid = folder;
	must(gm_tree_update(&tree, repo->batch, &base, changes, 1));
	assert_memory_equal(&tree, &wanted, sizeof(tree));
	must(UPDATE(&wanted, repo, &wanted, "*d/c"));
	must(gm_tree_update(&tree, repo->batch, &base, changes, 2));
	assert_memory_equal(&tree, &wanted, sizeof(tree));

	/* A file in its way goes, and so does the folder when it is set to nothing. */
	must(UPDATE(&base, repo, NULL, "+a", "+d"));
	must(gm_tree_update(&tree, repo->batch, &base, changes, 2));
	assert_memory_equal(&tree, &wanted, sizeof(tree));
	must(UPDATE(&wanted, repo, NULL, "+a"));
	changes[0].oid = gm_oid_zero;
	must(gm_tree_update(&tree, repo->batch, &tree, changes, 1));
	assert_memory_equal(&tree, &wanted, sizeof(tree));

	/* A slash at the end means nothing else. */
	changes[0].mode = GM_MODE_FILE;
	assert_int_equal(
		gm_tree_update(&tree, repo->batch, &base, changes, 1), GM_EINVALID);
	changes[0] =
		(struct gm_tree_change){.path = "d", .mode = GM_MODE_TREE, .oid = folder};
	assert_int_equal(
		gm_tree_update(&tree, repo->batch, &base, changes, 1), GM_EINVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_makes_the_empty_tree),
		cmocka_unit_test(files_are_set_and_removed),
		cmocka_unit_test(of_two_changes_of_one_path_the_later_wins),
		cmocka_unit_test(a_file_in_the_way_of_a_folder_is_replaced),
		cmocka_unit_test(a_folder_in_the_way_of_a_file_is_replaced),
		cmocka_unit_test(a_file_and_a_folder_of_one_name_are_refused),
		cmocka_unit_test(a_folder_is_set_and_removed_as_a_whole),
		cmocka_unit_test(paths_that_are_none_are_refused),
		cmocka_unit_test(paths_of_too_many_folders_are_refused),
		cmocka_unit_test(modes_are_kept_and_odd_ones_refused),
		cmocka_unit_test(a_missing_base_is_damage),
		cmocka_unit_test(random_changes_make_the_trees_git_makes),
		cmocka_unit_test(a_hundred_thousand_paths_in_one_folder_are_no_burden),
		cmocka_unit_test(folders_without_changes_are_not_even_read),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
