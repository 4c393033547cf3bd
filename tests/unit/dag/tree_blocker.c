#include "dag/tree_blocker.h"

#include "dag/tree_changes.h"
#include "tests/unit/dag/memory_repo.h"

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, memory_repo_setup, memory_repo_teardown)

static void make_tree(struct gm_oid *out, struct memory_repo *world)
{
	static const char *const paths[] = {"file", "a/file", "a/b/c/file", "keys/x.md"};
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	gm_autotreechanges changes = GM_TREE_CHANGES_INIT;
	struct gm_oid blob;

	must(gm_batch_begin(&batch, gm_repo_store(world->repo)));
	must(gm_batch_write(&blob, batch, GM_OBJECT_BLOB, "x", 1));
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		must(gm_tree_changes_add(&changes, paths[i], &blob));
	must(gm_tree_update(out, batch, NULL, changes.items, changes.n));
	must(gm_batch_commit(batch));
}

static void what_is_in_the_way_is_named(void **state)
{
	static const struct {
		const char *path;
		const char *blocker; /* NULL: the way is free */
	} rows[] = {
		{"file", NULL},
		{"new", NULL},
		{"new/folder/file", NULL},
		{"a/file", NULL},
		{"a/new", NULL},
		{"a/b/c/file", NULL},
		{"a/b/c/d/e", NULL},
		{"fil", NULL},
		{"files/x", NULL},
		{"file/x", "file"},
		{"file/x/y", "file"},
		{"a/file/x/y", "a/file"},
		{"keys/x.md/y.md", "keys/x.md"},
		{"a", "a"},
		{"a/b", "a/b"},
		{"a/b/c", "a/b/c"},
	};
	struct memory_repo *world = *state;
	struct gm_oid tree;

	make_tree(&tree, world);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		gm_autobuf out = GM_BUF_INIT(GM_BUF_PATH);
		int rc = gm_tree_find_blocker(
			&out, gm_repo_store(world->repo), &tree, rows[i].path);
		assert_int_equal(rc, rows[i].blocker != NULL);
		assert_string_equal(
			gm_buf_str(&out), rows[i].blocker ? rows[i].blocker : "");
	}
}

static void nothing_is_in_the_way_in_an_empty_tree(void **state)
{
	struct memory_repo *world = *state;
	struct gm_store *store = gm_repo_store(world->repo);
	gm_autobuf out = GM_BUF_INIT(GM_BUF_PATH);

	assert_int_equal(gm_tree_find_blocker(&out, store, &gm_oid_zero, "a/b"), 0);
	assert_int_equal(gm_tree_find_blocker(&out, store, &gm_oid_empty_tree, "a/b"), 0);
	assert_int_equal(gm_tree_find_blocker(&out, store, NULL, "a"), 0);
}

static void a_missing_tree_is_damage(void **state)
{
	struct memory_repo *world = *state;
	gm_autobuf out = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_oid missing;

	memset(&missing, 7, sizeof(missing));
	assert_int_equal(
		gm_tree_find_blocker(&out, gm_repo_store(world->repo), &missing, "a/b"),
		GM_EMISMATCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_in_the_way_is_named),
		TEST(nothing_is_in_the_way_in_an_empty_tree),
		TEST(a_missing_tree_is_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
