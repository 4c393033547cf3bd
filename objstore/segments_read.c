#include <string.h>

#include "objstore/segments.h"
#include "objstore/source.h"

/* The record a place in an index leads to must be the object that was looked for. */
static int copy_at(struct gm_copy *out, struct gm_segments *segments,
	const struct gm_oid *oid, uint64_t place)
{
	const struct gm_manifest_segment *what =
		gm_manifest_segment(&segments->manifest, gm_place_segment(place));
	struct gm_segment *segment = NULL;

	if (!what)
		return gm_error(GM_EMISMATCH,
			"an index names segment %llu, which the manifest does not",
			(unsigned long long)gm_place_segment(place));
	int rc = gm_segments_sealed(
		&segment, segments, (size_t)(what - segments->manifest.segments));
	if (rc == 0)
		rc = gm_segment_record(&out->record, segment, gm_place_offset(place));
	if (rc < 0)
		return rc;
	if (!gm_record_is_object(&out->record) ||
		memcmp(out->record.oid, oid->bytes, GM_OID_SIZE) != 0)
		return gm_error(GM_EMISMATCH, "an index leads to another object in '%s'",
			segment->path);
	out->segment_id = segment->id;
	out->offset = gm_place_offset(place);
	return 0;
}

static int try_tail(struct gm_segments *segments, const struct gm_oid *oid,
	gm_copy_fn each, void *payload)
{
	struct gm_copy copy;

	if (!segments->tail || !gm_tail_find(&copy.offset, segments->tail, oid))
		return GM_ENOTFOUND;
	int rc = gm_tail_record(&copy.record, segments->tail, copy.offset);
	copy.segment_id = segments->tail->id;
	return rc < 0 ? rc : each(segments, &copy, payload);
}

static int try_index(struct gm_segments *segments, size_t at, const struct gm_oid *oid,
	gm_copy_fn each, void *payload)
{
	struct gm_copy copy;
	uint32_t row;

	if (!segments->indexes[at] ||
		!gm_segment_index_find(&row, segments->indexes[at], oid))
		return GM_ENOTFOUND;
	int rc = copy_at(
		&copy, segments, oid, gm_segment_index_place(segments->indexes[at], row));
	return rc < 0 ? rc : each(segments, &copy, payload);
}

static int try_all(struct gm_segments *segments, const struct gm_oid *oid,
	gm_copy_fn each, void *payload)
{
	int result = try_tail(segments, oid, each, payload);

	for (size_t i = segments->manifest.n_indexes; i-- > 0;) {
		if (result == 0 || gm_source_is_final(result))
			break;
		int rc = try_index(segments, i, oid, each, payload);
		if (rc != GM_ENOTFOUND)
			result = rc;
	}
	return result;
}

/* Someone else may have written it meanwhile, or have moved it to other files. */
int gm_segments_try(struct gm_segments *segments, const struct gm_oid *oid,
	gm_copy_fn each, void *payload)
{
	int tries = 0;

	for (;;) {
		int result = try_all(segments, oid, each, payload);
		int again = gm_segments_retry(segments, result, &tries);
		if (again <= 0)
			return again < 0 ? again : result;
	}
}

static int take_copy(
	struct gm_segments *segments, const struct gm_copy *copy, void *payload)
{
	(void)segments;
	*(struct gm_copy *)payload = *copy;
	return 0;
}

int gm_segments_find(
	struct gm_copy *out, struct gm_segments *segments, const struct gm_oid *oid)
{
	return try_all(segments, oid, take_copy, out);
}

static int find_stored(struct gm_copy *out, void *payload, const struct gm_oid *oid)
{
	return gm_segments_find(out, payload, oid);
}

struct gm_base_finder gm_segments_finder(struct gm_segments *segments)
{
	return (struct gm_base_finder){find_stored, segments};
}

int gm_segments_decode_stored(
	struct gm_buf *out, struct gm_segments *segments, const struct gm_copy *copy)
{
	const struct gm_base_finder finder = gm_segments_finder(segments);

	return gm_segments_decode(out, segments, copy, &finder);
}

struct reading {
	const struct gm_oid *oid;
	struct gm_buf *out;
	enum gm_object_type type;
};

static int read_copy(
	struct gm_segments *segments, const struct gm_copy *copy, void *payload)
{
	struct reading *reading = payload;
	int rc = gm_segments_decode_stored(reading->out, segments, copy);

	reading->type = (enum gm_object_type)copy->record.class;
	return rc < 0 ? rc
		      : gm_object_verify(reading->oid, reading->type, reading->out->ptr,
				reading->out->size);
}

int gm_segments_read(struct gm_buf *out, enum gm_object_type *type_out,
	struct gm_segments *segments, const struct gm_oid *oid)
{
	struct reading reading = {oid, out, GM_OBJECT_NONE};
	int rc = gm_segments_try(segments, oid, read_copy, &reading);

	if (rc < 0)
		gm_buf_reset(out);
	else
		*type_out = reading.type;
	return rc;
}

int gm_segments_read_header(enum gm_object_type *type_out, size_t *size_out,
	struct gm_segments *segments, const struct gm_oid *oid)
{
	struct gm_copy copy;
	int rc = gm_segments_try(segments, oid, take_copy, &copy);

	if (rc < 0)
		return rc;
	*type_out = (enum gm_object_type)copy.record.class;
	*size_out = copy.record.raw_size;
	return 0;
}

int gm_segments_exists(struct gm_segments *segments, const struct gm_oid *oid)
{
	struct gm_copy copy;
	int rc = gm_segments_try(segments, oid, take_copy, &copy);

	if (rc == GM_ENOTFOUND)
		return 0;
	return rc < 0 ? rc : 1;
}
