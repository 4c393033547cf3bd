/*
 * Memories of random words, and the plainest thing that answers as a posting segment should: a
 * sorted list of all that is in them. Everything here fails the running test.
 */
#ifndef GM_TESTS_UNIT_INDEX_POSTINGS_H
#define GM_TESTS_UNIT_INDEX_POSTINGS_H

#include "tests/unit/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "index/analysed.h"
#include "index/posting_segment.h"
#include "index/varint.h"

struct random {
	uint64_t state;
};

static inline uint32_t random_below(struct random *random, uint32_t limit)
{
	random->state = random->state * UINT64_C(6364136223846793005) + 1;
	return (uint32_t)((random->state >> 33) % limit);
}

/* Analysed memories, some of them empty rows. */
struct corpus {
	struct gm_buf *rows;
	size_t n;
};

/* Word 0 is in nearly all texts, each further one is rarer. */
static inline void put_word(struct gm_buf *text, struct random *random)
{
	uint32_t limit = 1 + random_below(random, 1 + random_below(random, 600));

	must(gm_buf_printf(
		text, "%sw%uq", text->size ? " " : "", random_below(random, limit)));
}

static inline void make_row(
	struct gm_buf *out, struct random *random, struct gm_stemmer *stemmer)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autorecord record = GM_RECORD_INIT;
	uint32_t n = random_below(random, 10) ? random_below(random, 30) : 400;

	for (uint32_t i = 0; i < n; i++)
		put_word(&text, random);
	must(gm_record_set_content(&record, gm_buf_str(&text), text.size));
	if (random_below(random, 2))
		must(gm_record_set_text(&record.key, "notes/w1q-w2q"));
	if (random_below(random, 2))
		must(gm_strv_add(&record.tags, random_below(random, 2) ? "w0q" : "a b"));
	must(gm_record_set_text(&record.agent, "w3q"));
	record.created = random_below(random, 50);
	record.seq = (int64_t)random_below(random, 5) - 1;
	must(gm_analysed_make(out, &record, random_below(random, 4), 1, stemmer));
}

static inline void corpus_make(struct corpus *out, size_t n, uint64_t seed)
{
	struct random random = {seed};
	struct gm_stemmer *stemmer;
	static const struct gm_buf none = GM_BUF_INIT(GM_BUF_LARGE);

	must(gm_stemmer_new(&stemmer));
	out->rows = calloc(n, sizeof(*out->rows));
	out->n = n;
	for (size_t i = 0; i < n; i++) {
		out->rows[i] = none;
		if (n == 1 || random_below(&random, 20))
			make_row(&out->rows[i], &random, stemmer);
	}
	gm_stemmer_free(stemmer);
}

static inline void corpus_dispose(struct corpus *corpus)
{
	for (size_t i = 0; i < corpus->n; i++)
		gm_buf_dispose(&corpus->rows[i]);
	free(corpus->rows);
}

/* A segment of the rows from `from` up to `to`. */
static inline struct gm_posting_segment *corpus_segment(
	const struct corpus *corpus, int64_t first, size_t from, size_t to)
{
	struct gm_posting_builder *builder;
	struct gm_posting_segment *segment;
	gm_autosink sink;

	gm_segment_sink_to_memory(&sink);
	must(gm_posting_builder_new(&builder, first + (int64_t)from));
	for (size_t i = from; i < to; i++)
		must(gm_posting_builder_add(
			builder, corpus->rows[i].ptr, corpus->rows[i].size));
	must(gm_posting_builder_finish(builder, &sink));
	gm_posting_builder_free(builder);
	must(gm_posting_segment_take(&segment, &sink.bytes));
	return segment;
}

/* One term in one row. */
struct found {
	char term[40]; /* with the letter of its field */
	uint32_t row;
	uint32_t tf;
	uint32_t *places;
	uint32_t n_places;
};

struct model {
	struct found *items;
	size_t n;
	size_t cap;
	uint32_t row;
};

static inline int model_put(const struct gm_analysed_term *term, void *payload)
{
	struct model *model = payload;
	const uint8_t *at = term->places;
	uint64_t next = 0;

	must(gm_grow(&model->items, &model->cap, model->n + 1, sizeof(*model->items)));
	struct found *found = &model->items[model->n++];
	memset(found, 0, sizeof(*found));
	assert_true(term->size + 2 < sizeof(found->term));
	found->term[0] = (char)term->field;
	memcpy(found->term + 1, term->text, term->size);
	found->row = model->row;
	found->tf = term->tf;
	if (!at)
		return 0;
	found->places = calloc(term->tf, sizeof(*found->places));
	found->n_places = term->tf;
	for (uint32_t i = 0; i < term->tf; i++) {
		uint64_t distance;
		at = gm_leb128_get(&distance, at, term->places + term->places_size);
		assert_non_null(at);
		next += distance;
		found->places[i] = (uint32_t)next++;
	}
	return 0;
}

static inline int model_compare(const void *a, const void *b)
{
	const struct found *one = a;
	const struct found *other = b;
	int order = strcmp(one->term, other->term);

	return order ? order : (one->row > other->row) - (one->row < other->row);
}

/* Of all rows but those of `without`, which are counted from `first`. */
static inline void model_make(struct model *out, const struct corpus *corpus,
	int64_t first, const struct gm_bitmap *without)
{
	struct gm_document document;

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < corpus->n; i++) {
		out->row = (uint32_t)i;
		if (corpus->rows[i].size &&
			!(without && gm_bitmap_test(without, first + (int64_t)i)))
			must(gm_analysed_parse(&document, corpus->rows[i].ptr,
				corpus->rows[i].size, model_put, out));
	}
	if (out->n)
		qsort(out->items, out->n, sizeof(*out->items), model_compare);
}

static inline void model_dispose(struct model *model)
{
	for (size_t i = 0; i < model->n; i++)
		free(model->items[i].places);
	gm_free(model->items);
}

/* Compare a list with `n` rows of the model. */
static inline void check_list(
	const struct gm_posting_list *list, const struct found *found, size_t n)
{
	struct gm_posting_list at = *list;
	struct gm_posting_block block;
	gm_autoplaces places = GM_PLACES_INIT;

	assert_int_equal(list->df, n);
	while (n) {
		size_t next = 0;
		assert_int_equal(gm_posting_list_next(&block, &at), 1);
		must(gm_posting_list_places(&places, &at, &block));
		assert_in_range(block.n, 1, n);
		for (size_t i = 0; i < block.n; i++, found++, n--) {
			assert_int_equal(block.rows[i], found->row);
			assert_int_equal(block.tf[i], found->tf);
			assert_in_range(next + found->n_places, 0, places.n);
			for (uint32_t k = 0; k < found->n_places; k++)
				assert_int_equal(places.items[next++], found->places[k]);
		}
		assert_int_equal(next, places.n);
	}
	assert_int_equal(gm_posting_list_next(&block, &at), 0);
}

struct walk {
	const struct model *model;
	size_t at;
	char field;
};

static inline int check_next_term(
	const char *text, size_t size, const struct gm_posting_list *list, void *payload)
{
	struct walk *walk = payload;
	const struct found *found = &walk->model->items[walk->at];
	size_t n = 1;

	assert_true(walk->at < walk->model->n);
	assert_int_equal(found->term[0], walk->field);
	assert_int_equal(strlen(found->term + 1), size);
	assert_memory_equal(found->term + 1, text, size);
	while (walk->at + n < walk->model->n && !strcmp(found[n].term, found->term))
		n++;
	check_list(list, found, n);
	walk->at += n;
	return 0;
}

/* Find every term, and meet them all in their order. */
static inline void check_terms_of(
	const struct gm_posting_segment *segment, const struct model *model)
{
	struct walk walk = {model, 0, 0};
	struct gm_posting_list list;

	for (const char *field = "acknt"; *field; field++) {
		walk.field = *field;
		must(gm_posting_segment_prefix(
			segment, (enum gm_field) * field, "", 0, check_next_term, &walk));
	}
	assert_int_equal(walk.at, model->n);
	for (size_t i = 0, n; i < model->n; i += n) {
		const struct found *found = &model->items[i];
		for (n = 1; i + n < model->n && !strcmp(found[n].term, found->term);)
			n++;
		assert_int_equal(gm_posting_segment_find(&list, segment,
					 (enum gm_field)found->term[0], found->term + 1,
					 strlen(found->term + 1)),
			1);
		check_list(&list, found, n);
	}
}

#endif
