#include "index/posting_internal.h"
#include "index/varint.h"

int gm_term_compare(const char *a, size_t a_size, const char *b, size_t b_size)
{
	int order = memcmp(a, b, a_size < b_size ? a_size : b_size);

	return order ? order : (a_size > b_size) - (a_size < b_size);
}

static const uint8_t *dictionary_end(const struct gm_posting_segment *segment)
{
	return segment->bytes + segment->trailer.dictionary +
		segment->trailer.dictionary_size;
}

/* Where a block begins, NULL when that is not in the dictionary. */
static const uint8_t *block_at(const struct gm_posting_segment *segment, size_t block)
{
	uint32_t offset = segment->offsets[block];

	if (offset >= segment->trailer.dictionary_size)
		return NULL;
	return segment->bytes + segment->trailer.dictionary + offset;
}

int gm_term_cursor_init(struct gm_term_cursor *out,
	const struct gm_posting_segment *segment, size_t block)
{
	out->segment = segment;
	out->next = (uint32_t)(block * GM_TERM_BLOCK);
	out->end = dictionary_end(segment);
	out->at = block < segment->n_blocks ? block_at(segment, block) : out->end;
	out->size = 0;
	return out->at ? 0 : gm_posting_damaged();
}

/* The sizes of a term's postings, which follow its text. */
static const uint8_t *read_list(struct gm_term_cursor *cursor, const uint8_t *at)
{
	const struct gm_posting_segment *segment = cursor->segment;
	struct gm_posting_list *list = &cursor->list;
	bool has_places = gm_field_has_places((enum gm_field)cursor->text[0]);
	uint64_t df = 0;
	uint64_t size = 0;
	uint64_t places = 0;

	at = gm_leb128_get(&df, at, cursor->end);
	if (at)
		at = gm_leb128_get(&size, at, cursor->end);
	if (at && has_places && df >= GM_POSTING_BLOCK)
		at = gm_leb128_get(&places, at, cursor->end);
	if (!at || !df || df > segment->trailer.rows || places > size ||
		cursor->postings > segment->trailer.dictionary ||
		size > segment->trailer.dictionary - cursor->postings)
		return NULL;
	*list = (struct gm_posting_list){
		.df = (uint32_t)df,
		.left = (uint32_t)df,
		.rows = segment->trailer.rows,
		.at = segment->bytes + cursor->postings,
	};
	list->end = list->at + size;
	list->rows_end = list->places = list->end - places;
	list->has_places = has_places;
	cursor->postings += size;
	return at;
}

int gm_term_cursor_step(struct gm_term_cursor *cursor)
{
	const uint8_t *at = cursor->at;
	uint64_t shared;
	uint64_t rest;

	if (cursor->next >= cursor->segment->trailer.terms)
		return 0;
	if (cursor->next % GM_TERM_BLOCK == 0) {
		cursor->size = 0;
		at = gm_leb128_get(&cursor->postings, at, cursor->end);
	}
	if (at)
		at = gm_leb128_get(&shared, at, cursor->end);
	if (at)
		at = gm_leb128_get(&rest, at, cursor->end);
	if (!at || shared > cursor->size || rest > GM_TERM_MAX - shared ||
		rest > (size_t)(cursor->end - at) || shared + rest < 2)
		return gm_posting_damaged();
	memcpy(cursor->text + shared, at, rest);
	cursor->size = (size_t)(shared + rest);
	at = read_list(cursor, at + rest);
	if (!at)
		return gm_posting_damaged();
	cursor->at = at;
	cursor->next++;
	return 1;
}

static int compare_first(const struct gm_posting_segment *segment, size_t block,
	const char *term, size_t size, int *order_out)
{
	struct gm_term_cursor cursor;
	int rc = gm_term_cursor_init(&cursor, segment, block);

	if (rc == 0)
		rc = gm_term_cursor_step(&cursor);
	if (rc <= 0)
		return rc < 0 ? rc : gm_posting_damaged();
	*order_out = gm_term_compare(cursor.text, cursor.size, term, size);
	return 0;
}

/* The last block whose first term is not behind `term`, or the first one. */
static int find_block(size_t *out, const struct gm_posting_segment *segment,
	const char *term, size_t size)
{
	uint64_t key = gm_term_key(term, size);
	size_t low = 0;
	size_t high = segment->n_blocks;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = (segment->keys[middle] > key) - (segment->keys[middle] < key);
		int rc = order ? 0 : compare_first(segment, middle, term, size, &order);
		if (rc < 0)
			return rc;
		if (order <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	*out = low ? low - 1 : 0;
	return 0;
}

/* Stand at the first term that is not before `term`: 1, or 0 when there is none. */
static int seek(struct gm_term_cursor *cursor, const struct gm_posting_segment *segment,
	const char *term, size_t size)
{
	size_t block;
	int rc = find_block(&block, segment, term, size);

	if (rc == 0)
		rc = gm_term_cursor_init(cursor, segment, block);
	if (rc < 0)
		return rc;
	do {
		rc = gm_term_cursor_step(cursor);
	} while (rc == 1 && gm_term_compare(cursor->text, cursor->size, term, size) < 0);
	return rc;
}

/* The term as the dictionary has it; its size, or 0 when there is none so long. */
static size_t with_field(
	char out[GM_TERM_MAX], enum gm_field field, const char *text, size_t size)
{
	if (size >= GM_TERM_MAX)
		return 0;
	out[0] = (char)field;
	if (size)
		memcpy(out + 1, text, size);
	return size + 1;
}

int gm_posting_segment_find(struct gm_posting_list *out,
	const struct gm_posting_segment *segment, enum gm_field field, const char *text,
	size_t size)
{
	struct gm_term_cursor cursor;
	char term[GM_TERM_MAX];
	size_t term_size = with_field(term, field, text, size);

	if (!term_size)
		return 0;
	int rc = seek(&cursor, segment, term, term_size);
	if (rc <= 0 || gm_term_compare(cursor.text, cursor.size, term, term_size) != 0)
		return rc < 0 ? rc : 0;
	*out = cursor.list;
	return 1;
}

int gm_posting_segment_prefix(const struct gm_posting_segment *segment,
	enum gm_field field, const char *prefix, size_t size, gm_posting_term_fn fn,
	void *payload)
{
	struct gm_term_cursor cursor;
	char term[GM_TERM_MAX];
	size_t term_size = with_field(term, field, prefix, size);

	if (!term_size)
		return 0;
	int rc = seek(&cursor, segment, term, term_size);
	while (rc == 1 && cursor.size >= term_size &&
		!memcmp(cursor.text, term, term_size)) {
		rc = fn(cursor.text + 1, cursor.size - 1, &cursor.list, payload);
		if (rc != 0)
			return rc;
		rc = gm_term_cursor_step(&cursor);
	}
	return rc < 0 ? rc : 0;
}
