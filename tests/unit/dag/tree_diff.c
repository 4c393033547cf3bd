#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "dag/tree.h"
#include "tests/unit/support.h"

struct repo {
	char *dir;
	struct gm_store *store;
	struct gm_batch *batch;
	struct gm_oid blobs[3];
};

static int setup(void **state)
{
	struct repo *repo = calloc(1, sizeof(*repo));

	repo->dir = scratch_new();
	assert_int_equal(shell(NULL, repo->dir, "git init -q --bare ."), 0);
	gm_autofree char *objects = gm_path_join(repo->dir, "objects");
	must(gm_store_open(&repo->store, objects));
	must(gm_batch_begin(&repo->batch, repo->store));
	for (int i = 1; i < 3; i++)
		must(gm_batch_write(
			&repo->blobs[i], repo->batch, GM_OBJECT_BLOB, &i, sizeof(i)));
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

static void change(struct gm_oid *out, struct repo *repo, const struct gm_oid *base,
	const char *path, unsigned mode, int blob)
{
	struct gm_tree_change one = {
		.path = path, .mode = mode, .oid = repo->blobs[blob]};

	must(gm_tree_update(out, repo->batch, base, &one, 1));
	must(gm_batch_commit(repo->batch));
}

static void put_side(struct gm_buf *out, unsigned mode, const struct gm_oid *oid)
{
	char hex[GM_OID_HEX];

	gm_oid_format(hex, oid);
	must(gm_buf_printf(out, "%06o %s ", mode, hex));
}

static int note(const struct gm_tree_delta *delta, void *payload)
{
	put_side(payload, delta->old_mode, &delta->old_oid);
	put_side(payload, delta->new_mode, &delta->new_oid);
	must(gm_buf_printf(payload, "%s\n", delta->path));
	return 0;
}

/* Our diff and git's must be the same, line by line. */
static void compare(struct repo *repo, const struct gm_oid *from, const struct gm_oid *to)
{
	gm_autobuf ours = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf theirs = GM_BUF_INIT(GM_BUF_LARGE);
	char a[GM_OID_HEX], b[GM_OID_HEX];

	gm_oid_format(a, from);
	gm_oid_format(b, to);
	gm_autofree char *command =
		gm_format("git diff-tree -r --no-renames %s %s |"
			  " sed 's/^:\\([0-9]*\\) \\([0-9]*\\) \\([0-9a-f]*\\)"
			  " \\([0-9a-f]*\\) .\t/\\1 \\3 \\2 \\4 /'",
			a, b);
	assert_int_equal(shell(&theirs, repo->dir, command), 0);
	must(gm_tree_diff(repo->store, from, to, note, &ours));
	assert_string_equal(gm_buf_str(&ours), gm_buf_str(&theirs));
}

static void added_changed_and_removed_files_are_reported(void **state)
{
	struct repo *repo = *state;
	struct gm_oid a, b;

	change(&a, repo, NULL, "stays", GM_MODE_FILE, 1);
	change(&a, repo, &a, "d/goes", GM_MODE_FILE, 1);
	change(&a, repo, &a, "d/changes", GM_MODE_FILE, 1);
	change(&a, repo, &a, "d/mode", GM_MODE_FILE, 1);
	change(&b, repo, &a, "d/goes", GM_MODE_FILE, 0);
	change(&b, repo, &b, "d/changes", GM_MODE_FILE, 2);
	change(&b, repo, &b, "d/mode", 0100755, 1);
	change(&b, repo, &b, "new/deep/er", GM_MODE_FILE, 2);
	compare(repo, &a, &b);
	compare(repo, &b, &a);
}

static void a_file_that_became_a_folder_is_removed_and_added(void **state)
{
	struct repo *repo = *state;
	gm_autobuf ours = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_oid a, b;

	change(&a, repo, NULL, "x", GM_MODE_FILE, 1);
	change(&a, repo, &a, "x-y", GM_MODE_FILE, 1);
	change(&b, repo, &a, "x/inside", GM_MODE_FILE, 1);
	change(&b, repo, &b, "x-y", GM_MODE_FILE, 2);
	must(gm_tree_diff(repo->store, &a, &b, note, &ours));
	const char *removed = strstr(gm_buf_str(&ours), " x\n");
	const char *between = strstr(gm_buf_str(&ours), " x-y\n");
	const char *added = strstr(gm_buf_str(&ours), " x/inside\n");
	assert_true(removed && between && added);
	assert_true(removed < between && between < added);
	compare(repo, &a, &b);
	compare(repo, &b, &a);
}

static void a_missing_side_counts_as_empty(void **state)
{
	struct repo *repo = *state;
	gm_autobuf ours = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_oid a;

	change(&a, repo, NULL, "a/b", GM_MODE_FILE, 1);
	must(gm_tree_diff(repo->store, NULL, &a, note, &ours));
	assert_non_null(strstr(gm_buf_str(&ours), " a/b\n"));
	gm_buf_reset(&ours);
	must(gm_tree_diff(repo->store, NULL, NULL, note, &ours));
	must(gm_tree_diff(repo->store, &gm_oid_zero, &gm_oid_empty_tree, note, &ours));
	assert_int_equal(ours.size, 0);
}

static void random_trees_differ_as_git_says(void **state)
{
	static const char *const names[] = {"a", "a-", "a.", "a0", "b"};
	static const unsigned modes[] = {0100644, 0100755, 0120000};
	struct repo *repo = *state;
	struct gm_oid trees[2] = {gm_oid_empty_tree, gm_oid_empty_tree};

	srand(11);
	for (unsigned round = 0; round < 40; round++) {
		for (int i = 0; i < 12; i++) {
			char path[64];
			char *at = path;
			for (int depth = rand() % 3; depth >= 0; depth--)
				at += sprintf(
					at, "%s%s", names[rand() % 5], depth ? "/" : "");
			struct gm_oid *tree = &trees[rand() % 2];
			change(tree, repo, tree, path, modes[rand() % 3], rand() % 3);
		}
		/* Git wants an object, also for the empty tree. */
		change(&trees[0], repo, &trees[0], "one", GM_MODE_FILE, 1);
		change(&trees[1], repo, &trees[1], "two", GM_MODE_FILE, 1);
		compare(repo, &trees[0], &trees[1]);
	}
}

/* Folders of many entries, of which few differ: where most is skipped. */
static void large_trees_differ_as_git_says(void **state)
{
	enum { N = 600 };
	struct repo *repo = *state;
	struct gm_oid trees[2];
	static struct gm_tree_change changes[N];
	static char paths[N][32];

	srand(12);
	for (unsigned i = 0; i < N; i++) {
		(void)snprintf(paths[i], sizeof(paths[i]), "d/%0*x%s", 1 + rand() % 20, i,
			rand() % 9 ? "" : "/f");
		changes[i] = (struct gm_tree_change){.path = paths[i],
			.mode = GM_MODE_FILE,
			.oid = repo->blobs[1 + rand() % 2]};
	}
	must(gm_tree_update(&trees[0], repo->batch, NULL, changes, N));
	must(gm_batch_commit(repo->batch));
	trees[1] = trees[0];
	for (unsigned round = 0; round < 40; round++) {
		struct gm_oid *tree = &trees[rand() % 2];
		char path[64];
		const char *at = changes[rand() % N].path;
		if (round % 3)
			(void)snprintf(path, sizeof(path), "%s", at);
		else
			(void)snprintf(
				path, sizeof(path), "%s%s", at, rand() % 2 ? "0" : ".");
		if (!strstr(path, "/f0") && !strstr(path, "/f."))
			change(tree, repo, tree, path,
				rand() % 4 ? GM_MODE_FILE : 0100755, rand() % 3);
		compare(repo, &trees[0], &trees[1]);
	}
}

static void trees_out_of_order_are_found_out(void **state)
{
	struct repo *repo = *state;
	static const char *const names[][3] = {{"a", "b", "c"}, {"a", "d", "c"}};
	struct gm_oid trees[2];
	gm_autobuf ours = GM_BUF_INIT(GM_BUF_LARGE);

	for (int i = 0; i < 2; i++) {
		gm_autobuf tree = GM_BUF_INIT(GM_BUF_TEXT);
		for (int k = 0; k < 3; k++) {
			must(gm_buf_printf(&tree, "100644 %s", names[i][k]));
			must(gm_buf_putc(&tree, '\0'));
			must(gm_buf_put(&tree, repo->blobs[1].bytes, GM_OID_SIZE));
		}
		must(gm_batch_write(
			&trees[i], repo->batch, GM_OBJECT_TREE, tree.ptr, tree.size));
	}
	must(gm_batch_commit(repo->batch));
	assert_int_equal(gm_tree_diff(repo->store, &trees[0], &trees[1], note, &ours),
		GM_EMISMATCH);
	assert_non_null(strstr(gm_error_last()->message, "out of order"));
	assert_int_equal(
		gm_tree_diff(repo->store, &trees[1], NULL, note, &ours), GM_EMISMATCH);
}

static int stop(const struct gm_tree_delta *delta, void *payload)
{
	(void)delta;
	return ++*(int *)payload == 2 ? -42 : 0;
}

static void the_callback_ends_it(void **state)
{
	struct repo *repo = *state;
	struct gm_oid a;
	int n = 0;

	change(&a, repo, NULL, "a/b/c", GM_MODE_FILE, 1);
	change(&a, repo, &a, "a/b/d", GM_MODE_FILE, 1);
	change(&a, repo, &a, "e", GM_MODE_FILE, 1);
	assert_int_equal(gm_tree_diff(repo->store, NULL, &a, stop, &n), -42);
	assert_int_equal(n, 2);
}

static void remove_object(struct repo *repo, const struct gm_oid *oid)
{
	char hex[GM_OID_HEX];

	gm_oid_format(hex, oid);
	gm_autofree char *name = gm_format("objects/%.2s/%s", hex, hex + 2);
	gm_autofree char *path = gm_path_join(repo->dir, name);
	must(gm_unlink(path));
}

/* Without the trees of all folders but two a diff of those two still works. */
static void only_folders_that_differ_are_read(void **state)
{
	struct repo *repo = *state;
	gm_autobuf ours = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_oid a = gm_oid_zero, b, oid;
	unsigned mode;

	for (unsigned i = 0; i < 40; i++) {
		char path[32];
		(void)snprintf(path, sizeof(path), "folder-%02u/file-%02u", i, i);
		change(&a, repo, &a, path, GM_MODE_FILE, 1);
	}
	change(&b, repo, &a, "folder-07/file-07", GM_MODE_FILE, 2);
	change(&b, repo, &b, "folder-31/new", GM_MODE_FILE, 2);
	for (unsigned i = 0; i < 40; i++) {
		char path[32];
		(void)snprintf(path, sizeof(path), "folder-%02u", i);
		must(gm_tree_lookup(&oid, &mode, repo->store, &a, path));
		if (i != 7 && i != 31)
			remove_object(repo, &oid);
	}
	must(gm_tree_diff(repo->store, &a, &b, note, &ours));
	assert_non_null(strstr(gm_buf_str(&ours), "folder-07/file-07\n"));
	assert_non_null(strstr(gm_buf_str(&ours), "folder-31/new\n"));
	assert_int_equal(gm_tree_diff(repo->store, NULL, &b, note, &ours), GM_EMISMATCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(added_changed_and_removed_files_are_reported),
		cmocka_unit_test(a_file_that_became_a_folder_is_removed_and_added),
		cmocka_unit_test(a_missing_side_counts_as_empty),
		cmocka_unit_test(random_trees_differ_as_git_says),
		cmocka_unit_test(large_trees_differ_as_git_says),
		cmocka_unit_test(trees_out_of_order_are_found_out),
		cmocka_unit_test(the_callback_ends_it),
		cmocka_unit_test(only_folders_that_differ_are_read),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
