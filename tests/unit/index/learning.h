/*
 * Small repositories to learn from: memories of given words, in segments in memory. Everything
 * here fails the running test.
 */
#ifndef GM_TESTS_UNIT_INDEX_LEARNING_H
#define GM_TESTS_UNIT_INDEX_LEARNING_H

#include "tests/unit/support.h"

#include <stdio.h>
#include <string.h>

#include "index/analysed.h"
#include "index/lsa_model.h"
#include "index/posting_segment.h"
#include "index/vector_query.h"

struct lesson {
	struct gm_posting_builder *builder;
	struct gm_posting_segment *segments[4];
	size_t n;
	int64_t rows;
	struct gm_bitmap alive;
	struct gm_stemmer *stemmer;
};

static inline void lesson_begin(struct lesson *out)
{
	memset(out, 0, sizeof(*out));
	must(gm_stemmer_new(&out->stemmer));
}

static inline void lesson_dispose(struct lesson *lesson)
{
	gm_posting_builder_free(lesson->builder);
	for (size_t i = 0; i < lesson->n; i++)
		gm_posting_segment_free(lesson->segments[i]);
	gm_bitmap_dispose(&lesson->alive);
	gm_stemmer_free(lesson->stemmer);
}

/* Session 0: none. */
static inline void add_memory(
	struct lesson *lesson, const char *content, uint32_t session, enum gm_scope scope)
{
	gm_autorecord record = GM_RECORD_INIT;
	gm_autobuf analysed = GM_BUF_INIT(GM_BUF_LARGE);

	must(gm_record_set_content(&record, content, strlen(content)));
	record.created = ++lesson->rows;
	record.scope = scope;
	must(gm_analysed_make(&analysed, &record, session, 0, lesson->stemmer));
	if (!lesson->builder)
		must(gm_posting_builder_new(&lesson->builder, lesson->rows));
	must(gm_posting_builder_add(
		lesson->builder, gm_buf_str(&analysed), analysed.size));
	must(gm_bitmap_set(&lesson->alive, lesson->rows));
}

static inline void end_segment(struct lesson *lesson)
{
	gm_autosink sink;

	gm_segment_sink_to_memory(&sink);
	must(gm_posting_builder_finish(lesson->builder, &sink));
	gm_posting_builder_free(gm_steal(&lesson->builder));
	must(gm_posting_segment_take(&lesson->segments[lesson->n++], &sink.bytes));
}

/* The bytes of a model of all that is alive; `out` is initialised. */
static inline int train(struct gm_buf *out, struct lesson *lesson)
{
	gm_autosink sink;

	if (lesson->builder)
		end_segment(lesson);
	gm_segment_sink_to_memory(&sink);
	int rc = gm_lsa_train(&sink, lesson->segments, lesson->n, &lesson->alive, NULL);
	if (rc == 0)
		must(gm_buf_put(out, gm_buf_str(&sink.bytes), sink.bytes.size));
	else
		assert_int_equal(sink.size, 0);
	return rc;
}

static inline struct gm_lsa *learn(struct lesson *lesson)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_lsa *out = NULL;

	must(train(&bytes, lesson));
	must(gm_lsa_take(&out, &bytes));
	return out;
}

/* 1 or 0, as gm_lsa_encode_query() of words that are their own stems. */
static inline int encode(float *out, const struct gm_lsa *lsa, const char *text)
{
	struct gm_lsa_term terms[16];
	size_t n = 0;

	for (const char *at = text; *at && n < 16; at += strspn(at, " ")) {
		terms[n++] = (struct gm_lsa_term){at, strcspn(at, " "), 1};
		at += strcspn(at, " ");
	}
	return gm_lsa_encode_query(out, lsa, terms, n);
}

static inline struct gm_vector_query *query(const struct gm_lsa *lsa, const char *text)
{
	float v[GM_LSA_MAX_DIMS];
	struct gm_vector_query *out = NULL;

	assert_int_equal(encode(v, lsa, text), 1);
	must(gm_vector_query_new(&out, v, gm_lsa_dims(lsa)));
	return out;
}

static inline bool knows(const struct gm_lsa *lsa, const char *term)
{
	return gm_lsa_find(lsa, term, strlen(term)) != GM_LSA_UNKNOWN;
}

/* A word of a subject, which is its own stem. */
static inline const char *word(char out[8], char kind, unsigned subject)
{
	(void)snprintf(out, 8, "%cz%c%cx", kind, 'b' + (int)(subject / 8 % 8),
		'b' + (int)(subject % 8));
	return out;
}

/* Pairs of memories, each of one of so many subjects: three words common to both, one each. */
static inline void add_pairs(struct lesson *lesson, size_t n, unsigned subjects)
{
	for (size_t i = 0; i < n; i++) {
		unsigned subject = (unsigned)(i / 2 % subjects);
		char words[4][8];
		char text[64];

		(void)snprintf(text, sizeof(text), "The %s is a %s of %s, %s",
			word(words[0], 'k', subject), word(words[1], 'l', subject),
			word(words[2], 'm', subject),
			word(words[3], i % 2 ? 'w' : 'v', subject));
		add_memory(lesson, text, 0, GM_SCOPE_SHARED);
	}
}

#endif
