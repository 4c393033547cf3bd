/*
 * A posting segment as its readers see it, and stepping through its dictionary.
 */
#ifndef GM_INDEX_POSTING_INTERNAL_H
#define GM_INDEX_POSTING_INTERNAL_H

#include "base/mapping.h"
#include "index/posting_format.h"

struct gm_posting_segment {
	const uint8_t *bytes;
	size_t size;
	struct gm_posting_trailer trailer;
	const uint64_t *keys;
	const uint32_t *offsets;
	size_t n_blocks; /* of the dictionary */
	const struct gm_document *documents;
	const uint32_t *order;
	const struct gm_posting_session *sessions;
	const struct gm_measure *measures;
	char *memory; /* one of these two holds the bytes */
	struct gm_mapping mapping;
};

/* A term of the dictionary; none before the first step. */
struct gm_term_cursor {
	const struct gm_posting_segment *segment;
	uint32_t next; /* the number of the term behind */
	const uint8_t *at;
	const uint8_t *end;
	size_t size;
	uint64_t postings; /* where those of the next term begin */
	struct gm_posting_list list;
	char text[GM_TERM_MAX];
};

/* Stand before the first term of a block. GM_EMISMATCH. */
int gm_term_cursor_init(struct gm_term_cursor *out,
	const struct gm_posting_segment *segment, size_t block);

/* 1 with the next term, 0 behind the last. GM_EMISMATCH. */
int gm_term_cursor_step(struct gm_term_cursor *cursor);

/* As memcmp() orders them, a beginning before the whole. */
int gm_term_compare(const char *a, size_t a_size, const char *b, size_t b_size);

/* Set the error: GM_EMISMATCH. */
int gm_posting_damaged(void);

#endif
