/*
 * The digest of an index: equal ones answer every question alike. The same branches, indexed
 * anew and merged (gm_index_tidy()), have the same digest wherever the same build does it.
 */
#ifndef GM_INDEX_DIGEST_H
#define GM_INDEX_DIGEST_H

#include "crypto/hash.h"
#include "index/index.h"

/* SHA-256 over memories, segments, vectors and model, by rows. Reads every row. */
int gm_index_digest(uint8_t out[GM_SHA256_SIZE], struct gm_index *index);

#endif
