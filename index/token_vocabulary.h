/*
 * The pieces that a tokenizer knows, each with an id and a score, sorted so that all pieces
 * that a text begins with are found in one walk over its bytes.
 */
#ifndef GM_INDEX_TOKEN_VOCABULARY_H
#define GM_INDEX_TOKEN_VOCABULARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct gm_piece {
	uint32_t at; /* in the texts */
	uint32_t size;
	uint32_t id;
	double score;
};

struct gm_vocabulary {
	struct gm_buf texts;
	struct gm_piece *pieces;
	size_t n;
	size_t cap;
	uint32_t *starts; /* where the pieces with a first byte begin; 257 of them */
};

#define GM_VOCABULARY_INIT                                                 \
	{                                                                  \
		.texts = GM_BUF_INIT(GM_BUF_LARGE), .pieces = NULL, .n = 0 \
	}
void gm_vocabulary_dispose(struct gm_vocabulary *vocabulary);

/* Add a piece; an empty one is passed over. */
int gm_vocabulary_add(struct gm_vocabulary *vocabulary, const char *text, size_t size,
	uint32_t id, double score);

/* All pieces are there: make it ready for the calls below. Of equal pieces the last counts. */
int gm_vocabulary_finish(struct gm_vocabulary *vocabulary);

/* The piece that is exactly `text`; NULL: none. Lent. */
const struct gm_piece *gm_vocabulary_find(
	const struct gm_vocabulary *vocabulary, const char *text, size_t size);

/* A walk along a text: zeroed at first. */
struct gm_vocabulary_walk {
	size_t low, high; /* the pieces that begin with what was walked */
	size_t depth;     /* bytes walked */
};

/*
 * Walk one byte on; false when no piece begins so. `*out` is the piece that ends here, or
 * NULL.
 */
bool gm_vocabulary_step(const struct gm_piece **out, struct gm_vocabulary_walk *walk,
	const struct gm_vocabulary *vocabulary, char byte);

#endif
