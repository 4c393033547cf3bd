#include "dag/stage_carry.h"

#include <string.h>

#include "dag/transaction.h"
#include "dag/tree.h"

/* More than this no stage could hold. */
#define MAX_FILE GM_BUF_LARGE

void gm_stage_carry_dispose(struct gm_stage_carry *carry)
{
	for (size_t i = 0; i < carry->n; i++) {
		gm_free((char *)(uintptr_t)carry->changes[i].path);
		gm_free((char *)(uintptr_t)carry->changes[i].data);
	}
	gm_free(carry->changes);
	*carry = (struct gm_stage_carry)GM_STAGE_CARRY_INIT;
}

struct carrying {
	struct gm_stage_carry *out;
	struct gm_store *store;
	const struct gm_stage *stage; /* NULL: none */
	size_t next; /* of the stage's changes: those before it are in `out`, or gone */
	const struct gm_stage_tip *to;
	bool meets; /* a staged change was made on another version than the old commit's */
};

/* Append a change; takes `data` over. */
static int add(struct carrying *carrying, const struct gm_change *change, char *data)
{
	struct gm_stage_carry *out = carrying->out;
	gm_autofree char *bytes = data;
	gm_autofree char *path = gm_strdup(change->path);
	int rc = path
		? gm_grow(&out->changes, &out->cap, out->n + 1, sizeof(*out->changes))
		: GM_ENOMEM;

	if (rc < 0)
		return rc;
	struct gm_change *copy = &out->changes[out->n++];
	*copy = *change;
	copy->path = gm_steal(&path);
	copy->data = gm_steal(&bytes);
	return 0;
}

static int add_copy(struct carrying *carrying, const struct gm_change *change)
{
	char *data = change->data ? gm_malloc(change->size + 1) : NULL;

	if (change->data && !data)
		return GM_ENOMEM;
	if (data)
		memcpy(data, change->data, change->size);
	return add(carrying, change, data);
}

/* The stage's changes of the paths before this one (NULL: all that are left). */
static int add_staged_before(struct carrying *carrying, const char *path)
{
	size_t n = carrying->stage ? gm_stage_size(carrying->stage) : 0;
	int rc = 0;

	while (rc == 0 && carrying->next < n) {
		const struct gm_change *change =
			gm_stage_at(carrying->stage, carrying->next);
		if (path && strcmp(change->path, path) >= 0)
			break;
		rc = add_copy(carrying, change);
		carrying->next++;
	}
	return rc;
}

static bool is_plain(unsigned mode)
{
	return !mode || (mode & GM_MODE_TYPE) == (GM_MODE_FILE & GM_MODE_TYPE);
}

/* A file as it was on the old commit. */
static int add_file(struct carrying *carrying, struct gm_change *change)
{
	gm_autobuf bytes = GM_BUF_INIT(MAX_FILE);

	if (gm_oid_is_zero(&change->blob))
		return add(carrying, change, NULL);
	int rc = gm_store_read_type(
		&bytes, carrying->store, &change->blob, GM_OBJECT_BLOB);
	if (rc < 0)
		return gm_error_prefix("%s", change->path);
	change->size = bytes.size;
	char *data = gm_buf_detach(&bytes);
	change->data = data;
	return data ? add(carrying, change, data) : GM_ENOMEM;
}

/* From the new commit's side (old) to the old commit's (new): to be undone by the stage. */
static int carry_delta(const struct gm_tree_delta *delta, void *payload)
{
	struct carrying *carrying = payload;
	struct gm_change change = {.path = delta->path,
		.base = delta->old_mode ? delta->old_oid : gm_oid_zero,
		.tip = carrying->to->commit,
		.blob = delta->new_mode ? delta->new_oid : gm_oid_zero};
	int rc = add_staged_before(carrying, delta->path);

	if (rc < 0)
		return rc;
	const struct gm_change *staged =
		carrying->stage ? gm_stage_find(carrying->stage, delta->path) : NULL;
	if (staged) {
		carrying->next++;
		carrying->meets |= !gm_oid_equal(&staged->base, &change.blob) &&
			!gm_oid_equal(&staged->blob, &change.blob);
		change.blob = staged->blob;
		change.data = staged->data;
		change.size = staged->size;
	}
	if (gm_oid_equal(&change.base, &change.blob))
		return 0;
	if (staged)
		return add_copy(carrying, &change);
	if (!is_plain(delta->old_mode) || !is_plain(delta->new_mode))
		return gm_error(GM_EINVALID, "'%s' is no plain file and cannot be staged",
			delta->path);
	return add_file(carrying, &change);
}

static int carry(struct carrying *carrying, const struct gm_oid *tree)
{
	int rc = gm_tree_diff(
		carrying->store, &carrying->to->tree, tree, carry_delta, carrying);

	return rc < 0 ? rc : add_staged_before(carrying, NULL);
}

/* What the stage would have made of the old commit becomes all that is staged on the new one. */
static int carry_laid(struct gm_stage_carry *out, struct gm_repo *repo,
	const struct gm_stage *stage, const struct gm_stage_tip *from,
	const struct gm_stage_tip *to)
{
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	gm_autotransaction notes = GM_TRANSACTION_RESULT_INIT;
	gm_autotreechanges lost = GM_TREE_CHANGES_INIT;
	struct carrying carrying = {.out = out, .store = gm_repo_store(repo), .to = to};
	struct gm_oid tree;
	int rc = gm_batch_begin(&batch, carrying.store);

	if (rc == 0)
		rc = gm_transaction_lay(&tree, &lost, &notes, repo, batch, from,
			gm_stage_changes(stage), gm_stage_size(stage));
	if (rc == 0)
		rc = gm_batch_commit(batch);
	out->gave_way = lost.n > 0;
	return rc < 0 ? rc : carry(&carrying, &tree);
}

int gm_stage_carry(struct gm_stage_carry *out, struct gm_repo *repo,
	const struct gm_stage *stage, const struct gm_stage_tip *from,
	const struct gm_stage_tip *to)
{
	struct carrying carrying = {
		.out = out, .store = gm_repo_store(repo), .stage = stage, .to = to};
	int rc = carry(&carrying, &from->tree);

	if (rc < 0 || !carrying.meets)
		return rc;
	gm_stage_carry_dispose(out);
	return carry_laid(out, repo, stage, from, to);
}
