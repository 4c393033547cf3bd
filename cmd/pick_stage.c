#include "cmd/pick_stage.h"

#include "base/interrupt.h"
#include "dag/stage_tree.h"
#include "dag/tree_three_way.h"

void gm_pick_stage_dispose(struct gm_pick_stage *stage)
{
	gm_batch_free(stage->batch);
	stage->batch = NULL;
	gm_writer_dispose(&stage->writer);
}

int gm_pick_stage_begin(struct gm_pick_stage *out, struct gm_call *call)
{
	int rc = gm_writer_begin(&out->writer, call, false);

	if (rc == 0)
		rc = gm_batch_begin(&out->batch, gm_repo_store(call->repo));
	return rc < 0 ? rc
		      : gm_stage_tree(&out->tree, out->batch, out->writer.stage,
				&out->writer.head.tree);
}

struct collecting {
	struct gm_pick_stage *stage;
	struct gm_changes changes;
};

static bool is_plain(unsigned mode)
{
	return !mode || (mode & GM_MODE_TYPE) == (GM_MODE_FILE & GM_MODE_TYPE);
}

/* A file whose bytes are in the batch or the store, or that is removed. */
static int add_file(struct collecting *collecting, struct gm_change *change)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	enum gm_object_type type;
	int rc = 0;

	if (!gm_oid_is_zero(&change->blob)) {
		rc = gm_batch_read(
			&bytes, &type, collecting->stage->batch, &change->blob);
		change->data = gm_buf_str(&bytes);
		change->size = bytes.size;
	}
	return rc < 0 ? gm_error_prefix("%s", change->path)
		      : gm_changes_add_copy(&collecting->changes, change);
}

/* What differs between the branch (ours) and what is to be seen (theirs). */
static int collect(const struct gm_tree_triple *triple, void *payload)
{
	struct collecting *collecting = payload;
	const struct gm_writer *writer = &collecting->stage->writer;
	const struct gm_change *staged = gm_stage_find(writer->stage, triple->path);
	struct gm_change change = {.path = triple->path,
		.base = triple->oid[GM_SIDE_OURS],
		.tip = writer->head.exists ? writer->head.commit : writer->start,
		.blob = triple->oid[GM_SIDE_THEIRS]};

	if (gm_oid_equal(&change.base, &change.blob))
		return 0;
	if (staged && gm_oid_equal(&staged->blob, &change.blob))
		return gm_changes_add_copy(&collecting->changes, staged);
	if (!is_plain(triple->mode[GM_SIDE_OURS]) ||
		!is_plain(triple->mode[GM_SIDE_THEIRS]))
		return gm_error(GM_EINVALID, "'%s' is no plain file and cannot be staged",
			triple->path);
	if (staged) {
		change.base = staged->base;
		change.tip = staged->tip;
	}
	return add_file(collecting, &change);
}

int gm_pick_stage_end(struct gm_pick_stage *stage)
{
	struct gm_writer *writer = &stage->writer;
	const struct gm_oid trees[GM_TREE_SIDES] = {
		[GM_SIDE_BASE] = writer->head.tree,
		[GM_SIDE_OURS] = writer->head.tree,
		[GM_SIDE_THEIRS] = stage->tree,
	};
	struct collecting collecting = {.stage = stage, .changes = GM_CHANGES_INIT};
	int rc = gm_tree_three_way(stage->batch, trees, collect, &collecting);

	if (rc == 0)
		rc = gm_stage_replace(writer->call->repo, writer->lock, writer->head.ref,
			collecting.changes.items, collecting.changes.n);
	gm_changes_dispose(&collecting.changes);
	if (rc == 0)
		gm_interrupt_ignore();
	return rc;
}
