/*
 * Compression by zstd, and its dictionaries: files that never change, named by their hash.
 *
 * Dictionaries hold pieces of what they were trained on, word for word; private records (age
 * files) are no samples. The only place that knows zstd.
 */
#ifndef GM_OBJSTORE_DICTIONARY_H
#define GM_OBJSTORE_DICTIONARY_H

#include "objstore/manifest.h"

/* Levels and sizes for writers; gc takes its time. */
#define GM_ZSTD_LEVEL 3
#define GM_DICTIONARY_SIZE ((size_t)32 << 10)

/*
 * From this slot on they are those of gc, which are too large for who writes one object. Writers
 * use the latest before.
 */
#define GM_DICTIONARY_SLOT_GC 128

/* How many samples are enough, and how many are taken at most. */
#define GM_DICTIONARY_SAMPLES_MIN 300
#define GM_DICTIONARY_SAMPLES_MAX 2000
#define GM_DICTIONARY_SAMPLES_BYTES ((size_t)2 << 20)

struct gm_dictionary;

/* Read `DIR/FILE`. GM_ENOTFOUND, or GM_EMISMATCH when it is not what the manifest says. */
int gm_dictionary_open(struct gm_dictionary **out, const char *dir,
	const struct gm_manifest_dictionary *what);
void gm_dictionary_free(struct gm_dictionary *dictionary);
GM_DEFINE_CLEANUP(struct gm_dictionary, gm_dictionary_free)

/* GM_EMISMATCH when `file` is not the name that its contents give. */
int gm_dictionary_check(const struct gm_dictionary *dictionary, const char *file);

unsigned gm_dictionary_slot(const struct gm_dictionary *dictionary);

/* Contents to learn from. */
struct gm_samples {
	struct gm_buf bytes;
	size_t *sizes;
	size_t n;
	size_t cap;
	size_t max; /* of `n` */
};

#define GM_SAMPLES_INIT                                                           \
	{                                                                         \
		.bytes = GM_BUF_INIT(GM_DICTIONARY_SAMPLES_BYTES), .sizes = NULL, \
		.n = 0, .cap = 0, .max = GM_DICTIONARY_SAMPLES_MAX                \
	}

/* Private and very large ones, and those too many, are left out. */
int gm_samples_add(struct gm_samples *samples, const void *data, size_t size);
bool gm_samples_full(const struct gm_samples *samples);
void gm_samples_dispose(struct gm_samples *samples);

/*
 * Train a dictionary of at most `size` bytes and write it to `dir`, flushed, but not its name
 * (the folder). Fills in all but the slot. GM_ENO, without a message, when nothing comes of it.
 */
int gm_dictionary_train(struct gm_manifest_dictionary *out, const char *dir,
	enum gm_object_type class, const struct gm_samples *samples, size_t size);

/* The contexts of zstd, made at their first use. */
struct gm_codec {
	void *compressor;
	void *decompressor;
};

void gm_codec_dispose(struct gm_codec *codec);

/* What helps: a dictionary, or other bytes, or neither. */
struct gm_codec_help {
	struct gm_dictionary *dictionary;
	const void *prefix; /* NULL when there is none */
	size_t prefix_size;
};

/*
 * Append the compressed bytes to `out` if they are fewer than `limit`; else GM_ENO, without a
 * message.
 */
int gm_codec_compress(struct gm_buf *out, struct gm_codec *codec, const void *data,
	size_t size, size_t limit, int level, const struct gm_codec_help *help);

/* Fill exactly `size` bytes; GM_EMISMATCH when that is not what comes out. */
int gm_codec_decompress(void *out, size_t size, struct gm_codec *codec, const void *data,
	size_t n, const struct gm_codec_help *help);

#endif
