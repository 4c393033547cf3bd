/*
 * The commits a walk goes on with, newest first; those of one date in the order they came.
 */
#ifndef GM_DAG_WALK_QUEUE_H
#define GM_DAG_WALK_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gm_walk_queue_item {
	int64_t date;
	uint64_t turn; /* settles equal dates */
	size_t node;   /* of a graph (dag/walk_graph.h) */
};

struct gm_walk_queue {
	struct gm_walk_queue_item
		*items; /* a heap: no item is before the one at half its index */
	size_t n;
	size_t cap;
	uint64_t turns;
};

#define GM_WALK_QUEUE_INIT                                  \
	{                                                   \
		.items = NULL, .n = 0, .cap = 0, .turns = 0 \
	}

int gm_walk_queue_put(struct gm_walk_queue *queue, size_t node, int64_t date);

/* Take the first one out; false when there is none. */
bool gm_walk_queue_take(size_t *out, struct gm_walk_queue *queue);

void gm_walk_queue_dispose(struct gm_walk_queue *queue);

#endif
