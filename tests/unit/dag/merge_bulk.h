/*
 * Merging among many: where so many files differ that folders of memories are taken unseen, the
 * same must become of the few that both sides have to do with.
 */
#ifndef GM_TESTS_UNIT_DAG_MERGE_BULK_H
#define GM_TESTS_UNIT_DAG_MERGE_BULK_H

#include "dag/tree.h"
#include "dag/tree_merge.h"
#include "tests/unit/support.h"

#define BULK 100

/* A folder of memories for each side, as they are written to a batch once. */
struct merge_bulk {
	struct gm_oid folders[2];
};

static inline struct gm_oid make_bulk(struct gm_batch *batch, unsigned number)
{
	gm_autobuf tree = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_oid blob, oid;

	must(gm_batch_write(&blob, batch, GM_OBJECT_BLOB, "text\n", 5));
	for (unsigned i = 0; i < BULK; i++) {
		must(gm_buf_printf(
			&tree, "100644 018f0000-0000-7000-8000-%09u%03u.md", number, i));
		must(gm_buf_putc(&tree, '\0'));
		must(gm_buf_put(&tree, blob.bytes, GM_OID_SIZE));
	}
	must(gm_batch_write(&oid, batch, GM_OBJECT_TREE, tree.ptr, tree.size));
	return oid;
}

static inline struct gm_oid add_bulk(struct merge_bulk *bulk, struct gm_batch *batch,
	const struct gm_oid *tree, unsigned number)
{
	gm_autofree char *path = gm_format("memories/2020/01-0%u/a/", number + 1);
	struct gm_oid out;

	if (gm_oid_is_zero(&bulk->folders[number]))
		bulk->folders[number] = make_bulk(batch, number);
	struct gm_tree_change change = {
		.path = path, .mode = GM_MODE_TREE, .oid = bulk->folders[number]};
	must(gm_tree_update(&out, batch, tree, &change, 1));
	return out;
}

/*
 * Merge with a bulk on each side; NULL, or what is wrong beside `wanted`, which was merged
 * without. `told` also merges with a full report.
 */
static inline const char *merge_in_bulk(struct merge_bulk *bulk, struct gm_batch *batch,
	bool told, const struct gm_oid *base, const struct gm_oid *ours,
	const struct gm_oid *theirs, const struct gm_tree_merge *wanted)
{
	const struct gm_tree_merge_options brief = {.only_both = true};
	struct gm_tree_change no_bulk = {.path = "memories/2020/", .mode = GM_MODE_TREE};
	struct gm_oid our_bulk = add_bulk(bulk, batch, ours, 0);
	struct gm_oid their_bulk = add_bulk(bulk, batch, theirs, 1);
	gm_autotreemerge merge = GM_TREE_MERGE_INIT, full = GM_TREE_MERGE_INIT;
	struct gm_oid tree;

	if (gm_trees_merge(&merge, batch, base, &our_bulk, &their_bulk, &brief) < 0)
		return gm_error_last()->message;
	must(gm_tree_update(&tree, batch, &merge.tree, &no_bulk, 1));
	if (!gm_oid_equal(&tree, &wanted->tree))
		return "another tree";
	if (!told)
		return NULL;
	if (gm_trees_merge(&full, batch, base, &our_bulk, &their_bulk, NULL) < 0)
		return gm_error_last()->message;
	if (!gm_oid_equal(&merge.tree, &full.tree))
		return "it depends on what is told";
	if (merge.n_conflicts != full.n_conflicts || full.n != wanted->n + 2 * BULK)
		return "another report";
	return NULL;
}

#endif
