#include <string.h>

#include "objstore/segments.h"

/*
 * A copy and the bases behind it; the last one needs none, or is in the cache, or its own base
 * is at hand.
 */
struct chain {
	struct gm_copy links[GM_PREFIX_CHAIN_READ + 1];
	size_t n;
	const struct gm_cache_slot *cached; /* the last one */
	const struct gm_buf *near;          /* the base of the last one */
};

/* Segments are told apart by their random ids. */
#define KEY_SIZE (2 * sizeof(uint64_t))

static void make_key(uint8_t out[KEY_SIZE], const struct gm_copy *copy)
{
	memcpy(out, &copy->segment_id, sizeof(copy->segment_id));
	memcpy(out + sizeof(copy->segment_id), &copy->offset, sizeof(copy->offset));
}

static const struct gm_cache_slot *look_up(
	const struct gm_segments *segments, const struct gm_copy *copy)
{
	uint8_t key[KEY_SIZE];

	make_key(key, copy);
	return gm_cache_get(&segments->bases, key, sizeof(key));
}

static int find_base(struct gm_copy *out, const struct gm_record *record,
	const struct gm_base_finder *finder)
{
	char hex[GM_OID_HEX];
	struct gm_oid base;

	memcpy(base.bytes, record->base, GM_OID_SIZE);
	int rc = finder->find(out, finder->payload, &base);
	if (rc != GM_ENOTFOUND)
		return rc;
	gm_oid_format(hex, &base);
	return gm_error(GM_EMISMATCH, "its base '%s' is missing", hex);
}

void gm_segments_set_near(struct gm_segments *segments, const struct gm_oid *oid,
	const struct gm_buf *bytes)
{
	segments->near = oid ? *oid : gm_oid_zero;
	segments->near_bytes = oid ? bytes : NULL;
}

static bool is_near(const struct gm_segments *segments, const struct gm_record *record)
{
	return segments->near_bytes &&
		!memcmp(record->base, segments->near.bytes, GM_OID_SIZE);
}

static int follow(struct chain *chain, struct gm_segments *segments,
	const struct gm_base_finder *finder)
{
	for (;;) {
		const struct gm_copy *last = &chain->links[chain->n - 1];
		chain->cached = look_up(segments, last);
		if (chain->cached || last->record.encoding != GM_ENCODING_PREFIX)
			return 0;
		if (is_near(segments, &last->record)) {
			chain->near = segments->near_bytes;
			return 0;
		}
		if (chain->n > GM_PREFIX_CHAIN_READ)
			return gm_error(GM_EMISMATCH, "it stands on over %d bases",
				GM_PREFIX_CHAIN_READ);
		int rc = find_base(&chain->links[chain->n], &last->record, finder);
		if (rc < 0)
			return rc;
		chain->n++;
	}
}

static int expand(struct gm_buf *out, struct gm_segments *segments,
	const struct gm_record *record, const struct gm_codec_help *help)
{
	const uint8_t *payload = record->payload;
	size_t n = record->stored_size;
	struct gm_codec_help with = *help;

	if (record->encoding == GM_ENCODING_DICTIONARY) {
		if (!n)
			return gm_error(GM_EMISMATCH, "it is cut off");
		int rc =
			gm_segments_dictionary_at(&with.dictionary, segments, payload[0]);
		if (rc < 0)
			return rc;
		payload++;
		n--;
	}
	return gm_codec_decompress(
		out->ptr, record->raw_size, &segments->codec, payload, n, &with);
}

/* One link, whose base (if it has one) is decoded already. */
static int decode_link(struct gm_buf *out, struct gm_segments *segments,
	const struct gm_record *record, const void *base, size_t base_size)
{
	const struct gm_codec_help help = {NULL, base, base_size};
	int rc;

	gm_buf_reset(out);
	if (record->encoding == GM_ENCODING_RAW)
		return gm_buf_put(out, record->payload, record->stored_size);
	rc = gm_buf_reserve(out, record->raw_size);
	if (rc == 0)
		rc = expand(out, segments, record, &help);
	if (rc < 0)
		return rc;
	out->size = record->raw_size;
	out->ptr[out->size] = '\0';
	return 0;
}

/* Decode the link number `at` with the base in `base`, which the cache takes over. */
static int decode_next(struct gm_buf *out, struct gm_segments *segments,
	const struct chain *chain, size_t at, struct gm_buf *base)
{
	const struct gm_copy *below = &chain->links[at + 1];
	uint8_t key[KEY_SIZE];
	int rc = decode_link(out, segments, &chain->links[at].record,
		base->ptr ? base->ptr : "", base->size);

	make_key(key, below);
	gm_cache_put(&segments->bases, key, sizeof(key),
		(enum gm_object_type)below->record.class, base);
	return rc;
}

static int take_cached(struct gm_buf *out, const struct gm_cache_slot *cached)
{
	gm_buf_reset(out);
	return gm_buf_put(out, cached->data, cached->size);
}

int gm_segments_decode(struct gm_buf *out, struct gm_segments *segments,
	const struct gm_copy *copy, const struct gm_base_finder *finder)
{
	struct chain chain = {.links = {*copy}, .n = 1};
	gm_autobuf base = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	gm_autobuf next = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	int rc = follow(&chain, segments, finder);

	if (rc < 0)
		return rc;
	size_t at = chain.n - 1;
	if (chain.cached && at == 0)
		return take_cached(out, chain.cached);
	if (chain.cached) {
		at--;
		rc = decode_link(at ? &next : out, segments, &chain.links[at].record,
			chain.cached->data, chain.cached->size);
	} else if (chain.near) {
		rc = decode_link(at ? &next : out, segments, &chain.links[at].record,
			gm_buf_str(chain.near), chain.near->size);
	} else {
		rc = decode_link(
			at ? &next : out, segments, &chain.links[at].record, NULL, 0);
	}
	while (rc == 0 && at) {
		struct gm_buf swap = base;
		base = next;
		next = swap;
		at--;
		rc = decode_next(at ? &next : out, segments, &chain, at, &base);
	}
	return rc;
}

int gm_segments_depth(const struct gm_copy *copy, const struct gm_base_finder *finder)
{
	struct gm_copy at = *copy;
	int depth = 0;

	while (at.record.encoding == GM_ENCODING_PREFIX) {
		struct gm_copy below;
		if (++depth > GM_PREFIX_CHAIN_MAX ||
			find_base(&below, &at.record, finder) < 0)
			return -1;
		at = below;
	}
	return depth;
}
