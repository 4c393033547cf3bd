/*
 * Static embeddings in the model2vec format: a folder with tokenizer.json (tokens.h) and
 * model.safetensors (safetensors.h), also below 0_StaticEmbedding as sentence-transformers
 * writes it. The vector of a text is the mean of its pieces' rows in the tensor "embeddings"
 * ("embedding.weight"). Optional tensors: "mapping" names the row of an id, "weights" has a
 * factor for each id. As model2vec does, 512 pieces of a text count.
 */
#ifndef GM_INDEX_STATIC_MODEL_H
#define GM_INDEX_STATIC_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "crypto/hash.h"

struct gm_static_model;

/* Open the model of a folder. GM_ENOTFOUND, or GM_EINVALID with what is wrong with it. */
int gm_static_model_open(struct gm_static_model **out, const char *dir);
void gm_static_model_free(struct gm_static_model *model);
GM_DEFINE_CLEANUP(struct gm_static_model, gm_static_model_free)

size_t gm_static_model_dims(const struct gm_static_model *model);

/*
 * The vector of a text, gm_static_model_dims() numbers; zeros when it has no piece that is
 * known. Bytes that are no UTF-8 count as U+FFFD.
 */
int gm_static_model_encode(
	float *out, const struct gm_static_model *model, const char *text, size_t size);

/*
 * A name for what is in the model's files, of their checksums, without opening it: other files have
 * another one, but for who wants them to have the same.
 */
int gm_static_model_hash(uint8_t out[GM_SHA256_SIZE], const char *dir);

#endif
