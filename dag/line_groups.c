#include "dag/line_groups.h"

/* Lines shown around a change. */
#define CONTEXT 3

struct gm_line_group gm_line_group_at(const struct gm_hunks *hunks, size_t at)
{
	struct gm_line_group group = {hunks->items + at, 1};

	while (at + group.n < hunks->n) {
		const struct gm_hunk *last = &group.hunks[group.n - 1];

		if (last[1].old_start - (last->old_start + last->old_n) > 2 * CONTEXT)
			break;
		group.n++;
	}
	return group;
}

struct gm_hunk gm_line_group_range(const struct gm_line_group *group, size_t n_old)
{
	const struct gm_hunk *first = group->hunks, *last = &group->hunks[group->n - 1];
	size_t before = first->old_start < CONTEXT ? first->old_start : CONTEXT;
	size_t behind = n_old - (last->old_start + last->old_n);
	size_t after = behind < CONTEXT ? behind : CONTEXT;
	size_t old_start = first->old_start - before,
	       new_start = first->new_start - before;

	return (struct gm_hunk){
		old_start,
		last->old_start + last->old_n + after - old_start,
		new_start,
		last->new_start + last->new_n + after - new_start,
	};
}

/* An empty range is named by the line before it. */
static int put_side(struct gm_buf *out, char mark, size_t start, size_t n)
{
	if (n == 1)
		return gm_buf_printf(out, " %c%zu", mark, start + 1);
	return gm_buf_printf(out, " %c%zu,%zu", mark, n ? start + 1 : start, n);
}

int gm_line_range_put(struct gm_buf *out, const struct gm_hunk *range)
{
	int rc = gm_buf_puts(out, "@@");

	if (rc == 0)
		rc = put_side(out, '-', range->old_start, range->old_n);
	if (rc == 0)
		rc = put_side(out, '+', range->new_start, range->new_n);
	return rc == 0 ? gm_buf_puts(out, " @@\n") : rc;
}
