#include "tests/unit/dag/merge_commits.h"
#include "tests/unit/dag/merge_trees.h"

static struct gm_oid commit(struct merge_trees *trees, const struct gm_oid *tree,
	const struct gm_oid *parents, size_t n, int minute)
{
	return make_commit(trees->world, trees->batch, tree, parents, n, minute);
}

static struct gm_oid base_of(
	struct merge_trees *trees, const struct gm_oid *a, const struct gm_oid *b)
{
	struct gm_oid one, two;
	struct gm_store *store = gm_repo_store(trees->world->repo);

	must(gm_merge_base_tree(&one, trees->batch, store, a, b));
	must(gm_merge_base_tree(&two, trees->batch, store, b, a));
	assert_memory_equal(&one, &two, sizeof(one));
	return one;
}

static void the_base_of_a_line_is_the_older_ones_tree(void **state)
{
	struct merge_trees *trees = *state;

	put_memory(trees, &trees->base, 1, NULL, "one", 0);
	put_memory(trees, &trees->ours, 1, NULL, "two", 1);
	struct gm_oid old = commit(trees, &trees->base, NULL, 0, 0);
	struct gm_oid new = commit(trees, &trees->ours, &old, 1, 1);
	struct gm_oid base = base_of(trees, &old, &new);
	assert_memory_equal(&base, &trees->base, sizeof(base));
}

static void unrelated_histories_have_no_base(void **state)
{
	struct merge_trees *trees = *state;
	struct gm_oid base;

	put_memory(trees, &trees->ours, 1, NULL, "one", 0);
	struct gm_oid one = commit(trees, &trees->base, NULL, 0, 0);
	struct gm_oid two = commit(trees, &trees->ours, NULL, 0, 1);
	assert_int_equal(gm_merge_base_tree(&base, trees->batch,
				 gm_repo_store(trees->world->repo), &one, &two),
		GM_ENOTFOUND);
}

/*
 * Both branches merged the other one, and both got the same, with the sibling of a conflict.
 * That is the base, so what each side does to it afterwards is its own.
 */
static void the_base_of_a_criss_cross_is_what_both_merged(void **state)
{
	struct merge_trees *trees = *state;
	gm_autofree char *place = place_of(1);

	put_memory(trees, &trees->base, 1, NULL, "a", 0);
	struct gm_oid root = commit(trees, &trees->base, NULL, 0, 0);
	trees->ours = trees->theirs = trees->base;
	put_memory(trees, &trees->ours, 1, NULL, "ours", 1);
	put_memory(trees, &trees->theirs, 1, NULL, "theirs", 2);
	struct gm_oid a = commit(trees, &trees->ours, &root, 1, 1);
	struct gm_oid b = commit(trees, &trees->theirs, &root, 1, 1);
	merge_both_ways(trees);
	struct gm_oid merged = trees->merge.tree;
	gm_autofree char *sibling = gm_strdup(entry_of(trees, 1, NULL)->sibling_path);
	const struct gm_oid ab[] = {a, b}, ba[] = {b, a};
	struct gm_oid m1 = commit(trees, &merged, ab, 2, 2);
	struct gm_oid m2 = commit(trees, &merged, ba, 2, 3);
	assert_memory_not_equal(&m1, &m2, sizeof(m1));

	/* One settles the conflict, the other one goes on. */
	trees->ours = trees->theirs = merged;
	put_file(trees, &trees->ours, sibling, NULL);
	put_memory(trees, &trees->ours, 1, NULL, "ours and theirs", 3);
	put_memory(trees, &trees->theirs, 2, NULL, "more", 0);
	m1 = commit(trees, &trees->ours, &m1, 1, 4);
	m2 = commit(trees, &trees->theirs, &m2, 1, 5);
	trees->base = base_of(trees, &m1, &m2);
	assert_memory_equal(&trees->base, &merged, sizeof(merged));
	merge_both_ways(trees);
	assert_files(trees, 2);
	assert_content(trees, place, "ours and theirs");
}

/* Three commits that both branches have merged, in another order each. */
static void three_bases_are_merged_whatever_the_order(void **state)
{
	struct merge_trees *trees = *state;
	struct gm_oid tips[3], tree[3];

	put_memory(trees, &trees->base, 1, NULL, "1\n2\n3\n4\n5\n6\n7", 0);
	struct gm_oid root = commit(trees, &trees->base, NULL, 0, 0);
	const char *texts[] = {"one\n2\n3\n4\n5\n6\n7", "1\n2\n3\nfour\n5\n6\n7",
		"1\n2\n3\n4\n5\n6\nseven"};
	for (int i = 0; i < 3; i++) {
		tree[i] = trees->base;
		put_memory(trees, &tree[i], 1, NULL, texts[i], i + 1);
		put_memory(
			trees, &tree[i], 2 + (unsigned)i, i ? "k" : NULL, "new", i + 1);
		tips[i] = commit(trees, &tree[i], &root, 1, 1);
	}
	const struct gm_oid back[] = {tips[2], tips[1], tips[0]};
	struct gm_oid m1 = commit(trees, &tree[0], tips, 3, 2);
	struct gm_oid m2 = commit(trees, &tree[1], back, 3, 2);
	trees->merge.tree = base_of(trees, &m1, &m2);
	gm_autofree char *place = place_of(1);
	assert_content(trees, place, "one\n2\n3\nfour\n5\n6\nseven");
	assert_content(trees, "keys/k.md", "new");
	assert_files(trees, 3);
}

/*
 * Criss-cross upon criss-cross: each base is made of the bases before. A hundred storeys would
 * be more than anybody makes; it ends, and the same way from both sides.
 */
static void a_tower_of_criss_crosses_has_a_base(void **state)
{
	struct merge_trees *trees = *state;

	put_memory(trees, &trees->base, 1, NULL, "text", 0);
	struct gm_oid root = commit(trees, &trees->base, NULL, 0, 0);
	struct gm_oid tree[2] = {trees->base, trees->base};
	struct gm_oid tips[2] = {root, root};
	for (int i = 0; i < 100; i++) {
		for (unsigned side = 0; side < 2; side++) {
			gm_autofree char *text = gm_format("by %u in %d", side, i);
			put_memory(trees, &tree[side], 2 + side, NULL, text, i + 1);
			tips[side] =
				commit(trees, &tree[side], &tips[side], 1, 2 * i + 1);
		}
		must(gm_trees_merge(&trees->merge, trees->batch, &trees->base, &tree[0],
			&tree[1], NULL));
		tree[0] = tree[1] = trees->base = trees->merge.tree;
		const struct gm_oid both[] = {tips[0], tips[1]};
		const struct gm_oid back[] = {tips[1], tips[0]};
		tips[0] = commit(trees, &tree[0], both, 2, 2 * i + 2);
		tips[1] = commit(trees, &tree[1], back, 2, 2 * i + 2);
	}
	struct gm_oid base = base_of(trees, &tips[0], &tips[1]);
	assert_int_equal(count_files(trees, &base), 3);
}

#define test(name) \
	cmocka_unit_test_setup_teardown(name, merge_trees_setup, merge_trees_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(the_base_of_a_line_is_the_older_ones_tree),
		test(unrelated_histories_have_no_base),
		test(the_base_of_a_criss_cross_is_what_both_merged),
		test(three_bases_are_merged_whatever_the_order),
		test(a_tower_of_criss_crosses_has_a_base),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
