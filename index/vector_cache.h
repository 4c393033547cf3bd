/*
 * The cache of vectors: those that an embedding made which is not ours, by model and blob. It is a
 * SQLite database beside the index, `*.embeddings`, because it outlives the index: what took
 * money or minutes to make is not made again because segments were merged or the index was
 * made anew. Vectors are kept with 16 bits for each number, and a checksum.
 *
 * Like the index it is derived. One that is damaged is thrown away; where there can be no file
 * it is kept in memory.
 */
#ifndef GM_INDEX_VECTOR_CACHE_H
#define GM_INDEX_VECTOR_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "index/embedding.h"
#include "objstore/store.h"

struct gm_vector_cache;

/* Open the cache in the folder `dir` (NULL: one in memory) for the vectors of a model. */
int gm_vector_cache_open(struct gm_vector_cache **out, const char *dir,
	const uint8_t model[GM_EMBEDDING_MODEL_SIZE]);
void gm_vector_cache_free(struct gm_vector_cache *cache);
GM_DEFINE_CLEANUP(struct gm_vector_cache, gm_vector_cache_free)

/* Numbers in a vector of the model; 0: not known yet. */
size_t gm_vector_cache_dims(const struct gm_vector_cache *cache);

/*
 * The vector of a blob: 1 with gm_vector_cache_dims() numbers in `out` (NULL: not wanted), 0 when
 * it was not made yet, GM_VECTOR_CACHE_NONE when the model has none for it.
 */
#define GM_VECTOR_CACHE_NONE 2
int gm_vector_cache_get(
	float *out, struct gm_vector_cache *cache, const struct gm_oid *blob);

/*
 * Keep the vectors of `n` blobs, `dims` numbers each one after the other; zeros: the model has
 * none. GM_EMODIFIED when the vectors that are there have other dimensions, GM_EINVALID when there
 * can be no such ones.
 */
int gm_vector_cache_put(struct gm_vector_cache *cache, const struct gm_oid *blobs,
	const float *vectors, size_t n, size_t dims);

/*
 * Up to which row of an index of this generation all vectors are there: a mark, so that who
 * comes next need not look for them. 0: none is known.
 */
int64_t gm_vector_cache_mark(const struct gm_vector_cache *cache, int64_t generation);
int gm_vector_cache_set_mark(
	struct gm_vector_cache *cache, int64_t generation, int64_t row);

/*
 * That nobody answered, until when (gm_time) that is not to be tried again, and why; "" for `why`:
 * it is fine again. gm_vector_cache_away() is true before that time.
 */
bool gm_vector_cache_away(
	char why[512], const struct gm_vector_cache *cache, int64_t now);
int gm_vector_cache_set_away(
	struct gm_vector_cache *cache, int64_t until, const char *why);

/* Drop the vectors of all other models: those of this one are complete. */
int gm_vector_cache_keep_only(struct gm_vector_cache *cache);

/*
 * Forget the vectors, of any model, of blobs that the store no longer has, so that no byte of them
 * is left in the file. Does nothing when there is no cache in `dir`. GM_ELOCKED when others are in
 * the way: it is to be tried again then.
 */
int gm_vector_cache_forget(const char *dir, struct gm_store *store);

#endif
