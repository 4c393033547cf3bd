#include "dag/stage_tree.h"

#include "dag/tree_changes.h"

static int write_change(struct gm_tree_changes *out, struct gm_batch *batch,
	const struct gm_change *change)
{
	struct gm_oid blob = gm_oid_zero;
	int rc = 0;

	if (change->data)
		rc = gm_batch_write_based(&blob, batch, GM_OBJECT_BLOB, change->data,
			change->size,
			gm_oid_is_zero(&change->base) ? NULL : &change->base);
	return rc < 0 ? rc : gm_tree_changes_add(out, change->path, &blob);
}

int gm_stage_tree(struct gm_oid *out, struct gm_batch *batch,
	const struct gm_stage *stage, const struct gm_oid *base)
{
	gm_autotreechanges changes = GM_TREE_CHANGES_INIT;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < gm_stage_size(stage); i++)
		rc = write_change(&changes, batch, gm_stage_at(stage, i));
	return rc < 0 ? rc : gm_tree_update(out, batch, base, changes.items, changes.n);
}
