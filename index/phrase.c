#include "index/phrase.h"

#include <stdlib.h>
#include <string.h>

/* The terms that one word of a phrase may be, as far as the segment has them. */
struct lists {
	struct gm_posting_list *items;
	size_t n;
	size_t cap;
	uint64_t df; /* of them all */
};

static void lists_dispose(struct lists *lists)
{
	gm_free(lists->items);
}

static int add_list(
	const char *text, size_t size, const struct gm_posting_list *list, void *payload)
{
	struct lists *lists = payload;
	int rc = gm_grow(&lists->items, &lists->cap, lists->n + 1, sizeof(*lists->items));

	(void)text;
	(void)size;
	if (rc < 0)
		return rc;
	lists->items[lists->n++] = *list;
	lists->df += list->df;
	return 0;
}

static int find_lists(struct lists *out, const struct gm_posting_segment *segment,
	enum gm_field field, const struct gm_query_word *word)
{
	struct gm_posting_list list;
	int rc = 0;

	out->n = 0;
	out->df = 0;
	if (word->prefix && word->n)
		return gm_posting_segment_prefix(
			segment, field, word->terms[0], word->sizes[0], add_list, out);
	for (size_t i = 0; i < word->n && rc >= 0; i++) {
		rc = gm_posting_segment_find(
			&list, segment, field, word->terms[i], word->sizes[i]);
		if (rc == 1)
			rc = add_list(NULL, 0, &list, out);
	}
	return rc < 0 ? rc : 0;
}

static int add_rows(struct gm_bitmap *out, const struct gm_posting_segment *segment,
	const struct lists *lists)
{
	int64_t first = gm_posting_segment_first(segment);
	struct gm_posting_block block;

	for (size_t i = 0; i < lists->n; i++) {
		struct gm_posting_list list = lists->items[i];
		int rc;
		while ((rc = gm_posting_list_next(&block, &list)) == 1)
			for (size_t k = 0; k < block.n && rc >= 0; k++)
				rc = gm_bitmap_set(out, first + block.rows[k]);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Where a phrase may begin, ascending: the row in the upper half, the place in the lower one. */
struct starts {
	uint64_t *items;
	bool *met; /* whether the word looked for is where it should be */
	size_t n;
	size_t cap;
	size_t met_cap;
	struct gm_places places; /* of the block that is looked at */
};

static void starts_dispose(struct starts *starts)
{
	gm_free(starts->items);
	gm_free(starts->met);
	gm_places_dispose(&starts->places);
}

static int compare(const void *a, const void *b)
{
	const uint64_t *one = a;
	const uint64_t *other = b;

	return (*one > *other) - (*one < *other);
}

static void sort_starts(struct starts *starts)
{
	size_t n = 0;

	if (starts->n)
		qsort(starts->items, starts->n, sizeof(*starts->items), compare);
	for (size_t i = 0; i < starts->n; i++)
		if (!n || starts->items[i] != starts->items[n - 1])
			starts->items[n++] = starts->items[i];
	starts->n = n;
}

/* All places of one word, which is the one at `at` of the phrase. */
static int begin_block(
	struct starts *starts, const struct gm_posting_block *block, size_t at)
{
	const uint32_t *place = starts->places.items;
	int rc = gm_grow(&starts->items, &starts->cap, starts->n + starts->places.n,
		sizeof(*starts->items));

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < block->n; i++)
		for (uint32_t k = 0; k < block->tf[i]; k++, place++)
			if (*place >= at)
				starts->items[starts->n++] =
					(uint64_t)block->rows[i] << 32 | (*place - at);
	return 0;
}

static int begin(struct starts *starts, const struct lists *lists, size_t at)
{
	struct gm_posting_block block;

	starts->n = 0;
	for (size_t i = 0; i < lists->n; i++) {
		struct gm_posting_list list = lists->items[i];
		int rc;
		while ((rc = gm_posting_list_next(&block, &list)) == 1) {
			rc = gm_posting_list_places(&starts->places, &list, &block);
			if (rc == 0)
				rc = begin_block(starts, &block, at);
			if (rc < 0)
				return rc;
		}
		if (rc < 0)
			return rc;
	}
	if (lists->n > 1)
		sort_starts(starts);
	return 0;
}

/* The first start at or behind `from` that is not below `least`. */
static size_t seek(const struct starts *starts, size_t from, uint64_t least)
{
	size_t step = 1;
	size_t low = from;

	while (step < starts->n - from && starts->items[from + step] < least) {
		low = from + step;
		step *= 2;
	}
	size_t high = step < starts->n - from ? from + step : starts->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (starts->items[middle] < least)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Mark the starts that have a place of the block at their `at`th word. */
static void meet_block(struct starts *starts, const struct gm_posting_block *block,
	size_t from, size_t at)
{
	const uint32_t *place = starts->places.items;

	for (size_t i = 0; i < block->n; place += block->tf[i], i++) {
		uint64_t row = (uint64_t)block->rows[i] << 32;
		from = seek(starts, from, row);
		for (uint32_t k = 0; k < block->tf[i] && from < starts->n; k++) {
			uint64_t start = row | (place[k] - at);
			if (place[k] < at)
				continue;
			from = seek(starts, from, start);
			if (from < starts->n && starts->items[from] == start)
				starts->met[from] = true;
		}
	}
}

static int meet_list(struct starts *starts, struct gm_posting_list list, size_t at)
{
	struct gm_posting_block block;
	size_t from = 0;
	int rc;

	while ((rc = gm_posting_list_next(&block, &list)) == 1) {
		from = seek(starts, from, (uint64_t)block.rows[0] << 32);
		if (from == starts->n)
			return 0;
		if (starts->items[from] >> 32 > block.rows[block.n - 1])
			continue;
		rc = gm_posting_list_places(&starts->places, &list, &block);
		if (rc < 0)
			return rc;
		meet_block(starts, &block, from, at);
	}
	return rc;
}

/* Keep only the starts whose `at`th word is one of the lists'. */
static int keep(struct starts *starts, const struct lists *lists, size_t at)
{
	size_t n = 0;
	int rc = gm_grow(&starts->met, &starts->met_cap, starts->n, sizeof(*starts->met));

	if (rc == 0 && starts->n)
		memset(starts->met, 0, starts->n * sizeof(*starts->met));
	for (size_t i = 0; i < lists->n && rc == 0 && starts->n; i++)
		rc = meet_list(starts, lists->items[i], at);
	for (size_t i = 0; i < starts->n && rc == 0; i++)
		if (starts->met[i])
			starts->items[n++] = starts->items[i];
	starts->n = n;
	return rc;
}

/* The rarest of the words that were not looked for yet; it is marked. */
static size_t take_rarest(const struct lists *lists, bool *taken, size_t n)
{
	size_t rarest = n;

	for (size_t i = 0; i < n; i++)
		if (!taken[i] && (rarest == n || lists[i].df < lists[rarest].df))
			rarest = i;
	taken[rarest] = true;
	return rarest;
}

static int find_starts(
	struct starts *starts, const struct lists *lists, bool *taken, size_t n)
{
	size_t at = take_rarest(lists, taken, n);
	int rc = begin(starts, &lists[at], at);

	for (size_t i = 1; i < n && rc == 0 && starts->n; i++) {
		at = take_rarest(lists, taken, n);
		rc = keep(starts, &lists[at], at);
	}
	return rc;
}

struct phrase {
	const struct gm_query_word *words;
	size_t n;
	struct lists *lists; /* one for each word */
	bool *taken;
	struct starts starts;
};

static void phrase_dispose(struct phrase *phrase)
{
	for (size_t i = 0; phrase->lists && i < phrase->n; i++)
		lists_dispose(&phrase->lists[i]);
	gm_free(phrase->lists);
	gm_free(phrase->taken);
	starts_dispose(&phrase->starts);
}

static int find_in_field(struct gm_bitmap *out, struct phrase *phrase,
	const struct gm_posting_segment *segment, enum gm_field field)
{
	int64_t first = gm_posting_segment_first(segment);
	int rc = 0;

	for (size_t i = 0; i < phrase->n; i++) {
		phrase->taken[i] = false;
		rc = find_lists(&phrase->lists[i], segment, field, &phrase->words[i]);
		if (rc < 0 || !phrase->lists[i].n)
			return rc;
	}
	if (phrase->n == 1)
		return add_rows(out, segment, &phrase->lists[0]);
	rc = find_starts(&phrase->starts, phrase->lists, phrase->taken, phrase->n);
	for (size_t i = 0; i < phrase->starts.n && rc == 0; i++)
		rc = gm_bitmap_set(out, first + (int64_t)(phrase->starts.items[i] >> 32));
	return rc;
}

int gm_phrase_find(struct gm_bitmap *out, const struct gm_posting_segment *segment,
	const struct gm_query_word *words, size_t n)
{
	gm_cleanup(phrase_dispose) struct phrase phrase = {.words = words, .n = n};

	if (!n)
		return 0;
	phrase.lists = gm_calloc(n, sizeof(*phrase.lists));
	phrase.taken = gm_calloc(n, sizeof(*phrase.taken));
	if (!phrase.lists || !phrase.taken)
		return GM_ENOMEM;
	int rc = find_in_field(out, &phrase, segment, GM_FIELD_CONTENT);
	return rc < 0 ? rc : find_in_field(out, &phrase, segment, GM_FIELD_NAMES);
}
