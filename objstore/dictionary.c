#define ZSTD_STATIC_LINKING_ONLY
#define ZDICT_STATIC_LINKING_ONLY

#include "objstore/dictionary.h"

#include <stdio.h>
#include <string.h>

#include <zdict.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/file.h"
#include "objstore/crc32c.h"
#include "objstore/segment_io.h"

#define FILE_MAX ((size_t)1 << 20)
#define SAMPLE_MAX ((size_t)64 << 10)
#define WINDOW_LOG_MAX 30

/* So many records are compressed in haste. */
#define HASTY_MAX 8

/* From here on matches far back are looked for in another way, or they would not be found. */
#define FAR_BACK ((size_t)128 << 10)

/* Of the trainer: tried on English text of the size of memories, one pass each. */
#define COVER_K 200
#define COVER_D 8
#define COVER_F 20

static const char private_record[] = "age-encryption.org/";

/* What compression looks matches up in. */
struct tables {
	void *space; /* in which the next one lies */
	const ZSTD_CDict *compress;
};

struct gm_dictionary {
	unsigned slot;
	struct gm_buf bytes;
	struct tables hasty;
	struct tables full;
	unsigned n_hasty; /* how often the first ones were used */
	ZSTD_DDict *decompress;
};

static void *zstd_alloc(void *opaque, size_t size)
{
	(void)opaque;
	return gm_malloc(size);
}

static void zstd_free(void *opaque, void *ptr)
{
	(void)opaque;
	gm_free(ptr);
}

static const ZSTD_customMem zstd_memory = {zstd_alloc, zstd_free, NULL};

int gm_dictionary_open(struct gm_dictionary **out, const char *dir,
	const struct gm_manifest_dictionary *what)
{
	gm_cleanup(gm_dictionary_free_p) struct gm_dictionary *dictionary =
		gm_calloc(1, sizeof(*dictionary));
	gm_autofree char *path = gm_path_join(dir, what->file);

	if (!dictionary || !path)
		return GM_ENOMEM;
	dictionary->bytes.max = FILE_MAX;
	dictionary->slot = what->slot;
	int rc = gm_file_read(&dictionary->bytes, path);
	if (rc < 0)
		return rc;
	if (gm_crc32c(0, dictionary->bytes.ptr, dictionary->bytes.size) != what->crc)
		return gm_error(
			GM_EMISMATCH, "'%s' is damaged, or another dictionary", path);
	*out = gm_steal(&dictionary);
	return 0;
}

void gm_dictionary_free(struct gm_dictionary *dictionary)
{
	if (!dictionary)
		return;
	gm_free(dictionary->hasty.space);
	gm_free(dictionary->full.space);
	(void)ZSTD_freeDDict(dictionary->decompress); /* cannot fail */
	gm_buf_dispose(&dictionary->bytes);
	gm_free(dictionary);
}

unsigned gm_dictionary_slot(const struct gm_dictionary *dictionary)
{
	return dictionary->slot;
}

bool gm_samples_full(const struct gm_samples *samples)
{
	return samples->n >= samples->max ||
		samples->bytes.size + SAMPLE_MAX > samples->bytes.max;
}

int gm_samples_add(struct gm_samples *samples, const void *data, size_t size)
{
	if (gm_samples_full(samples) || !size || size > SAMPLE_MAX ||
		(size >= sizeof(private_record) - 1 &&
			!memcmp(data, private_record, sizeof(private_record) - 1)))
		return 0;
	int rc = gm_grow(
		&samples->sizes, &samples->cap, samples->n + 1, sizeof(*samples->sizes));
	if (rc == 0)
		rc = gm_buf_put(&samples->bytes, data, size);
	if (rc == 0)
		samples->sizes[samples->n++] = size;
	return rc;
}

void gm_samples_dispose(struct gm_samples *samples)
{
	gm_buf_dispose(&samples->bytes);
	gm_free(samples->sizes);
	samples->sizes = NULL;
}

static void name_file(char out[GM_STORE_NAME_MAX], const void *bytes, size_t size)
{
	uint8_t digest[GM_SHA256_SIZE];
	struct gm_sha256 sha256;

	gm_sha256_init(&sha256);
	gm_sha256_update(&sha256, bytes, size);
	gm_sha256_final(digest, &sha256);
	(void)snprintf(out, GM_STORE_NAME_MAX, "dict-");
	for (size_t i = 0; i < 8; i++)
		(void)snprintf(out + 5 + 2 * i, 3, "%02x", digest[i]);
}

int gm_dictionary_check(const struct gm_dictionary *dictionary, const char *file)
{
	char name[GM_STORE_NAME_MAX];

	name_file(name, dictionary->bytes.ptr, dictionary->bytes.size);
	return strcmp(name, file)
		? gm_error(GM_EMISMATCH, "its contents are those of '%s'", name)
		: 0;
}

int gm_dictionary_train(struct gm_manifest_dictionary *out, const char *dir,
	enum gm_object_type class, const struct gm_samples *samples, size_t size)
{
	const ZDICT_fastCover_params_t params = {.k = COVER_K,
		.d = COVER_D,
		.f = COVER_F,
		.accel = 1,
		.zParams = {.compressionLevel = GM_ZSTD_LEVEL}};
	gm_autofree uint8_t *bytes = gm_malloc(size);

	if (!bytes)
		return GM_ENOMEM;
	if (samples->n < GM_DICTIONARY_SAMPLES_MIN)
		return GM_ENO;
	size_t found = ZDICT_trainFromBuffer_fastCover(bytes, size, samples->bytes.ptr,
		samples->sizes, (unsigned)samples->n, params);
	if (ZDICT_isError(found))
		return GM_ENO;
	*out = (struct gm_manifest_dictionary){
		.class = class, .crc = gm_crc32c(0, bytes, found)};
	name_file(out->file, bytes, found);
	return gm_write_store_file(dir, out->file, bytes, found, NULL);
}

void gm_codec_dispose(struct gm_codec *codec)
{
	(void)ZSTD_freeCCtx(codec->compressor);   /* cannot fail */
	(void)ZSTD_freeDCtx(codec->decompressor); /* cannot fail */
	codec->compressor = codec->decompressor = NULL;
}

static int failed(size_t code)
{
	if (ZSTD_getErrorCode(code) == ZSTD_error_memory_allocation)
		return gm_error(GM_ENOMEM, "out of memory");
	return gm_error(GM_ERROR, "cannot compress: %s", ZSTD_getErrorName(code));
}

/* In memory of ours: ZSTD_createCDict_advanced() of 1.5.4 dies where there is none. */
static int fill_tables(struct tables *out, const struct gm_buf *bytes, int level)
{
	const ZSTD_compressionParameters params =
		ZSTD_getCParams(level, ZSTD_CONTENTSIZE_UNKNOWN, bytes->size);
	size_t size =
		ZSTD_estimateCDictSize_advanced(bytes->size, params, ZSTD_dlm_byRef);

	if (out->compress)
		return 0;
	out->space = gm_malloc(size);
	if (!out->space)
		return GM_ENOMEM;
	out->compress = ZSTD_initStaticCDict(out->space, size, bytes->ptr, bytes->size,
		ZSTD_dlm_byRef, ZSTD_dct_auto, params);
	if (out->compress)
		return 0;
	gm_free(gm_steal(&out->space));
	return gm_error(GM_ERROR, "cannot use a dictionary for compression");
}

/*
 * To fill the tables of a level takes as long as to compress some twenty records with them. A
 * process that writes few makes do with those of the lowest level, which are a third of it.
 */
static int prepare_dictionary(
	const ZSTD_CDict **out, struct gm_dictionary *dictionary, int level)
{
	bool is_hasty = level == GM_ZSTD_LEVEL && dictionary->n_hasty < HASTY_MAX;
	struct tables *tables = is_hasty ? &dictionary->hasty : &dictionary->full;
	int rc = fill_tables(tables, &dictionary->bytes, is_hasty ? 1 : level);

	dictionary->n_hasty += is_hasty;
	*out = tables->compress;
	return rc;
}

/* The window must reach from the end of the contents to the beginning of the prefix. */
static int window_log(size_t size)
{
	int log = ZSTD_WINDOWLOG_MIN;

	while (log < WINDOW_LOG_MAX && size >> log)
		log++;
	return log;
}

static size_t set_prefix(
	ZSTD_CCtx *context, size_t size, const struct gm_codec_help *help)
{
	size_t all = size + help->prefix_size;
	size_t code = ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log(all));

	if (!ZSTD_isError(code) && all > FAR_BACK)
		code = ZSTD_CCtx_setParameter(
			context, ZSTD_c_enableLongDistanceMatching, 1);
	if (!ZSTD_isError(code))
		code = ZSTD_CCtx_refPrefix(context, help->prefix, help->prefix_size);
	return code;
}

static int set_up(
	ZSTD_CCtx *context, size_t size, int level, const struct gm_codec_help *help)
{
	const struct {
		ZSTD_cParameter parameter;
		int value;
	} settings[] = {{ZSTD_c_format, ZSTD_f_zstd1_magicless},
		{ZSTD_c_contentSizeFlag, 0}, {ZSTD_c_checksumFlag, 0},
		{ZSTD_c_dictIDFlag, 0}, {ZSTD_c_compressionLevel, level}};
	size_t code = ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters);

	for (size_t i = 0;
		!ZSTD_isError(code) && i < sizeof(settings) / sizeof(*settings); i++)
		code = ZSTD_CCtx_setParameter(
			context, settings[i].parameter, settings[i].value);
	if (!ZSTD_isError(code) && help->dictionary) {
		const ZSTD_CDict *tables;
		int rc = prepare_dictionary(&tables, help->dictionary, level);
		if (rc < 0)
			return rc;
		code = ZSTD_CCtx_refCDict(context, tables);
	} else if (!ZSTD_isError(code) && help->prefix) {
		code = set_prefix(context, size, help);
	}
	return ZSTD_isError(code) ? failed(code) : 0;
}

int gm_codec_compress(struct gm_buf *out, struct gm_codec *codec, const void *data,
	size_t size, size_t limit, int level, const struct gm_codec_help *help)
{
	if (!codec->compressor)
		codec->compressor = ZSTD_createCCtx_advanced(zstd_memory);
	if (!codec->compressor)
		return gm_error(GM_ENOMEM, "out of memory");
	int rc = set_up(codec->compressor, size, level, help);
	if (rc == 0)
		rc = gm_buf_reserve(out, limit);
	if (rc < 0)
		return rc;
	size_t n = ZSTD_compress2(
		codec->compressor, out->ptr + out->size, limit, data, size);
	if (ZSTD_isError(n))
		return ZSTD_getErrorCode(n) == ZSTD_error_dstSize_tooSmall ? GM_ENO
									   : failed(n);
	if (n >= limit)
		return GM_ENO;
	out->size += n;
	out->ptr[out->size] = '\0';
	return 0;
}

static int set_up_decompressor(ZSTD_DCtx *context, const struct gm_codec_help *help)
{
	size_t code = ZSTD_DCtx_reset(context, ZSTD_reset_session_and_parameters);

	if (!ZSTD_isError(code))
		code = ZSTD_DCtx_setParameter(
			context, ZSTD_d_format, ZSTD_f_zstd1_magicless);
	if (!ZSTD_isError(code))
		code = ZSTD_DCtx_setParameter(
			context, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	if (ZSTD_isError(code))
		return failed(code);
	if (help->dictionary && !help->dictionary->decompress) {
		help->dictionary->decompress = ZSTD_createDDict_advanced(
			help->dictionary->bytes.ptr, help->dictionary->bytes.size,
			ZSTD_dlm_byRef, ZSTD_dct_auto, zstd_memory);
		if (!help->dictionary->decompress)
			return gm_error(GM_ENOMEM, "out of memory");
	}
	if (help->dictionary)
		code = ZSTD_DCtx_refDDict(context, help->dictionary->decompress);
	else if (help->prefix)
		code = ZSTD_DCtx_refPrefix(context, help->prefix, help->prefix_size);
	return ZSTD_isError(code) ? failed(code) : 0;
}

int gm_codec_decompress(void *out, size_t size, struct gm_codec *codec, const void *data,
	size_t n, const struct gm_codec_help *help)
{
	if (!codec->decompressor)
		codec->decompressor = ZSTD_createDCtx_advanced(zstd_memory);
	if (!codec->decompressor)
		return gm_error(GM_ENOMEM, "out of memory");
	int rc = set_up_decompressor(codec->decompressor, help);
	if (rc < 0)
		return rc;
	size_t found = ZSTD_decompressDCtx(codec->decompressor, out, size, data, n);
	if (ZSTD_isError(found) &&
		ZSTD_getErrorCode(found) == ZSTD_error_memory_allocation)
		return gm_error(GM_ENOMEM, "out of memory");
	if (ZSTD_isError(found))
		return gm_error(GM_EMISMATCH, "its contents do not decompress: %s",
			ZSTD_getErrorName(found));
	if (found != size)
		return gm_error(
			GM_EMISMATCH, "it has %zu bytes instead of %zu", found, size);
	return 0;
}
