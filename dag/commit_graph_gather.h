/*
 * The commits that a layer of the commit graph is to have.
 */
#ifndef GM_DAG_COMMIT_GRAPH_GATHER_H
#define GM_DAG_COMMIT_GRAPH_GATHER_H

#include "base/map.h"
#include "dag/commit_graph_layer.h"

struct gm_gathered {
	struct gm_oid oid;
	struct gm_oid tree;
	int64_t date;
	uint32_t level;
	uint32_t position; /* in the graph to be; set by gm_gather_finish() */
	size_t parents;    /* where they begin in gm_gather.parents */
	uint32_t n_parents;
	uint32_t bloom_size;
	size_t bloom; /* where the filter begins in gm_gather.blooms */
};

struct gm_gather {
	struct gm_store *store;
	struct gm_commit_graph *old; /* NULL: none */
	bool uses_rows;              /* of the old one; else commits are read */
	uint32_t below;              /* positions below this stay as they are */
	size_t max;                  /* GM_ETOOBIG when there are more */
	struct gm_gathered
		*items; /* each but the beginnings is a parent of an earlier one */
	size_t n, cap;
	struct gm_map numbers; /* of items, by id */
	/* Each a position below `below`, or that and the number of an item. */
	uint32_t *parents;
	size_t n_parents, cap_parents;
	struct gm_buf blooms;
	uint32_t *order; /* the numbers of the items by id */
};

#define GM_GATHER_INIT(store_, old_, uses_rows_, below_, max_)                         \
	{                                                                              \
		.store = (store_), .old = (old_), .uses_rows = (uses_rows_),           \
		.below = (below_), .max = (max_), .numbers = GM_MAP_INIT(GM_OID_SIZE), \
		.blooms = GM_BUF_INIT(GM_BUF_LARGE)                                    \
	}
#define gm_autogather gm_cleanup(gm_gather_dispose) struct gm_gather
void gm_gather_dispose(struct gm_gather *gather);

/* Add a commit and all it leads to, but for what is below. */
int gm_gather_add(struct gm_gather *gather, const struct gm_oid *commit);

/*
 * When all were added: find out their levels, their filters and the order of their ids.
 * GM_EINVALID for what the format has no room for.
 */
int gm_gather_finish(struct gm_gather *gather);

#endif
