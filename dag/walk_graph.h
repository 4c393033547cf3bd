/*
 * The part of history a walk has seen: its commits as numbered nodes, each read once.
 *
 * A node is made when its id is first met and loaded when its commit is needed; until then
 * it has no date and no parents. Nodes move when others are added: hold their numbers.
 *
 * A walk that gets long takes what it needs from the commit graph, as far as that goes.
 */
#ifndef GM_DAG_WALK_GRAPH_H
#define GM_DAG_WALK_GRAPH_H

#include "base/map.h"
#include "dag/commit.h"
#include "dag/commit_graph.h"

enum gm_node_flags {
	GM_NODE_LOADED = 1 << 0,
	GM_NODE_SEEN = 1 << 1,   /* it was queued once */
	GM_NODE_QUEUED = 1 << 2, /* it is in the queue now */
	GM_NODE_CUT = 1 << 11,   /* its first parent is no longer its first */

	/* dag/walk.c */
	GM_NODE_HIDDEN = 1 << 3, /* hidden, or reached from one that is */
	GM_NODE_BOTTOM = 1 << 4, /* the caller hid it by name */
	GM_NODE_SAME = 1 << 5,   /* changes none of the paths asked for */
	GM_NODE_LEFT = 1 << 6,   /* reached from the left one of two */

	/* dag/merge_base.c */
	GM_NODE_ONE = 1 << 7,   /* reached from the first commit */
	GM_NODE_TWO = 1 << 8,   /* reached from the others */
	GM_NODE_STALE = 1 << 9, /* reached from a common ancestor */
	GM_NODE_RESULT = 1 << 10,
};

struct gm_node {
	struct gm_oid oid;
	struct gm_oid tree;
	int64_t date;   /* the committer's, in seconds; one before 1970 counts as 0 */
	size_t parents; /* where they begin in gm_graph.parents */
	size_t n_parents;
	unsigned flags;
	uint32_t place; /* 1 and its position in the commit graph; 0: it is not there */
	struct gm_commit
		*commit; /* as it was read, while there is room for it; else NULL */
};

struct gm_graph {
	struct gm_store *store;
	struct gm_map numbers; /* node by id, of those that are not in the commit graph */
	struct gm_commit_graph
		*file;    /* NULL before it is needed, or when there is none */
	uint32_t *placed; /* 1 and the number of the node, by position in `file` */
	size_t n_read;    /* commits */
	bool shows_each; /* all of them are shown, and so read anyway: do without `file` */
	struct gm_node *nodes;
	size_t n;
	size_t cap;
	size_t *parents; /* of all nodes, one behind the other */
	size_t n_parents;
	size_t cap_parents;
	size_t keep_max; /* how many bytes of commits to keep; 0: none */
	size_t kept;
};

#define GM_GRAPH_INIT(store_, keep_max_)                                               \
	{                                                                              \
		.store = (store_), .numbers = GM_MAP_INIT(GM_OID_SIZE), .nodes = NULL, \
		.parents = NULL, .keep_max = (keep_max_)                               \
	}
#define gm_autograph gm_cleanup(gm_graph_dispose) struct gm_graph
void gm_graph_dispose(struct gm_graph *graph);

/* The node of `oid`, made when there is none, and loaded. */
int gm_graph_add(size_t *out, struct gm_graph *graph, const struct gm_oid *oid);

/* The node of `oid`, when there is one that is loaded. */
bool gm_graph_find(size_t *out, const struct gm_graph *graph, const struct gm_oid *oid);

/* Load the i-th parent of a loaded node; `out` gets its number. The error names both. */
int gm_graph_load_parent(size_t *out, struct gm_graph *graph, size_t node, size_t i);

/* The number of the i-th parent of a loaded node. */
size_t gm_graph_parent(const struct gm_graph *graph, size_t node, size_t i);

/*
 * False when it is known, without looking at trees, that a loaded node has `path` just as this
 * parent of it has.
 */
bool gm_graph_may_change(
	const struct gm_graph *graph, size_t node, size_t parent, const char *path);

/* Leave a node with its i-th parent alone. */
void gm_graph_keep_parent(struct gm_graph *graph, size_t node, size_t i);

/* Move the node's commit into `out` (replaced), reading it again when it was not kept. */
int gm_graph_take_commit(struct gm_commit *out, struct gm_graph *graph, size_t node);

#endif
