#include <stdlib.h>

#include "index/packed.h"
#include "index/posting_format.h"
#include "index/posting_segment.h"
#include "index/posting_writer.h"
#include "index/term_table.h"

/* What is known of a term while its postings are gathered. */
struct gathered {
	uint64_t
		next; /* the lowest row that may follow; in the end, where the postings go */
	uint64_t bytes; /* of its postings */
};

/*
 * Postings are gathered in the order of the rows, each with its term: see gm_posting_put(), with
 * the places behind. Only in the end they are brought in the order of the terms.
 */
struct gm_posting_builder {
	int64_t first;
	struct gm_document *documents;
	size_t n;
	size_t documents_cap;
	struct gm_term_table terms;
	struct gathered *gathered;
	size_t gathered_cap;
	struct gm_buf log;
};

int gm_posting_builder_new(struct gm_posting_builder **out, int64_t first_row)
{
	static const struct gm_term_table terms = GM_TERM_TABLE_INIT;
	static const struct gm_buf log = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_posting_builder *builder = gm_calloc(1, sizeof(*builder));

	if (!builder)
		return GM_ENOMEM;
	builder->first = first_row;
	builder->terms = terms;
	builder->log = log;
	*out = builder;
	return 0;
}

void gm_posting_builder_free(struct gm_posting_builder *builder)
{
	if (!builder)
		return;
	gm_free(builder->documents);
	gm_term_table_dispose(&builder->terms);
	gm_free(builder->gathered);
	gm_buf_dispose(&builder->log);
	gm_free(builder);
}

size_t gm_posting_builder_rows(const struct gm_posting_builder *builder)
{
	return builder->n;
}

static int log_posting(struct gm_posting_builder *builder, uint32_t number,
	const struct gm_analysed_term *term)
{
	struct gathered *gathered = &builder->gathered[number];
	int rc = gm_buf_reserve(&builder->log, 4 * GM_LEB128_MAX + term->places_size);

	if (rc < 0)
		return rc;
	uint8_t *at = (uint8_t *)builder->log.ptr + builder->log.size;
	at = gm_leb128_put(at, number);
	uint8_t coded[2 * GM_LEB128_MAX];
	size_t size =
		(size_t)(gm_posting_put(coded, builder->n - gathered->next, term->tf) -
			coded);
	at = gm_leb128_put(at, size + term->places_size);
	memcpy(at, coded, size);
	at += size;
	if (term->places_size)
		memcpy(at, term->places, term->places_size);
	at += term->places_size;
	builder->log.size = (size_t)((char *)at - builder->log.ptr);
	gathered->next = builder->n + 1;
	gathered->bytes += size + term->places_size;
	return 0;
}

static int add_term(const struct gm_analysed_term *term, void *payload)
{
	struct gm_posting_builder *builder = payload;
	uint32_t number;
	int rc = gm_term_table_add(
		&number, &builder->terms, term->field, term->text, term->size);

	if (rc == 1) {
		rc = gm_grow(&builder->gathered, &builder->gathered_cap, builder->terms.n,
			sizeof(*builder->gathered));
		if (rc == 0)
			builder->gathered[number] = (struct gathered){0, 0};
	}
	if (rc < 0)
		return rc;
	if (builder->gathered[number].next > builder->n)
		return gm_error(GM_EMISMATCH, "recall index: a memory has a term twice");
	return log_posting(builder, number, term);
}

int gm_posting_builder_add(
	struct gm_posting_builder *builder, const void *data, size_t size)
{
	struct gm_document document = {.flags = GM_DOCUMENT_NONE};
	int rc = gm_grow(&builder->documents, &builder->documents_cap, builder->n + 1,
		sizeof(*builder->documents));

	if (rc == 0 && builder->n >= (size_t)GM_BITMAP_MAX_ROW)
		rc = gm_error(GM_ETOOBIG, "recall index: too many memories");
	if (rc == 0 && size)
		rc = gm_analysed_parse(&document, data, size, add_term, builder);
	if (rc == 0)
		builder->documents[builder->n++] = document;
	return rc;
}

/* A term in the order of the dictionary. */
struct sorted {
	uint64_t key;
	uint32_t number;
};

static int compare_terms(const void *a, const void *b, void *payload)
{
	const struct sorted *one = a;
	const struct sorted *other = b;
	size_t one_size;
	size_t other_size;

	if (one->key != other->key)
		return one->key < other->key ? -1 : 1;
	const char *one_text = gm_term_table_text(&one_size, payload, one->number);
	const char *other_text = gm_term_table_text(&other_size, payload, other->number);
	int order = memcmp(
		one_text, other_text, one_size < other_size ? one_size : other_size);
	return order ? order : (one_size > other_size) - (one_size < other_size);
}

static int sort_terms(struct sorted **out, struct gm_posting_builder *builder)
{
	struct sorted *sorted = gm_malloc(builder->terms.n * sizeof(*sorted));
	uint64_t at = 0;

	if (!sorted)
		return GM_ENOMEM;
	for (uint32_t i = 0; i < builder->terms.n; i++) {
		size_t size;
		const char *text = gm_term_table_text(&size, &builder->terms, i);
		sorted[i] = (struct sorted){gm_term_key(text, size), i};
	}
	qsort_r(sorted, builder->terms.n, sizeof(*sorted), compare_terms,
		&builder->terms);
	for (size_t i = 0; i < builder->terms.n; i++) {
		struct gathered *gathered = &builder->gathered[sorted[i].number];
		gathered->next = at;
		at += gathered->bytes;
	}
	*out = sorted;
	return 0;
}

/* The postings in the order of the terms; behind the last of a term its `next` points. */
static int scatter(char **out, struct gm_posting_builder *builder)
{
	const uint8_t *at = (const uint8_t *)builder->log.ptr;
	const uint8_t *end = at + builder->log.size;
	char *postings = gm_malloc(builder->log.size);

	if (!postings)
		return GM_ENOMEM;
	while (at < end) {
		uint64_t number;
		uint64_t size;
		at = gm_leb128_get(&number, at, end);
		at = gm_leb128_get(&size, at, end);
		struct gathered *gathered = &builder->gathered[number];
		memcpy(postings + gathered->next, at, size);
		gathered->next += size;
		at += size;
	}
	*out = postings;
	return 0;
}

static int write_postings(struct gm_posting_writer *writer, const uint8_t *at,
	const uint8_t *end, bool has_places)
{
	uint64_t next = 0;
	int rc = 0;

	while (at < end && rc == 0) {
		uint64_t distance;
		uint64_t tf;
		at = gm_posting_get(&distance, &tf, at, end);
		const uint8_t *places = at;
		if (has_places)
			at = gm_leb128_skip(at, end, tf);
		uint32_t row = (uint32_t)(next + distance);
		uint32_t tf32 = (uint32_t)tf;
		rc = gm_posting_writer_put(writer, &row, &tf32, 1,
			has_places ? places : NULL, (size_t)(at - places));
		next = (uint64_t)row + 1;
	}
	return rc;
}

static int write_terms(struct gm_posting_writer *writer,
	const struct gm_posting_builder *builder, const struct sorted *sorted,
	const char *postings)
{
	const uint8_t *at = (const uint8_t *)postings;
	int rc = 0;

	for (size_t i = 0; i < builder->terms.n && rc == 0; i++) {
		const uint8_t *end = at + builder->gathered[sorted[i].number].bytes;
		size_t size;
		const char *term =
			gm_term_table_text(&size, &builder->terms, sorted[i].number);
		rc = gm_posting_writer_begin(writer, term, size);
		if (rc == 0)
			rc = write_postings(writer, at, end,
				gm_field_has_places((enum gm_field) * term));
		if (rc == 0)
			rc = gm_posting_writer_end(writer);
		at = end;
	}
	return rc;
}

int gm_posting_builder_finish(
	struct gm_posting_builder *builder, struct gm_segment_sink *sink)
{
	gm_autofree struct sorted *sorted = NULL;
	gm_autofree char *postings = NULL;
	gm_autowriter writer;
	int rc = gm_posting_writer_init(&writer, sink);

	if (rc == 0 && !builder->n)
		rc = gm_error(GM_EINVALID, "recall index: a segment without rows");
	if (rc == 0)
		rc = sort_terms(&sorted, builder);
	if (rc == 0)
		rc = scatter(&postings, builder);
	if (rc == 0)
		rc = write_terms(&writer, builder, sorted, postings);
	if (rc == 0)
		rc = gm_posting_writer_finish(
			&writer, builder->first, builder->documents, builder->n);
	return rc;
}
