/*
 * The objects to send to a repository that has others already, each once, in an order that is
 * good to pack them in: commits, tags, trees, blobs, and no object before its base.
 *
 * Costs what is to be sent: commits are compared with their parents, and what a parent has at
 * the same path is not looked at; a root is compared with what the other side has. So an object
 * that the other side has, but that nothing a new commit is compared with has at that path, is
 * sent again. Memory: some 80 bytes for each object and 60
 * for each path.
 */
#ifndef GM_DAG_OUTGOING_H
#define GM_DAG_OUTGOING_H

#include "objstore/pack_stream.h"
#include "objstore/store.h"

struct gm_outgoing;

/* Nothing yet. The store is lent for as long as it lives. gm_outgoing_free(). */
int gm_outgoing_new(struct gm_outgoing **out, struct gm_store *store);
void gm_outgoing_free(struct gm_outgoing *outgoing);
GM_DEFINE_CLEANUP(struct gm_outgoing, gm_outgoing_free)

/*
 * Before the walk: what is to be sent, with all it leads to, of whatever type (GM_ENOTFOUND
 * when it does not exist, GM_EMISMATCH when it is damaged); and what the other side has, with
 * all it leads to. Of that, what is not in the store is passed over (a part of the history of a
 * have, too), and so is zero in both.
 */
int gm_outgoing_want(struct gm_outgoing *outgoing, const struct gm_oid *oid);
int gm_outgoing_have(struct gm_outgoing *outgoing, const struct gm_oid *oid);

/*
 * Find out what is to be sent, once. `progress` (NULL: nobody) is told how many objects were
 * found; a negative return ends it and is returned. GM_ENOTFOUND when something is missing,
 * GM_EMISMATCH when it is damaged or not of the type it is named as.
 */
typedef int (*gm_outgoing_progress_fn)(size_t done, void *payload);
int gm_outgoing_walk(
	struct gm_outgoing *outgoing, gm_outgoing_progress_fn progress, void *payload);

/* How many there are. */
size_t gm_outgoing_n(const struct gm_outgoing *outgoing);

struct gm_outgoing_object {
	const struct gm_oid *oid; /* lent, as all here, for as long as the list lives */
	enum gm_object_type type;
	const struct gm_oid
		*commit; /* where a tree or blob was met first; NULL: in none */
	/*
	 * Likely much like it, the version of its path before; NULL: none is known. The other
	 * side has it, or it is number `base_at`, which is below its own.
	 */
	const struct gm_oid *base;
	size_t base_at; /* GM_PACK_ITEM_NONE when it is not to be sent */
};

/* The object at this place of the order, from 0. */
void gm_outgoing_at(
	struct gm_outgoing_object *out, const struct gm_outgoing *outgoing, size_t at);

/* Append the path where it was met first; nothing for a root tree, a commit, a tag. */
int gm_outgoing_path(struct gm_buf *out, const struct gm_outgoing *outgoing, size_t at);

/* gm_pack_stream() of all of it, which may be nothing. */
int gm_outgoing_stream(uint64_t *size_out, const struct gm_outgoing *outgoing,
	const struct gm_pack_stream_options *options, gm_sink_fn write, void *payload);

#endif
