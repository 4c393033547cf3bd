#include "index/candidates.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

/* How far beside a good match an answer may be. */
#define BESIDE 2

void gm_candidates_dispose(struct gm_candidates *candidates)
{
	gm_free(candidates->items);
	*candidates = (struct gm_candidates)GM_CANDIDATES_INIT;
}

static int add(struct gm_candidates *out, uint32_t ordinal)
{
	int rc = gm_grow(&out->items, &out->cap, out->n + 1, sizeof(*out->items));

	if (rc < 0)
		return rc;
	memset(&out->items[out->n], 0, sizeof(*out->items));
	out->items[out->n++].ordinal = ordinal;
	return 0;
}

/* Of equal scores the newer memory is the better one. */
struct match {
	float score;
	int64_t created;
	uint32_t ordinal;
};

static bool is_worse(const struct match *a, const struct match *b)
{
	if (a->score != b->score)
		return a->score < b->score;
	if (a->created != b->created)
		return a->created < b->created;
	return a->ordinal < b->ordinal;
}

/* The best matches, the worst of them at the root of a heap. */
struct matches {
	struct match *items;
	size_t n;
	size_t max;
};

static void matches_dispose(struct matches *matches)
{
	gm_free(matches->items);
}

static void swap(struct match *a, struct match *b)
{
	struct match other = *a;

	*a = *b;
	*b = other;
}

static void rise(struct match *heap, size_t at)
{
	while (at && is_worse(&heap[at], &heap[(at - 1) / 2])) {
		swap(&heap[at], &heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
}

static void sink(struct match *heap, size_t n)
{
	size_t at = 0;

	for (;;) {
		size_t child = 2 * at + 1;
		if (child + 1 < n && is_worse(&heap[child + 1], &heap[child]))
			child++;
		if (child >= n || !is_worse(&heap[child], &heap[at]))
			return;
		swap(&heap[at], &heap[child]);
		at = child;
	}
}

static void offer(struct matches *matches, const struct match *match)
{
	if (matches->n < matches->max) {
		matches->items[matches->n++] = *match;
		rise(matches->items, matches->n - 1);
	} else if (is_worse(&matches->items[0], match)) {
		matches->items[0] = *match;
		sink(matches->items, matches->n);
	}
}

/* Scores, none of which is negative, are compared as numbers: many in one instruction. */
#define SCORES 64

static uint32_t bits_of(float score)
{
	uint32_t bits;

	memcpy(&bits, &score, sizeof(bits));
	return bits;
}

/* Whether one of these is at least `least`. */
static bool any_reaches(const float scores[SCORES], float least)
{
	int32_t bits[SCORES];
	int32_t limit = (int32_t)bits_of(least);
	int found = 0;

	memcpy(bits, scores, sizeof(bits));
	for (size_t i = 0; i < SCORES; i++)
		found |= bits[i] >= limit;
	return found;
}

/* What a match must have: not less than the worst of those found, when these are enough. */
static float least_score(const struct matches *matches)
{
	return matches->n == matches->max ? matches->items[0].score : FLT_MIN;
}

static void offer_ordinal(struct matches *out, const struct gm_evidence *evidence,
	const struct gm_bitmap *wanted, uint32_t ordinal)
{
	const struct gm_ordinals *ordinals = evidence->ordinals;
	struct match match = {
		.score = evidence->scores->scores[ordinal], .ordinal = ordinal};

	if (match.score < least_score(out) ||
		!gm_bitmap_test(wanted, gm_ordinal_row(ordinals, ordinal)))
		return;
	match.created = gm_ordinal_document(ordinals, ordinal)->created;
	offer(out, &match);
}

static void find_matches(struct matches *out, const struct gm_evidence *evidence,
	const struct gm_bitmap *wanted)
{
	const float *scores = evidence->scores->scores;
	uint32_t n = evidence->ordinals->n;

	for (uint32_t from = 0, end; from < n; from = end) {
		end = n - from < SCORES ? n : from + SCORES;
		if (end - from == SCORES && !any_reaches(scores + from, least_score(out)))
			continue;
		for (uint32_t i = from; i < end; i++)
			offer_ordinal(out, evidence, wanted, i);
	}
}

static int add_with_those_beside(struct gm_candidates *out,
	const struct gm_evidence *evidence, const struct gm_bitmap *wanted,
	uint32_t ordinal)
{
	const struct gm_session *session = NULL;
	uint32_t place = 0;
	int rc = add(out, ordinal);

	if (rc == 0)
		rc = gm_sessions_of(&session, &place, evidence->sessions, ordinal);
	if (rc <= 0)
		return rc;
	rc = 0;
	for (int i = -BESIDE; i <= BESIDE && rc == 0; i++) {
		uint32_t other = gm_session_beside(session, place, i);
		if (i && other != GM_ORDINAL_NONE &&
			gm_bitmap_test(wanted, gm_ordinal_row(evidence->ordinals, other)))
			rc = add(out, other);
	}
	return rc;
}

static int compare_ordinals(const void *a, const void *b)
{
	const struct gm_candidate *x = a, *y = b;

	return (x->ordinal > y->ordinal) - (x->ordinal < y->ordinal);
}

static void make_set(struct gm_candidates *candidates)
{
	size_t n = 0;

	if (candidates->n)
		qsort(candidates->items, candidates->n, sizeof(*candidates->items),
			compare_ordinals);
	for (size_t i = 0; i < candidates->n; i++)
		if (!n ||
			candidates->items[n - 1].ordinal != candidates->items[i].ordinal)
			candidates->items[n++] = candidates->items[i];
	candidates->n = n;
}

static int add_all(struct gm_candidates *out, const struct gm_ordinals *ordinals,
	const struct gm_bitmap *wanted)
{
	int64_t row = -1;
	int rc = 0;

	while (rc == 0 && (row = gm_bitmap_next(wanted, row + 1)) >= 0) {
		uint32_t ordinal = gm_ordinal_of(ordinals, row);
		if (ordinal != GM_ORDINAL_NONE)
			rc = add(out, ordinal);
	}
	return rc;
}

int gm_candidates_choose(struct gm_candidates *out, const struct gm_evidence *evidence,
	const struct gm_bitmap *wanted, size_t all, size_t k,
	const struct gm_vector_hits *near)
{
	gm_cleanup(matches_dispose) struct matches matches = {.max = k};
	int rc = 0;

	if (gm_bitmap_count(wanted) <= all)
		return add_all(out, evidence->ordinals, wanted);
	matches.items = gm_malloc(k * sizeof(*matches.items));
	if (!matches.items)
		return GM_ENOMEM;
	if (k)
		find_matches(&matches, evidence, wanted);
	for (size_t i = 0; i < matches.n && rc == 0; i++)
		rc = add_with_those_beside(
			out, evidence, wanted, matches.items[i].ordinal);
	for (size_t i = 0; near && i < near->n && rc == 0; i++) {
		uint32_t ordinal = gm_ordinal_of(evidence->ordinals, near->items[i].row);
		if (ordinal != GM_ORDINAL_NONE)
			rc = add(out, ordinal);
	}
	make_set(out);
	return rc;
}
