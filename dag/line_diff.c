/*
 * Myers, "An O(ND) Difference Algorithm and Its Variations" (1986), in its linear-space form.
 */
#include "dag/line_diff.h"

#include <stdint.h>
#include <string.h>

#include "dag/line_classes.h"

/*
 * How far one search goes from each end, in edits, and how many steps all searches of one
 * diff may take (some tenths of a second). Beyond either a stretch counts as replaced.
 */
#define MAX_EDITS 8192
#define MAX_STEPS (UINT64_C(1) << 27)

/* No path of so many edits ends on this diagonal. */
#define UNREACHED (-1)

/* One text behind the common start: its lines, and what became of them. */
struct side {
	const struct gm_text *lines;
	size_t n;          /* lines before the common end */
	size_t total;      /* lines with the common end */
	uint32_t *classes; /* of each line; equal lines have equal classes */
	uint32_t *shared;  /* indexes of the lines that also stand in the other text */
	size_t n_shared;
	bool *changed; /* for each line, and one more that stays false */
};

struct search {
	struct side *old_side, *new_side;
	int64_t *forward, *backward; /* [diagonal + max_edits + 1]: how far a path gets */
	int64_t max_edits;           /* MAX_EDITS, or less where there are fewer lines */
	uint64_t steps_left;
};

/* A part of both lists of shared lines. */
struct box {
	int64_t old_start, old_end;
	int64_t new_start, new_end;
};

void gm_lines_dispose(struct gm_lines *lines)
{
	gm_free(lines->items);
	lines->items = NULL;
	lines->n = lines->cap = 0;
}

void gm_hunks_dispose(struct gm_hunks *hunks)
{
	gm_free(hunks->items);
	hunks->items = NULL;
	hunks->n = hunks->cap = 0;
}

bool gm_text_equal(struct gm_text a, struct gm_text b)
{
	return a.size == b.size && (!a.size || memcmp(a.ptr, b.ptr, a.size) == 0);
}

int gm_lines_split(struct gm_lines *out, struct gm_text text)
{
	size_t at = 0;

	out->n = 0;
	while (at < text.size) {
		const char *start = text.ptr + at;
		const char *newline = memchr(start, '\n', text.size - at);
		size_t size = newline ? (size_t)(newline - start) + 1 : text.size - at;
		int rc = gm_grow(&out->items, &out->cap, out->n + 1, sizeof(*out->items));

		if (rc < 0)
			return rc;
		out->items[out->n++] = (struct gm_text){start, size};
		at += size;
	}
	return 0;
}

static void side_dispose(struct side *side)
{
	gm_free(side->classes);
	gm_free(side->shared);
	gm_free(side->changed);
}

static int side_prepare(
	struct side *side, const struct gm_lines *lines, size_t start, size_t end)
{
	size_t n = end - start;

	side->lines = lines->items + start;
	side->n = n;
	side->total = lines->n - start;
	side->classes = gm_calloc(n, sizeof(*side->classes));
	side->shared = gm_calloc(n, sizeof(*side->shared));
	side->changed = gm_calloc(side->total + 1, sizeof(*side->changed));
	return side->classes && side->shared && side->changed ? 0 : GM_ENOMEM;
}

static int classify(struct side *old_side, struct side *new_side)
{
	struct gm_line_list old_list = {old_side->lines, old_side->classes, old_side->n};
	struct gm_line_list new_list = {new_side->lines, new_side->classes, new_side->n};

	return gm_line_classes(&old_list, &new_list);
}

/* A line that the other text lacks is changed for certain: no need to search for it. */
static void drop_unshared(struct side *side)
{
	for (size_t i = 0; i < side->n; i++) {
		if (side->classes[i])
			side->shared[side->n_shared++] = (uint32_t)i;
		else
			side->changed[i] = true;
	}
}

static bool same(const struct search *search, int64_t old_at, int64_t new_at)
{
	const struct side *old_side = search->old_side, *new_side = search->new_side;

	return old_side->classes[old_side->shared[old_at]] ==
		new_side->classes[new_side->shared[new_at]];
}

/* Follow common lines from (x, y), counted from the start of the box or from its end. */
static int64_t slide(
	struct search *search, const struct box *box, bool backward, int64_t x, int64_t y)
{
	int64_t width = box->old_end - box->old_start;
	int64_t height = box->new_end - box->new_start;
	int64_t start = x;

	while (x < width && y < height &&
		(backward ? same(search, box->old_end - 1 - x, box->new_end - 1 - y)
			  : same(search, box->old_start + x, box->new_start + y))) {
		x++;
		y++;
	}
	uint64_t steps = (uint64_t)(x - start) + 1;
	search->steps_left -= steps < search->steps_left ? steps : search->steps_left;
	return x;
}

/* Where a path with one more edit comes to lie on diagonal `k` before it slides. */
static int64_t step(const int64_t *reach, int64_t k, int64_t width, int64_t height)
{
	int64_t right = reach[k - 1] == UNREACHED ? UNREACHED : reach[k - 1] + 1;
	int64_t down = reach[k + 1];

	if (right > width || right - k > height)
		right = UNREACHED;
	if (down - k > height)
		down = UNREACHED;
	return right > down ? right : down;
}

/*
 * Move one front by one edit. True with the point (from the start of the box) where it meets
 * the other front, which made `other_edits`.
 */
static bool advance(struct search *search, const struct box *box, bool backward,
	int64_t edits, int64_t other_edits, int64_t *x_out, int64_t *y_out)
{
	int64_t width = box->old_end - box->old_start;
	int64_t height = box->new_end - box->new_start;
	int64_t middle = search->max_edits + 1;
	int64_t *reach = (backward ? search->backward : search->forward) + middle;
	int64_t *other = (backward ? search->forward : search->backward) + middle;

	for (int64_t k = -edits; k <= edits && search->steps_left; k += 2) {
		int64_t x = edits ? step(reach, k, width, height) : 0;
		int64_t mirrored = width - height - k;

		if (x != UNREACHED)
			x = slide(search, box, backward, x, x - k);
		reach[k] = x;
		if (x == UNREACHED || mirrored < -other_edits || mirrored > other_edits)
			continue;
		if ((mirrored + other_edits) % 2 || other[mirrored] == UNREACHED ||
			x + other[mirrored] < width)
			continue;
		*x_out = backward ? width - x : x;
		*y_out = backward ? height - (x - k) : x - k;
		return true;
	}
	return false;
}

/* Find a point in the middle of a shortest path; false when that takes too long. */
static bool find_middle(
	struct search *search, const struct box *box, int64_t *x_out, int64_t *y_out)
{
	int64_t *forward = search->forward + search->max_edits + 1;
	int64_t *backward = search->backward + search->max_edits + 1;

	for (int64_t edits = 0; edits < search->max_edits && search->steps_left;
		edits++) {
		forward[-edits - 1] = forward[edits + 1] = UNREACHED;
		backward[-edits - 1] = backward[edits + 1] = UNREACHED;
		if (advance(search, box, false, edits, edits - 1, x_out, y_out))
			return true;
		if (advance(search, box, true, edits, edits, x_out, y_out))
			return true;
	}
	return false;
}

static void replace_all(struct search *search, const struct box *box)
{
	struct side *old_side = search->old_side, *new_side = search->new_side;

	for (int64_t i = box->old_start; i < box->old_end; i++)
		old_side->changed[old_side->shared[i]] = true;
	for (int64_t i = box->new_start; i < box->new_end; i++)
		new_side->changed[new_side->shared[i]] = true;
}

/* Each half has half the edits of the whole, so this goes 15 calls deep at most. */
static void search_box(struct search *search, struct box box)
{
	int64_t x, y;

	while (box.old_start < box.old_end && box.new_start < box.new_end &&
		same(search, box.old_start, box.new_start)) {
		box.old_start++;
		box.new_start++;
	}
	while (box.old_start < box.old_end && box.new_start < box.new_end &&
		same(search, box.old_end - 1, box.new_end - 1)) {
		box.old_end--;
		box.new_end--;
	}
	if (box.old_start == box.old_end || box.new_start == box.new_end ||
		!find_middle(search, &box, &x, &y)) {
		replace_all(search, &box);
		return;
	}
	search_box(search,
		(struct box){box.old_start, box.old_start + x, box.new_start,
			box.new_start + y});
	search_box(search,
		(struct box){
			box.old_start + x, box.old_end, box.new_start + y, box.new_end});
}

static int mark_changes(struct side *old_side, struct side *new_side)
{
	/* Each end makes no more edits than there are lines. */
	size_t n = old_side->n_shared + new_side->n_shared + 1;
	size_t max_edits = n < MAX_EDITS ? n : MAX_EDITS;
	size_t size = 2 * (max_edits + 1) + 1;
	gm_autofree int64_t *forward = gm_calloc(size, sizeof(*forward));
	gm_autofree int64_t *backward = gm_calloc(size, sizeof(*backward));
	struct search search = {
		old_side, new_side, forward, backward, (int64_t)max_edits, MAX_STEPS};

	if (!forward || !backward)
		return GM_ENOMEM;
	search_box(&search,
		(struct box){
			0, (int64_t)old_side->n_shared, 0, (int64_t)new_side->n_shared});
	return 0;
}

/* Changed lines of one text, and where the other text's lines at the same place start. */
struct group {
	size_t start, end;
	size_t other_at;
};

/* Move the group up by a line when that says the same; groups that meet become one. */
static bool slide_up(struct group *group, struct side *side, const struct side *other)
{
	if (!group->start ||
		!gm_text_equal(
			side->lines[group->start - 1], side->lines[group->end - 1]))
		return false;
	side->changed[--group->end] = false;
	side->changed[--group->start] = true;
	while (group->start && side->changed[group->start - 1])
		group->start--;
	group->other_at--;
	while (group->other_at && other->changed[group->other_at - 1])
		group->other_at--;
	return true;
}

static bool slide_down(struct group *group, struct side *side, const struct side *other)
{
	if (group->end == side->total ||
		!gm_text_equal(side->lines[group->start], side->lines[group->end]))
		return false;
	side->changed[group->start++] = false;
	side->changed[group->end++] = true;
	while (side->changed[group->end])
		group->end++;
	while (other->changed[group->other_at])
		group->other_at++;
	group->other_at++;
	return true;
}

/*
 * Several shortest scripts say the same. Of those take the one where lines of both texts
 * changed at one place, else the one whose changes lie as far down as they can: what people
 * expect to see, and what git takes.
 */
static void settle_group(struct group *group, struct side *side, const struct side *other)
{
	size_t best_end, size;

	do {
		size = group->end - group->start;
		while (slide_up(group, side, other))
			;
		best_end = other->changed[group->other_at] ? group->end : 0;
		while (slide_down(group, side, other))
			if (other->changed[group->other_at])
				best_end = group->end;
	} while (group->end - group->start != size);
	while (best_end && group->end != best_end)
		(void)slide_up(group, side, other); /* it came from there */
}

static void settle(struct side *side, const struct side *other)
{
	struct group group = {0, 0, 0};

	for (size_t at = 0; at < side->total;) {
		if (!side->changed[at]) {
			while (other->changed[group.other_at])
				group.other_at++;
			group.other_at++;
			at++;
			continue;
		}
		group.start = at;
		while (side->changed[at])
			at++;
		group.end = at;
		settle_group(&group, side, other);
		at = group.end;
	}
}

static int collect(struct gm_hunks *out, const struct side *old_side,
	const struct side *new_side, size_t offset)
{
	size_t old_at = 0, new_at = 0;

	while (old_at < old_side->total || new_at < new_side->total) {
		struct gm_hunk hunk = {old_at + offset, 0, new_at + offset, 0};

		for (; old_side->changed[old_at]; old_at++)
			hunk.old_n++;
		for (; new_side->changed[new_at]; new_at++)
			hunk.new_n++;
		if (!hunk.old_n && !hunk.new_n) {
			old_at++;
			new_at++;
			continue;
		}
		int rc = gm_grow(&out->items, &out->cap, out->n + 1, sizeof(*out->items));
		if (rc < 0)
			return rc;
		out->items[out->n++] = hunk;
	}
	return 0;
}

static int diff_sides(
	struct gm_hunks *out, struct side *old_side, struct side *new_side, size_t offset)
{
	int rc = classify(old_side, new_side);

	if (rc < 0)
		return rc;
	drop_unshared(old_side);
	drop_unshared(new_side);
	rc = mark_changes(old_side, new_side);
	if (rc < 0)
		return rc;
	settle(old_side, new_side);
	settle(new_side, old_side);
	return collect(out, old_side, new_side, offset);
}

int gm_line_diff(struct gm_hunks *out, const struct gm_lines *old_lines,
	const struct gm_lines *new_lines)
{
	size_t start = 0, old_end = old_lines->n, new_end = new_lines->n;
	struct side old_side = {.n = 0}, new_side = {.n = 0};

	out->n = 0;
	while (start < old_end && start < new_end &&
		gm_text_equal(old_lines->items[start], new_lines->items[start]))
		start++;
	while (start < old_end && start < new_end &&
		gm_text_equal(
			old_lines->items[old_end - 1], new_lines->items[new_end - 1])) {
		old_end--;
		new_end--;
	}
	if (start == old_end && start == new_end)
		return 0;
	int rc = side_prepare(&old_side, old_lines, start, old_end);
	if (rc == 0)
		rc = side_prepare(&new_side, new_lines, start, new_end);
	if (rc == 0)
		rc = diff_sides(out, &old_side, &new_side, start);
	side_dispose(&old_side);
	side_dispose(&new_side);
	return rc;
}
