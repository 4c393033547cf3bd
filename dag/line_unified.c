#include "dag/line_diff.h"

#include "dag/line_groups.h"

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

static int put_group(struct gm_buf *out, const struct gm_line_group *group,
	const struct gm_lines *old_lines, const struct gm_lines *new_lines)
{
	struct gm_hunk range = gm_line_group_range(group, old_lines->n);
	size_t at = range.old_start;
	int rc = gm_line_range_put(out, &range);

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
		struct gm_line_group group = gm_line_group_at(&hunks, at);

		rc = put_group(out, &group, &old_lines, &new_lines);
		at += group.n;
	}
	return rc;
}
