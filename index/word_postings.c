#include "index/word_postings.h"

#include <string.h>

struct gm_word_cursor {
	size_t segment;
	enum gm_field field;
	struct gm_posting_list list;
	struct gm_posting_block block;
	size_t at; /* in the block */
};

void gm_word_postings_dispose(struct gm_word_postings *postings)
{
	gm_free(postings->cursors);
	*postings = (struct gm_word_postings)GM_WORD_POSTINGS_INIT;
}

/* Lists of one segment on their way into the postings. */
struct finding {
	struct gm_word_postings *out;
	size_t segment;
	enum gm_field field;
	size_t n;
};

static int add_cursor(struct finding *finding, const struct gm_posting_list *list)
{
	struct gm_word_postings *out = finding->out;
	int rc = gm_grow(&out->cursors, &out->cap, out->n + 1, sizeof(*out->cursors));

	if (rc < 0)
		return rc;
	struct gm_word_cursor *cursor = &out->cursors[out->n++];
	cursor->segment = finding->segment;
	cursor->field = finding->field;
	cursor->list = *list;
	cursor->block.n = cursor->at = 0;
	return 0;
}

/* So many words of a segment that begin with a prefix are read: there may be any number. */
#define MAX_PREFIXED 256

static int add_prefixed(
	const char *text, size_t size, const struct gm_posting_list *list, void *payload)
{
	struct finding *finding = payload;

	(void)text;
	(void)size;
	int rc = add_cursor(finding, list);
	finding->out->df += list->df;
	return rc < 0 ? rc : ++finding->n == MAX_PREFIXED;
}

static int find_term(uint64_t *df, struct finding *finding,
	const struct gm_posting_segment *segment, const char *text, size_t size)
{
	struct gm_posting_list list;
	int rc = gm_posting_segment_find(&list, segment, finding->field, text, size);

	if (rc <= 0)
		return rc;
	*df += list.df;
	return add_cursor(finding, &list);
}

static int find_in(uint64_t df[GM_QUERY_TERMS], struct finding *finding,
	const struct gm_posting_segment *segment, const struct gm_query_word *word)
{
	int rc = 0;

	if (word->prefix && word->n)
		rc = gm_posting_segment_prefix(segment, finding->field, word->terms[0],
			word->sizes[0], add_prefixed, finding);
	for (size_t i = 0; rc == 0 && !word->prefix && i < word->n; i++)
		rc = find_term(&df[i], finding, segment, word->terms[i], word->sizes[i]);
	return rc < 0 ? rc : 0;
}

int gm_word_postings_find(struct gm_word_postings *out,
	const struct gm_segments *segments, const struct gm_query_word *word)
{
	static const enum gm_field fields[] = {GM_FIELD_CONTENT, GM_FIELD_NAMES};
	uint64_t df[2][GM_QUERY_TERMS] = {{0}};
	int rc = 0;

	for (size_t i = 0; i < segments->n && rc == 0; i++)
		for (size_t field = 0; field < 2 && rc == 0; field++) {
			struct finding finding = {out, i, fields[field], 0};
			rc = find_in(df[field], &finding, segments->postings[i], word);
		}
	for (size_t i = 0; i < 2 * GM_QUERY_TERMS && rc == 0; i++)
		if (df[i / GM_QUERY_TERMS][i % GM_QUERY_TERMS] > out->df)
			out->df = df[i / GM_QUERY_TERMS][i % GM_QUERY_TERMS];
	return rc;
}

void gm_word_postings_enter(struct gm_word_postings *postings, size_t segment)
{
	while (postings->to < postings->n &&
		postings->cursors[postings->to].segment < segment)
		postings->to++;
	postings->from = postings->to;
	while (postings->to < postings->n &&
		postings->cursors[postings->to].segment == segment)
		postings->to++;
}

/* Most words have one list: its blocks are taken as they are. */
static int next_of_one(struct gm_word_block *out, struct gm_word_cursor *cursor)
{
	int rc = gm_posting_list_next(&cursor->block, &cursor->list);

	if (rc <= 0)
		return rc;
	size_t size = cursor->block.n * sizeof(uint32_t);
	bool content = cursor->field == GM_FIELD_CONTENT;
	out->n = cursor->block.n;
	memcpy(out->rows, cursor->block.rows, size);
	memcpy(content ? out->in_content : out->in_names, cursor->block.tf, size);
	memset(content ? out->in_names : out->in_content, 0, size);
	return 1;
}

/* 1 with the row that a cursor stands at, 0 behind its last. */
static int cursor_row(uint32_t *out, struct gm_word_cursor *cursor)
{
	if (cursor->at == cursor->block.n) {
		int rc = gm_posting_list_next(&cursor->block, &cursor->list);
		cursor->at = 0;
		if (rc <= 0) {
			cursor->block.n = 0;
			return rc;
		}
	}
	*out = cursor->block.rows[cursor->at];
	return 1;
}

/* The lowest row of all cursors: 1, 0 when all are behind their last. */
static int lowest_row(uint32_t *out, struct gm_word_postings *postings)
{
	int found = 0;

	for (size_t i = postings->from; i < postings->to; i++) {
		uint32_t row = 0;
		int rc = cursor_row(&row, &postings->cursors[i]);
		if (rc < 0)
			return rc;
		if (rc && (!found || row < *out))
			*out = row;
		found |= rc;
	}
	return found;
}

static void take_row(struct gm_word_block *out, struct gm_word_postings *postings)
{
	uint32_t row = out->rows[out->n];
	uint32_t *in_content = &out->in_content[out->n];
	uint32_t *in_names = &out->in_names[out->n];

	*in_content = *in_names = 0;
	for (size_t i = postings->from; i < postings->to; i++) {
		struct gm_word_cursor *cursor = &postings->cursors[i];
		if (cursor->at == cursor->block.n ||
			cursor->block.rows[cursor->at] != row)
			continue;
		uint32_t tf = cursor->block.tf[cursor->at++];
		uint32_t *most =
			cursor->field == GM_FIELD_CONTENT ? in_content : in_names;
		if (tf > *most)
			*most = tf;
	}
	out->n++;
}

int gm_word_postings_next(struct gm_word_block *out, struct gm_word_postings *postings)
{
	int rc = 0;

	out->n = 0;
	if (postings->to - postings->from == 1)
		return next_of_one(out, &postings->cursors[postings->from]);
	while (out->n < GM_POSTING_BLOCK &&
		(rc = lowest_row(&out->rows[out->n], postings)) > 0)
		take_row(out, postings);
	return rc < 0 ? rc : out->n > 0;
}
