#include <string.h>

#include "base/interrupt.h"
#include "base/two_threads.h"
#include "dag/arrived.h"
#include "dag/outgoing.h"
#include "dag/tree.h"

/* So many objects, or bytes, are read ahead on a thread of its own while others are written. */
#define CHUNK_OBJECTS 1000
#define CHUNK_BYTES ((size_t)2 << 20)

/* Objects that were read, one behind the other. */
struct chunk {
	struct gm_buf data;
	struct {
		struct gm_outgoing_object object;
		enum gm_object_type type;
		size_t size;
	} items[CHUNK_OBJECTS];
	size_t n;
	int rc;
	struct gm_error error;
};

/* Objects on their way into the batch. */
struct writing {
	const struct gm_arrived *arrived;
	struct gm_outgoing *outgoing;
	struct gm_batch *batch;
	size_t *order; /* the numbers that they have in `outgoing` */
	size_t n;
	size_t n_read;
	size_t done;
	struct gm_buf data;
	struct chunk chunks[2];
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

/* Read one behind the others. */
static int read_object(struct chunk *chunk, struct writing *writing)
{
	size_t at = writing->order[writing->n_read++];
	struct gm_outgoing_object *object = &chunk->items[chunk->n].object;

	gm_outgoing_at(object, writing->outgoing, at);
	int rc = gm_store_read(&writing->data, &chunk->items[chunk->n].type,
		writing->arrived->objects, object->oid);
	/* A server may leave out what it takes us to have; it is here then. */
	if (rc == GM_ENOTFOUND)
		return 0;
	if (rc == 0)
		rc = gm_buf_put(
			&chunk->data, gm_buf_str(&writing->data), writing->data.size);
	if (rc == 0)
		chunk->items[chunk->n++].size = writing->data.size;
	return rc;
}

static void read_chunk(struct chunk *chunk, struct writing *writing)
{
	gm_buf_reset(&chunk->data);
	chunk->n = 0;
	chunk->rc = 0;
	while (chunk->rc == 0 && writing->n_read < writing->n &&
		chunk->n < CHUNK_OBJECTS && chunk->data.size < CHUNK_BYTES)
		chunk->rc = read_object(chunk, writing);
	if (chunk->rc < 0)
		chunk->error = *gm_error_last();
}

static int write_chunk(const struct chunk *chunk, struct writing *writing)
{
	const struct gm_arrived *arrived = writing->arrived;
	const char *at = gm_buf_str(&chunk->data);
	struct gm_oid written;
	int rc = gm_interrupted();

	for (size_t i = 0; rc == 0 && i < chunk->n; i++) {
		rc = gm_batch_write_based(&written, writing->batch, chunk->items[i].type,
			at, chunk->items[i].size, chunk->items[i].object.base);
		at += chunk->items[i].size;
		writing->done++;
		if (rc == 0 && arrived->progress)
			rc = arrived->progress(
				writing->done, writing->n, arrived->payload);
	}
	return rc;
}

/* One chunk is written while the next one is read. */
struct half {
	struct writing *writing;
	struct chunk *chunk;
	bool reads;
	int rc;
};

static void run_half(void *payload)
{
	struct half *half = payload;

	if (half->reads)
		read_chunk(half->chunk, half->writing);
	else
		half->rc = write_chunk(half->chunk, half->writing);
}

static int write_all(struct writing *writing)
{
	struct chunk *now = &writing->chunks[0];
	struct chunk *next = &writing->chunks[1];

	read_chunk(now, writing);
	while (now->rc == 0 && (now->n || writing->n_read < writing->n)) {
		struct half writes = {.writing = writing, .chunk = now};
		struct half reads = {.writing = writing, .chunk = next, .reads = true};
		gm_run_on_two_threads(run_half, &writes, &reads);
		if (writes.rc < 0)
			return writes.rc;
		struct chunk *swap = now;
		now = next;
		next = swap;
	}
	/* The error was seen on another thread. */
	return now->rc < 0 ? gm_error((enum gm_errcode)now->rc, "%s", now->error.message)
			   : 0;
}

static void put_type(struct writing *writing, size_t *n, enum gm_object_type type)
{
	struct gm_outgoing_object object;

	for (size_t i = 0; i < writing->n; i++) {
		gm_outgoing_at(&object, writing->outgoing, i);
		if (object.type == type)
			writing->order[(*n)++] = i;
	}
}

/* Newest first in the list; what is named comes before. */
static void put_backwards(struct writing *writing, size_t *n, enum gm_object_type type)
{
	struct gm_outgoing_object object;

	for (size_t i = writing->n; i-- > 0;) {
		gm_outgoing_at(&object, writing->outgoing, i);
		if (object.type == type)
			writing->order[(*n)++] = i;
	}
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
static int put_trees(struct writing *writing, size_t *n)
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
		for (size_t i = 0; i < writing->n; i++) {
			gm_outgoing_at(&object, writing->outgoing, i);
			if (depths[i] == depth && object.type == GM_OBJECT_TREE)
				writing->order[(*n)++] = i;
		}
	}
	return rc;
}

static int put_in_order(struct writing *writing)
{
	size_t n = 0;

	writing->order = gm_calloc(writing->n + 1, sizeof(*writing->order));
	if (!writing->order)
		return GM_ENOMEM;
	put_type(writing, &n, GM_OBJECT_BLOB);
	int rc = put_trees(writing, &n);
	put_backwards(writing, &n, GM_OBJECT_COMMIT);
	put_backwards(writing, &n, GM_OBJECT_TAG);
	return rc;
}

static void writing_free(struct writing *writing)
{
	gm_outgoing_free(writing->outgoing);
	gm_free(writing->order);
	gm_buf_dispose(&writing->data);
	gm_buf_dispose(&writing->chunks[0].data);
	gm_buf_dispose(&writing->chunks[1].data);
	gm_free(writing);
}

int gm_arrived_write(
	size_t *n_out, struct gm_batch *batch, const struct gm_arrived *arrived)
{
	struct writing *writing = gm_calloc(1, sizeof(*writing));

	if (!writing)
		return GM_ENOMEM;
	writing->arrived = arrived;
	writing->batch = batch;
	writing->data.max = GM_OBJECT_MAX_SIZE;
	for (size_t i = 0; i < 2; i++)
		writing->chunks[i].data.max = GM_OBJECT_MAX_SIZE + CHUNK_BYTES;
	int rc = find(writing);
	if (rc == 0)
		rc = put_in_order(writing);
	if (rc == 0)
		rc = write_all(writing);
	if (rc == 0)
		*n_out = writing->done;
	writing_free(writing);
	return rc;
}
