/*
 * A memory that a walk follows by its id, wherever it lies: which commits change it, also by
 * moving, making or removing it. Where it lies is found from child to parent, at the cost of
 * what differs between them, and only when it is not where it was.
 */
#ifndef GM_DAG_WALK_FOLLOW_H
#define GM_DAG_WALK_FOLLOW_H

#include "base/strv.h"
#include "base/uuid.h"
#include "dag/walk_graph.h"

struct gm_follow {
	char id[GM_UUID_TEXT]; /* "": that of the first memory found at the paths */
	struct gm_strv paths;  /* where it was found, or may be */
	size_t *places;        /* by node: not known yet, nowhere, or a path */
	size_t cap_places;
	size_t reference;   /* a node whose place is known */
	bool seen;          /* it was found somewhere */
	bool knows_unkeyed; /* the path it has without a key is among `paths` */
};

struct gm_follows {
	struct gm_follow *items;
	size_t n;
	size_t cap;
};

void gm_follows_dispose(struct gm_follows *follows);

/* Follow `id`, which lies, or once lay, at `path` (NULL: not known). Both are copied. */
int gm_follows_add(struct gm_follows *follows, const char *id, const char *path);

/*
 * 1 when no memory differs between a loaded node and its loaded parent, 0 when one does. The
 * node is asked about after those on one way to it, apart from those a walk starts at.
 */
int gm_follows_compare(
	struct gm_follows *follows, struct gm_graph *graph, size_t node, size_t parent);

/* 1 when none of the memories is in the tree of a loaded node, else 0. */
int gm_follows_are_absent(
	struct gm_follows *follows, struct gm_graph *graph, size_t node);

#endif
