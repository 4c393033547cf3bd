/*
 * How many commits of a range each of them reaches, and which one halves the range best.
 */
#ifndef GM_DAG_BISECT_WEIGH_H
#define GM_DAG_BISECT_WEIGH_H

#include "dag/oid_list.h"
#include "dag/walk_graph.h"

/* A commit that could be tested. */
struct gm_bisect_choice {
	struct gm_oid oid;
	size_t reaches;  /* commits of the range that it reaches, itself included */
	size_t distance; /* how many fall out whichever way the test goes, at least */
};

struct gm_bisect_choices {
	struct gm_bisect_choice *items; /* best first */
	size_t n;
	size_t n_range; /* how many commits there are */
	size_t n_all;   /* those of them that change something */
};

#define GM_BISECT_CHOICES_INIT \
	{                      \
		.items = NULL, \
	}
void gm_bisect_choices_dispose(struct gm_bisect_choices *choices);

enum gm_bisect_weigh_flags {
	GM_WEIGH_ALL = 1 << 0,          /* put all that change something in order */
	GM_WEIGH_FIRST_PARENT = 1 << 1, /* merges reach what their first parent does */
};

/*
 * Weigh the nodes of a walk (gm_walk_nodes()); hidden ones are no part of the range. Without
 * GM_WEIGH_ALL only the best is found, for which not all need be weighed.
 */
int gm_bisect_weigh(struct gm_bisect_choices *out, struct gm_graph *graph,
	const size_t *nodes, size_t n, unsigned flags);

#endif
