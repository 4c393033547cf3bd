#include "dag/line_diff.h"

/* Lines shown around a change. */
#define CONTEXT 3

/* Hunks that are near enough to be shown as one. */
struct group {
	const struct gm_hunk *hunks;
	size_t n;
};

static struct group next_group(const struct gm_hunks *hunks, size_t at)
{
	struct group group = {hunks->items + at, 1};

	while (at + group.n < hunks->n) {
		const struct gm_hunk *last = &group.hunks[group.n - 1];

		if (last[1].old_start - (last->old_start + last->old_n) > 2 * CONTEXT)
			break;
		group.n++;
	}
	return group;
}

static int put_lines(struct gm_buf *out, char mark, const struct gm_lines *lines,
	size_t start, size_t end)
{
	int rc = 0;

	for (size_t i = start; i < end && rc == 0; i++) {
		struct gm_text line = lines->items[i];

		rc = gm_buf_putc(out, mark);
		if (rc == 0)
			rc = gm_buf_put(out, line.ptr, line.size);
		if (rc == 0 && line.ptr[line.size - 1] != '\n')
			rc = gm_buf_puts(out, "\n\\ No newline at end of file\n");
	}
	return rc;
}

/* An empty range is named by the line before it. */
static int put_range(struct gm_buf *out, char mark, size_t start, size_t n)
{
	if (n == 1)
		return gm_buf_printf(out, " %c%zu", mark, start + 1);
	return gm_buf_printf(out, " %c%zu,%zu", mark, n ? start + 1 : start, n);
}

static int put_header(struct gm_buf *out, struct gm_hunk range)
{
	int rc = gm_buf_puts(out, "@@");

	if (rc == 0)
		rc = put_range(out, '-', range.old_start, range.old_n);
	if (rc == 0)
		rc = put_range(out, '+', range.new_start, range.new_n);
	return rc == 0 ? gm_buf_puts(out, " @@\n") : rc;
}

/* The lines of a group with the context around them. */
static struct gm_hunk group_range(
	const struct group *group, const struct gm_lines *old_lines)
{
	const struct gm_hunk *first = group->hunks, *last = &group->hunks[group->n - 1];
	size_t before = first->old_start < CONTEXT ? first->old_start : CONTEXT;
	size_t behind = old_lines->n - (last->old_start + last->old_n);
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

static int put_group(struct gm_buf *out, const struct group *group,
	const struct gm_lines *old_lines, const struct gm_lines *new_lines)
{
	struct gm_hunk range = group_range(group, old_lines);
	size_t at = range.old_start;
	int rc = put_header(out, range);

	for (size_t i = 0; i < group->n && rc == 0; i++) {
		const struct gm_hunk *hunk = &group->hunks[i];
		size_t old_end = hunk->old_start + hunk->old_n;

		rc = put_lines(out, ' ', old_lines, at, hunk->old_start);
		if (rc == 0)
			rc = put_lines(out, '-', old_lines, hunk->old_start, old_end);
		if (rc == 0)
			rc = put_lines(out, '+', new_lines, hunk->new_start,
				hunk->new_start + hunk->new_n);
		at = old_end;
	}
	return rc == 0 ? put_lines(out, ' ', old_lines, at, range.old_start + range.old_n)
		       : rc;
}

int gm_line_diff_unified(
	struct gm_buf *out, struct gm_text old_text, struct gm_text new_text)
{
	gm_autolines old_lines = GM_LINES_INIT, new_lines = GM_LINES_INIT;
	gm_autohunks hunks = GM_HUNKS_INIT;
	int rc = gm_lines_split(&old_lines, old_text);

	if (rc == 0)
		rc = gm_lines_split(&new_lines, new_text);
	if (rc == 0)
		rc = gm_line_diff(&hunks, &old_lines, &new_lines);
	for (size_t at = 0; at < hunks.n && rc == 0;) {
		struct group group = next_group(&hunks, at);

		rc = put_group(out, &group, &old_lines, &new_lines);
		at += group.n;
	}
	return rc;
}
