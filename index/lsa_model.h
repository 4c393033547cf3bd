/*
 * The file of a model. Behind the header stand, for each term in the order of their hashes: its
 * hash (FNV-1a, 64 bits), what its code is multiplied by, and its code, numbers from -8 to 7 as
 * gm_dense's add_nibbles() takes them. Byte order is that of the machine.
 */
#ifndef GM_INDEX_LSA_MODEL_H
#define GM_INDEX_LSA_MODEL_H

#include "base/mapping.h"
#include "index/dense.h"
#include "index/lsa.h"
#include "index/segment_sink.h"

struct gm_lsa {
	const uint64_t *hashes;
	const float *factors;
	const uint8_t *codes;
	size_t n_terms;
	size_t dims;
	size_t learned;
	uint8_t id[GM_LSA_MODEL_SIZE];
	const struct gm_dense *dense;
	struct gm_mapping mapping;
	struct gm_buf bytes; /* instead of `mapping` */
	bool mapped;
};

#define GM_LSA_UNKNOWN UINT32_MAX

/* Point into a model's bytes, which the caller keeps; GM_EMISMATCH, without a message. */
int gm_lsa_set_bytes(struct gm_lsa *lsa, const void *bytes, size_t size);

/* What names a term in a model. */
uint64_t gm_lsa_hash(const char *text, size_t size);

/* The number of a term, GM_LSA_UNKNOWN when the model does not have it. */
uint32_t gm_lsa_find(const struct gm_lsa *lsa, const char *text, size_t size);

/* sum += weight * the term's direction, which has its own weight in it. */
void gm_lsa_add(float *sum, const struct gm_lsa *lsa, uint32_t term, float weight);

/* What was learned, by terms in any order. */
struct gm_lsa_learned {
	const uint64_t *hashes;
	const float *weights;
	const float *directions; /* n_terms x dims */
	size_t n_terms;
	size_t dims;
	size_t learned; /* memories there were to learn from */
};

/* Write a model and finish the sink. As the sink fails, or GM_ENOMEM. */
int gm_lsa_write(struct gm_segment_sink *sink, const struct gm_lsa_learned *learned);

#endif
