#include "dag/walk_queue.h"

#include "base/mem.h"

static bool is_before(
	const struct gm_walk_queue_item *a, const struct gm_walk_queue_item *b)
{
	return a->date != b->date ? a->date > b->date : a->turn < b->turn;
}

int gm_walk_queue_put(struct gm_walk_queue *queue, size_t node, int64_t date)
{
	int rc = gm_grow(&queue->items, &queue->cap, queue->n + 1, sizeof(*queue->items));

	if (rc < 0)
		return rc;
	struct gm_walk_queue_item item = {
		.date = date, .turn = queue->turns++, .node = node};
	size_t i = queue->n++;
	while (i && is_before(&item, &queue->items[(i - 1) / 2])) {
		queue->items[i] = queue->items[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	queue->items[i] = item;
	return 0;
}

bool gm_walk_queue_take(size_t *out, struct gm_walk_queue *queue)
{
	if (!queue->n)
		return false;
	*out = queue->items[0].node;
	struct gm_walk_queue_item last = queue->items[--queue->n];
	size_t i = 0;
	for (size_t child = 1; child < queue->n; child = 2 * i + 1) {
		if (child + 1 < queue->n &&
			is_before(&queue->items[child + 1], &queue->items[child]))
			child++;
		if (!is_before(&queue->items[child], &last))
			break;
		queue->items[i] = queue->items[child];
		i = child;
	}
	queue->items[i] = last;
	return true;
}

void gm_walk_queue_dispose(struct gm_walk_queue *queue)
{
	gm_free(queue->items);
	queue->items = NULL;
	queue->n = queue->cap = 0;
}
