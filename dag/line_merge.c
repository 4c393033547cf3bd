#include "dag/line_merge.h"

/* One side: its lines, how they differ from the base, and how far we are. */
struct side {
	struct gm_lines lines;
	struct gm_hunks hunks;
	size_t next;    /* hunk */
	size_t base_at; /* line of the base behind the hunks that are done ... */
	size_t at;      /* ... and the same place in this side */
};

struct merge {
	struct gm_lines base;
	struct side ours, theirs;
	size_t done; /* lines of the base that are written or replaced */
	const struct side
		*favoured; /* whose changes are made in a conflict; NULL: none */
};

static void merge_dispose(struct merge *merge)
{
	gm_lines_dispose(&merge->base);
	gm_lines_dispose(&merge->ours.lines);
	gm_lines_dispose(&merge->theirs.lines);
	gm_hunks_dispose(&merge->ours.hunks);
	gm_hunks_dispose(&merge->theirs.hunks);
}

static int side_prepare(
	struct side *side, const struct gm_lines *base, struct gm_text text)
{
	int rc = gm_lines_split(&side->lines, text);

	return rc < 0 ? rc : gm_line_diff(&side->hunks, base, &side->lines);
}

static const struct gm_hunk *next_hunk(const struct side *side)
{
	return side->next < side->hunks.n ? &side->hunks.items[side->next] : NULL;
}

/* Take the next hunk in if it touches the base's lines up to `*end`, which then grows. */
static bool absorb(struct side *side, size_t *end)
{
	const struct gm_hunk *hunk = next_hunk(side);

	if (!hunk || hunk->old_start > *end)
		return false;
	side->next++;
	side->base_at = hunk->old_start + hunk->old_n;
	side->at = hunk->new_start + hunk->new_n;
	if (side->base_at > *end)
		*end = side->base_at;
	return true;
}

/* What the side has instead of the base's lines [start, end), from where it was. */
static struct gm_text text_between(const struct side *side, size_t from, size_t to)
{
	const struct gm_text *lines = side->lines.items;

	if (from == to)
		return (struct gm_text){"", 0};
	return (struct gm_text){lines[from].ptr,
		(size_t)(lines[to - 1].ptr + lines[to - 1].size - lines[from].ptr)};
}

static int put_base(struct gm_buf *out, struct merge *merge, size_t end)
{
	int rc = 0;

	for (; merge->done < end && rc == 0; merge->done++) {
		struct gm_text line = merge->base.items[merge->done];

		rc = gm_buf_put(out, line.ptr, line.size);
	}
	return rc;
}

/* The place in the side of base line `line`, which no hunk that is not done yet touches. */
static size_t place(const struct side *side, size_t line)
{
	return side->at + (line - side->base_at);
}

/* Merge the changes that begin at base line `start`, and all that touch them. */
static int merge_place(
	struct gm_buf *out, bool *conflict_out, struct merge *merge, size_t start)
{
	struct side *ours = &merge->ours, *theirs = &merge->theirs;
	size_t our_start = place(ours, start), their_start = place(theirs, start);
	size_t end = start;
	bool we = false, they = false;
	int rc = put_base(out, merge, start);

	if (rc < 0)
		return rc;
	for (bool more = true; more;) {
		bool our_more = absorb(ours, &end), their_more = absorb(theirs, &end);

		we |= our_more;
		they |= their_more;
		more = our_more || their_more;
	}
	struct gm_text our_text = text_between(ours, our_start, place(ours, end));
	struct gm_text their_text = text_between(theirs, their_start, place(theirs, end));
	merge->done = end;
	bool differ = we && they && !gm_text_equal(our_text, their_text);
	*conflict_out = differ && !merge->favoured;
	if (*conflict_out)
		return 0;
	bool take_ours = differ ? merge->favoured == ours : we;
	return gm_buf_put(out, take_ours ? our_text.ptr : their_text.ptr,
		take_ours ? our_text.size : their_text.size);
}

static int merge_all(struct gm_buf *out, bool *conflict_out, struct merge *merge)
{
	const struct gm_hunk *our, *their;

	while ((our = next_hunk(&merge->ours), their = next_hunk(&merge->theirs),
		our || their)) {
		size_t start = our ? our->old_start : their->old_start;

		if (their && their->old_start < start)
			start = their->old_start;
		int rc = merge_place(out, conflict_out, merge, start);
		if (rc < 0 || *conflict_out)
			return rc;
	}
	return put_base(out, merge, merge->base.n);
}

static int merge_texts(struct gm_buf *out, bool *conflict_out, struct merge *merge,
	struct gm_text base, struct gm_text ours, struct gm_text theirs)
{
	size_t before = out->size;
	bool conflict = false;
	int rc = gm_lines_split(&merge->base, base);

	if (rc == 0)
		rc = side_prepare(&merge->ours, &merge->base, ours);
	if (rc == 0)
		rc = side_prepare(&merge->theirs, &merge->base, theirs);
	if (rc == 0)
		rc = merge_all(out, &conflict, merge);
	if (rc < 0 || conflict) {
		out->size = before;
		if (out->ptr)
			out->ptr[before] = '\0';
	}
	if (rc == 0)
		*conflict_out = conflict;
	return rc;
}

int gm_line_merge(struct gm_buf *out, bool *conflict_out, struct gm_text base,
	struct gm_text ours, struct gm_text theirs)
{
	gm_cleanup(merge_dispose) struct merge merge = {.done = 0};

	return merge_texts(out, conflict_out, &merge, base, ours, theirs);
}

int gm_line_merge_favour(struct gm_buf *out, struct gm_text base, struct gm_text ours,
	struct gm_text theirs, bool favour_ours)
{
	gm_cleanup(merge_dispose) struct merge merge = {.done = 0};
	bool conflict;

	merge.favoured = favour_ours ? &merge.ours : &merge.theirs;
	return merge_texts(out, &conflict, &merge, base, ours, theirs);
}
