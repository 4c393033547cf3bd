/*
 * The default embedding: latent semantic analysis (Deerwester et al. 1990) of the repository's
 * own memories, so that it needs no download and knows the words that are used here.
 *
 * A model is what was learned: for each of the words that matter its weight and its direction.
 * The vector of a memory is the weighted sum of those of its words (content, key and tags), and
 * that of a query likewise; both are read from terms, never from texts. Memories that stand
 * beside each other in a session are learned from together, which is what makes a question
 * resemble its answer.
 *
 * Learning is deterministic: the same memories in the same segments give the same bytes, on
 * every machine. A model is one immutable file, `*.lsa`, and its id the SHA-256 of what is in
 * it. It may be read from several threads.
 */
#ifndef GM_INDEX_LSA_H
#define GM_INDEX_LSA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/terminal.h"

struct gm_bitmap;
struct gm_lsa;
struct gm_posting_segment;
struct gm_segment_sink;
struct gm_vector_builder;

#define GM_LSA_MODEL_SIZE 32
#define GM_LSA_MAX_DIMS 384

/*
 * Learn from those memories of the segments, which are in row order, that are in `rows`, less the
 * private ones, and write a model to `sink`. Of many memories a sample is taken, sessions as
 * they are, so that it takes seconds at most. `progress` (may be NULL) is started anew here.
 * GM_ENO when there is too little to learn from, GM_EINTERRUPTED, or as the segments and the
 * sink say; the sink is untouched after GM_ENO.
 */
int gm_lsa_train(struct gm_segment_sink *sink, struct gm_posting_segment *const *items,
	size_t n, const struct gm_bitmap *rows, struct gm_progress *progress);

/* How many memories there are to learn from. */
size_t gm_lsa_count(
	struct gm_posting_segment *const *items, size_t n, const struct gm_bitmap *rows);

/*
 * Map a model, or take over the bytes of one. GM_ENOTFOUND, or GM_EMISMATCH for what is no model
 * of ours or of another kind of machine. That its bytes are those that were written is for the
 * caller's checksum to say; those of a damaged one are never read out of bounds.
 */
int gm_lsa_open(struct gm_lsa **out, const char *path);
int gm_lsa_take(struct gm_lsa **out, struct gm_buf *bytes);
void gm_lsa_free(struct gm_lsa *lsa);
GM_DEFINE_CLEANUP(struct gm_lsa, gm_lsa_free)

/* Its id, of GM_LSA_MODEL_SIZE bytes; lent. */
const uint8_t *gm_lsa_model(const struct gm_lsa *lsa);
size_t gm_lsa_dims(const struct gm_lsa *lsa);

/* How many memories there were to learn from, sampled or not. */
size_t gm_lsa_learned(const struct gm_lsa *lsa);

/*
 * Whether to learn (anew) now that there are `n` memories to learn from: they are a quarter more,
 * or half as many, as they were. `lsa` may be NULL: whether they are enough.
 */
bool gm_lsa_due(const struct gm_lsa *lsa, size_t n);

/* Set the vectors of all rows of a segment that have a word we know. */
int gm_lsa_encode(struct gm_vector_builder *builder, const struct gm_lsa *lsa,
	const struct gm_posting_segment *segment);

/* A term of a query, as gm_analyse_query() gives them. */
struct gm_lsa_term {
	const char *text;
	size_t size;
	float weight; /* 1 usually */
};

/*
 * The vector of a query, of length 1, in `out` (gm_lsa_dims() numbers). Returns 1, or 0 when no
 * term is known; `out` is all zero then.
 */
int gm_lsa_encode_query(
	float *out, const struct gm_lsa *lsa, const struct gm_lsa_term *terms, size_t n);

#endif
