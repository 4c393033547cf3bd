#include "dag/tree_cache.h"

#include "dag/tree_changes.h"
#include "tests/unit/dag/memory_repo.h"

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, memory_repo_setup, memory_repo_teardown)

/* A tree of `n` files "dI/fJ/name", `size` in each folder, in a batch that is not committed. */
static void make_tree(struct gm_oid *out, struct gm_batch *batch, int n, int size)
{
	gm_autotreechanges changes = GM_TREE_CHANGES_INIT;

	for (int i = 0; i < n; i++) {
		gm_autofree char *path = gm_format("d%d/f%d/name", i / size, i % size);
		struct gm_oid blob;
		must(gm_batch_write(&blob, batch, GM_OBJECT_BLOB, path, strlen(path)));
		must(gm_tree_changes_add(&changes, path, &blob));
	}
	must(gm_tree_update(out, batch, NULL, changes.items, changes.n));
}

static void files_and_folders_are_found_in_what_is_not_committed(void **state)
{
	struct memory_repo *world = *state;
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	gm_cleanup(gm_tree_cache_free_p) struct gm_tree_cache *cache = NULL;
	struct gm_oid tree, oid, wanted;
	unsigned mode;

	must(gm_batch_begin(&batch, gm_repo_store(world->repo)));
	make_tree(&tree, batch, 20, 10);
	must(gm_tree_cache_new(&cache, batch));
	gm_object_hash(&wanted, GM_OBJECT_BLOB, "d1/f3/name", 10);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
			gm_tree_cache_lookup(&oid, &mode, cache, &tree, "d1/f3/name"), 1);
		assert_int_equal(mode, GM_MODE_FILE);
		assert_true(gm_oid_equal(&oid, &wanted));
		assert_int_equal(
			gm_tree_cache_lookup(&oid, &mode, cache, &tree, "d1/f3"), 1);
		assert_int_equal(mode, GM_MODE_TREE);
	}
}

static void what_is_missing_is_not_found(void **state)
{
	static const char *const paths[] = {"d", "d0/f", "d0/f0/nam", "d0/f0/names",
		"x/y/z", "d0/f0/", "", "d00/f0/name"};
	struct memory_repo *world = *state;
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	gm_cleanup(gm_tree_cache_free_p) struct gm_tree_cache *cache = NULL;
	struct gm_oid tree, oid;
	unsigned mode;

	must(gm_batch_begin(&batch, gm_repo_store(world->repo)));
	make_tree(&tree, batch, 20, 10);
	must(gm_tree_cache_new(&cache, batch));
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		assert_int_equal(
			gm_tree_cache_lookup(&oid, &mode, cache, &tree, paths[i]), 0);
		assert_int_equal(
			gm_tree_cache_lookup(&oid, &mode, cache, &gm_oid_zero, paths[i]),
			0);
		assert_int_equal(gm_tree_cache_lookup(&oid, &mode, cache,
					 &gm_oid_empty_tree, paths[i]),
			0);
	}
}

static void a_file_in_the_way_is_told(void **state)
{
	struct memory_repo *world = *state;
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	gm_cleanup(gm_tree_cache_free_p) struct gm_tree_cache *cache = NULL;
	struct gm_oid tree, oid;
	unsigned mode;

	must(gm_batch_begin(&batch, gm_repo_store(world->repo)));
	make_tree(&tree, batch, 20, 10);
	must(gm_tree_cache_new(&cache, batch));
	assert_int_equal(gm_tree_cache_lookup(&oid, &mode, cache, &tree, "d0/f0/name/x"),
		GM_EEXISTS);
}

/* More folders than there are slots, in trees that share some of them. */
static void many_trees_do_not_get_mixed_up(void **state)
{
	enum { FILES = 3000, EACH = 40 };
	struct memory_repo *world = *state;
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	gm_cleanup(gm_tree_cache_free_p) struct gm_tree_cache *cache = NULL;
	struct gm_oid trees[2], oid, wanted;
	unsigned mode;

	must(gm_batch_begin(&batch, gm_repo_store(world->repo)));
	make_tree(&trees[0], batch, FILES, EACH);
	make_tree(&trees[1], batch, FILES / 2, EACH / 2);
	must(gm_tree_cache_new(&cache, batch));
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < FILES; i += 7)
			for (int t = 0; t < 2; t++) {
				int each = t ? EACH / 2 : EACH;
				gm_autofree char *path =
					gm_format("d%d/f%d/name", i / each, i % each);
				gm_object_hash(
					&wanted, GM_OBJECT_BLOB, path, strlen(path));
				int rc = gm_tree_cache_lookup(
					&oid, &mode, cache, &trees[t], path);
				assert_int_equal(rc, !t || i < FILES / 2);
				if (rc)
					assert_true(gm_oid_equal(&oid, &wanted));
			}
}

static void a_tree_that_is_missing_or_none_is_damage(void **state)
{
	struct memory_repo *world = *state;
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	gm_cleanup(gm_tree_cache_free_p) struct gm_tree_cache *cache = NULL;
	struct gm_oid oid, missing, blob, broken;
	unsigned mode;

	must(gm_batch_begin(&batch, gm_repo_store(world->repo)));
	memset(&missing, 7, sizeof(missing));
	must(gm_batch_write(&blob, batch, GM_OBJECT_BLOB, "x", 1));
	must(gm_batch_write(&broken, batch, GM_OBJECT_TREE, "100644 a", 8));
	must(gm_tree_cache_new(&cache, batch));
	assert_int_equal(
		gm_tree_cache_lookup(&oid, &mode, cache, &missing, "a"), GM_EMISMATCH);
	assert_int_equal(
		gm_tree_cache_lookup(&oid, &mode, cache, &blob, "a"), GM_EMISMATCH);
	assert_int_equal(
		gm_tree_cache_lookup(&oid, &mode, cache, &broken, "a"), GM_EMISMATCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_and_folders_are_found_in_what_is_not_committed),
		TEST(what_is_missing_is_not_found),
		TEST(a_file_in_the_way_is_told),
		TEST(many_trees_do_not_get_mixed_up),
		TEST(a_tree_that_is_missing_or_none_is_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
