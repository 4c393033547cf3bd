#include <string.h>

#include "objstore/segments_write.h"

/* Less than this is not worth trying. */
#define COMPRESS_MIN 32

/* The best way so far. */
struct best {
	unsigned encoding;
	size_t cost; /* of payload and base */
	struct gm_buf payload;
};

/* Try one way and keep it when it is smaller. */
static int attempt(struct best *best, struct gm_segments *segments, unsigned encoding,
	const struct gm_new_object *object, int level, const struct gm_codec_help *help)
{
	size_t extra = encoding == GM_ENCODING_PREFIX ? GM_OID_SIZE : 0;
	gm_autobuf payload = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	int rc = 0;

	if (best->cost <= extra + 1)
		return 0;
	if (encoding == GM_ENCODING_DICTIONARY)
		rc = gm_buf_putc(&payload, (char)gm_dictionary_slot(help->dictionary));
	if (rc == 0)
		rc = gm_codec_compress(&payload, &segments->codec, object->data,
			object->size, best->cost - extra - payload.size, level, help);
	if (rc < 0)
		return rc == GM_ENO ? 0 : rc;
	gm_buf_dispose(&best->payload);
	best->payload = payload;
	payload = (struct gm_buf)GM_BUF_INIT(0);
	best->encoding = encoding;
	best->cost = best->payload.size + extra;
	return 0;
}

/* That of writers; one that is broken is for fsck to name, and must not keep anyone from it. */
static int find_dictionary(struct gm_dictionary **out, struct gm_segments *segments,
	enum gm_object_type type, const struct gm_effort *effort)
{
	int rc = 0;

	if (effort)
		*out = effort->dictionaries[type];
	else
		rc = gm_segments_dictionary(out, segments, type);
	if (rc < 0)
		*out = NULL;
	return rc == GM_EMISMATCH ? 0 : rc;
}

static int attempt_alone(struct best *best, struct gm_segments *segments,
	const struct gm_new_object *object, const struct gm_effort *effort)
{
	struct gm_codec_help help = {NULL, NULL, 0};
	int rc = find_dictionary(&help.dictionary, segments, object->type, effort);

	if (rc < 0)
		return rc;
	return attempt(best, segments,
		help.dictionary ? GM_ENCODING_DICTIONARY : GM_ENCODING_ZSTD, object,
		effort ? effort->level : GM_ZSTD_LEVEL, &help);
}

static int choose(struct best *best, struct gm_segments *segments,
	const struct gm_new_object *object, const struct gm_new_base *base,
	const struct gm_effort *effort)
{
	int rc = 0;

	if (object->size < COMPRESS_MIN)
		return 0;
	if (base && base->depth >= 0 && base->depth < GM_PREFIX_CHAIN_MAX && base->size) {
		const struct gm_codec_help help = {NULL, base->data, base->size};
		rc = attempt(best, segments, GM_ENCODING_PREFIX, object,
			effort ? effort->level : GM_ZSTD_LEVEL, &help);
		/* A tree that changed little is not to be had for less. */
		if (rc < 0 || best->cost < object->size / 4)
			return rc;
	}
	return attempt_alone(best, segments, object, effort);
}

int gm_segments_encode(struct gm_buf *out, int *depth_out, struct gm_segments *segments,
	const struct gm_new_object *object, const struct gm_new_base *base)
{
	return gm_segments_encode_with(out, depth_out, segments, object, base, NULL);
}

int gm_segments_encode_with(struct gm_buf *out, int *depth_out,
	struct gm_segments *segments, const struct gm_new_object *object,
	const struct gm_new_base *base, const struct gm_effort *effort)
{
	struct best best = {.encoding = GM_ENCODING_RAW,
		.cost = object->size,
		.payload = GM_BUF_INIT(GM_OBJECT_MAX_SIZE)};
	int rc = choose(&best, segments, object, base, effort);
	bool raw = best.encoding == GM_ENCODING_RAW;
	bool prefix = best.encoding == GM_ENCODING_PREFIX;
	/* What gc writes always has an index beside it, which knows the name. */
	bool has_name = !effort && object->type != GM_OBJECT_BLOB;
	const struct gm_record record = {.class = object->type,
		.encoding = best.encoding,
		.raw_size = object->size,
		.stored_size = raw ? object->size : best.payload.size,
		.oid = object->oid.bytes,
		.base = prefix ? base->oid->bytes : NULL,
		.sha256 = has_name ? object->sha256 : NULL,
		.payload = raw ? object->data : (const uint8_t *)best.payload.ptr};

	if (rc == 0)
		rc = gm_record_put(out, &record);
	if (rc == 0)
		*depth_out = prefix ? base->depth + 1 : 0;
	gm_buf_dispose(&best.payload);
	return rc;
}
