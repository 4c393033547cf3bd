#include <string.h>

#include "objstore/segments_write.h"

/* More are not remembered at a time: some segments' worth. */
#define NAMES_MAX ((size_t)1 << 16)

static void forget_names(struct gm_segments *segments)
{
	gm_map_dispose(&segments->names);
	segments->n_names = 0;
}

int gm_segments_remember_name(struct gm_segments *segments, const struct gm_oid *oid,
	const uint8_t name[GM_SHA256_SIZE])
{
	if (segments->n_names >= NAMES_MAX)
		forget_names(segments);
	int rc = gm_grow(&segments->name_list, &segments->cap_names,
		segments->n_names + 1, sizeof(*segments->name_list));

	if (rc == 0)
		rc = gm_map_put(&segments->names, oid->bytes, segments->n_names);
	if (rc == 0)
		memcpy(segments->name_list[segments->n_names++], name, GM_SHA256_SIZE);
	return rc;
}

static bool is_known(const uint8_t name[GM_SHA256_SIZE])
{
	static const uint8_t zeros[GM_SHA256_SIZE];

	return memcmp(name, zeros, GM_SHA256_SIZE) != 0;
}

/* A blob's name is that of its contents: no record keeps it. */
static int name_blob(uint8_t out[GM_SHA256_SIZE], struct gm_segments *segments,
	const struct gm_copy *copy, const struct gm_oid *oid)
{
	gm_autobuf data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	int rc = gm_segments_decode_stored(&data, segments, copy);

	if (rc == 0)
		rc = gm_object_verify(oid, GM_OBJECT_BLOB, data.ptr, data.size);
	if (rc < 0)
		return rc;
	gm_object_hash_sha256(out, GM_OBJECT_BLOB, data.ptr, data.size);
	return gm_segments_remember_name(segments, oid, out);
}

static int name_in_tail(uint8_t out[GM_SHA256_SIZE], struct gm_segments *segments,
	const struct gm_oid *oid)
{
	struct gm_copy copy;

	if (!segments->tail || !gm_tail_find(&copy.offset, segments->tail, oid))
		return GM_ENOTFOUND;
	int rc = gm_tail_record(&copy.record, segments->tail, copy.offset);
	if (rc < 0)
		return rc;
	copy.segment_id = segments->tail->id;
	if (copy.record.class == GM_OBJECT_BLOB)
		return name_blob(out, segments, &copy, oid);
	if (!copy.record.sha256)
		return GM_ENOTFOUND;
	memcpy(out, copy.record.sha256, GM_SHA256_SIZE);
	return 0;
}

int gm_segments_sha256_now(uint8_t out[GM_SHA256_SIZE], struct gm_segments *segments,
	const struct gm_oid *oid)
{
	struct gm_index_entry entry;
	uint64_t at;
	uint32_t row;

	if (gm_map_get(&at, &segments->names, oid->bytes)) {
		memcpy(out, segments->name_list[at], GM_SHA256_SIZE);
		return 0;
	}
	int rc = name_in_tail(out, segments, oid);
	if (rc != GM_ENOTFOUND)
		return rc;
	for (size_t i = segments->manifest.n_indexes; i-- > 0;) {
		if (!segments->indexes[i] ||
			!gm_segment_index_find(&row, segments->indexes[i], oid))
			continue;
		gm_segment_index_entry(&entry, segments->indexes[i], row);
		if (!is_known(entry.sha256))
			continue;
		memcpy(out, entry.sha256, GM_SHA256_SIZE);
		return 0;
	}
	return GM_ENOTFOUND;
}

int gm_segments_sha256(uint8_t out[GM_SHA256_SIZE], struct gm_segments *segments,
	const struct gm_oid *oid)
{
	int tries = 0;

	for (;;) {
		int rc = gm_segments_sha256_now(out, segments, oid);
		/* One that is not known is asked for often, and no news. */
		int again =
			rc == GM_ENOTFOUND ? 0 : gm_segments_retry(segments, rc, &tries);
		if (again <= 0)
			return again < 0 ? again : rc;
	}
}
