#include <string.h>

#include "base/interrupt.h"
#include "dag/arrived.h"
#include "dag/outgoing.h"
#include "dag/tree.h"

/* Objects on their way into the batch. */
struct writing {
	const struct gm_arrived *arrived;
	struct gm_outgoing *outgoing;
	struct gm_batch *batch;
	struct gm_buf data;
	size_t n;
	size_t done;
};

static int have_ref(const char *name, const struct gm_oid *oid, void *payload)
{
	(void)name;
	return gm_outgoing_have(payload, oid);
}

static int find(struct writing *writing)
{
	const struct gm_arrived *arrived = writing->arrived;
	int rc = gm_outgoing_new(&writing->outgoing, gm_repo_store(arrived->repo));

	for (size_t i = 0; rc == 0 && i < arrived->n_tips; i++)
		rc = gm_outgoing_want(writing->outgoing, &arrived->tips[i]);
	if (rc == 0)
		rc = gm_refs_each(gm_repo_refs(arrived->repo), "refs/", have_ref,
			writing->outgoing);
	if (rc == 0)
		rc = gm_outgoing_walk(writing->outgoing, NULL, NULL);
	writing->n = rc == 0 ? gm_outgoing_n(writing->outgoing) : 0;
	return rc;
}

static int write_object(struct writing *writing, const struct gm_outgoing_object *object)
{
	const struct gm_arrived *arrived = writing->arrived;
	enum gm_object_type type;
	struct gm_oid written;
	int rc = gm_store_read(&writing->data, &type, arrived->objects, object->oid);

	/* A server may leave out what it takes us to have; it is here then. */
	if (rc == GM_ENOTFOUND)
		return 0;
	if (rc == 0)
		rc = gm_batch_write_based(&written, writing->batch, type,
			gm_buf_str(&writing->data), writing->data.size, object->base);
	if (rc == 0)
		rc = gm_interrupted();
	writing->done++;
	if (rc == 0 && arrived->progress)
		rc = arrived->progress(writing->done, writing->n, arrived->payload);
	return rc;
}

static int write_type(struct writing *writing, enum gm_object_type type)
{
	struct gm_outgoing_object object;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < writing->n; i++) {
		gm_outgoing_at(&object, writing->outgoing, i);
		if (object.type == type)
			rc = write_object(writing, &object);
	}
	return rc;
}

/* Newest first in the list; what is named comes before. */
static int write_backwards(struct writing *writing, enum gm_object_type type)
{
	struct gm_outgoing_object object;
	int rc = 0;

	for (size_t i = writing->n; rc == 0 && i-- > 0;) {
		gm_outgoing_at(&object, writing->outgoing, i);
		if (object.type == type)
			rc = write_object(writing, &object);
	}
	return rc;
}

/* How deep the folder lies: 0 for the root. */
static int find_depth(
	uint8_t *out, struct gm_buf *path, const struct writing *writing, size_t at)
{
	unsigned depth = 0;
	int rc;

	gm_buf_reset(path);
	rc = gm_outgoing_path(path, writing->outgoing, at);
	if (rc < 0)
		return rc;
	for (const char *c = gm_buf_str(path); *c; c++)
		depth += *c == '/' || c == path->ptr;
	*out = (uint8_t)(depth < GM_TREE_MAX_DEPTH ? depth : GM_TREE_MAX_DEPTH);
	return 0;
}

/*
 * Folders that lie deep come first: so the name in SHA-256 of what a tree names is known when
 * it is written, but for a tree that also lies where it is deeper.
 */
static int write_trees(struct writing *writing)
{
	gm_autofree uint8_t *depths = gm_calloc(writing->n + 1, 1);
	gm_autobuf path = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_outgoing_object object;
	unsigned deepest = 0;
	int rc = depths ? 0 : GM_ENOMEM;

	for (size_t i = 0; rc == 0 && i < writing->n; i++) {
		gm_outgoing_at(&object, writing->outgoing, i);
		if (object.type != GM_OBJECT_TREE)
			continue;
		rc = find_depth(&depths[i], &path, writing, i);
		deepest = depths[i] > deepest ? depths[i] : deepest;
	}
	for (unsigned depth = deepest + 1; rc == 0 && depth-- > 0;) {
		for (size_t i = 0; rc == 0 && i < writing->n; i++) {
			if (depths[i] != depth)
				continue;
			gm_outgoing_at(&object, writing->outgoing, i);
			if (object.type == GM_OBJECT_TREE)
				rc = write_object(writing, &object);
		}
	}
	return rc;
}

static int run(struct writing *writing)
{
	int rc = find(writing);

	if (rc == 0)
		rc = write_type(writing, GM_OBJECT_BLOB);
	if (rc == 0)
		rc = write_trees(writing);
	if (rc == 0)
		rc = write_backwards(writing, GM_OBJECT_COMMIT);
	return rc < 0 ? rc : write_backwards(writing, GM_OBJECT_TAG);
}

int gm_arrived_write(
	size_t *n_out, struct gm_batch *batch, const struct gm_arrived *arrived)
{
	struct writing writing = {.arrived = arrived,
		.batch = batch,
		.data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE)};
	int rc = run(&writing);

	if (rc == 0)
		*n_out = writing.done;
	gm_outgoing_free(writing.outgoing);
	gm_buf_dispose(&writing.data);
	return rc;
}
