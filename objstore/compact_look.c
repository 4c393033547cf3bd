#include <string.h>

#include "objstore/compact_internal.h"
#include "objstore/segment_refs.h"

/*
 * What was written since the snapshot says what else must live: where refs lead, objects that
 * are used again, and those that new ones stand on.
 */

static int add_id(struct gm_compact_ids *ids, const struct gm_oid *oid)
{
	int rc = gm_grow(&ids->items, &ids->cap, ids->n + 1, sizeof(*ids->items));

	if (rc == 0)
		ids->items[ids->n++] = *oid;
	return rc;
}

int gm_compact_rescue(struct gm_compact *compact, const struct gm_oid *oid)
{
	uint64_t going = 0;

	if (!gm_map_get(&going, &compact->going, oid->bytes) || !going)
		return 0;
	int rc = add_id(&compact->rescued, oid);
	return rc < 0 ? rc : gm_map_put(&compact->going, oid->bytes, 0);
}

static int look_at_ref(struct gm_compact *compact, const struct gm_record *record)
{
	gm_autobuf texts = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_ref_change change;
	int rc = gm_ref_change_parse(
		&change, &texts, record->payload, record->stored_size);

	if (rc == 0 && !gm_oid_is_zero(&change.old_oid))
		rc = add_id(&compact->fresh, &change.old_oid);
	if (rc == 0 && !gm_oid_is_zero(&change.new_oid))
		rc = add_id(&compact->fresh, &change.new_oid);
	return rc;
}

static bool is_packed(const struct gm_compact *compact, const struct gm_oid *oid)
{
	const struct gm_segments *segments = compact->segments;
	const struct gm_manifest *snapshot = &compact->snapshot;
	uint32_t row;

	for (size_t i = 0; i < segments->manifest.n_indexes; i++)
		for (size_t k = 0; k < snapshot->n_indexes; k++)
			if (segments->indexes[i] &&
				!strcmp(segments->indexes[i]->file,
					snapshot->indexes[k].file) &&
				gm_segment_index_find(&row, segments->indexes[i], oid))
				return true;
	return false;
}

/*
 * What stands on another object in a segment that was written while it was packed: that object
 * may now stand on it, and neither could be read.
 */
static int check_circle(const struct gm_compact *compact, const struct gm_record *record)
{
	struct gm_oid oid;

	if (!record->base || !gm_record_is_object(record))
		return 0;
	memcpy(oid.bytes, record->oid, GM_OID_SIZE);
	return is_packed(compact, &oid)
		? gm_error(GM_EMODIFIED,
			  "what is packed was written by someone else; try again")
		: 0;
}

static int look_at_record(const struct gm_record *record, uint64_t offset, void *payload)
{
	struct gm_compact *compact = payload;
	const uint8_t *used =
		record->class == GM_RECORD_FRESHEN ? record->oid : record->base;
	struct gm_oid oid;

	(void)offset;
	if (record->class == GM_RECORD_REF)
		return look_at_ref(compact, record);
	if (!used)
		return 0;
	int rc = check_circle(compact, record);
	memcpy(oid.bytes, used, GM_OID_SIZE);
	return rc < 0 ? rc : gm_compact_rescue(compact, &oid);
}

static bool is_of_snapshot(
	const struct gm_compact *compact, const struct gm_manifest_segment *line)
{
	const struct gm_manifest_segment *old =
		gm_manifest_segment(&compact->snapshot, line->number);

	return old && old->id == line->id;
}

static int look_at_sealed(struct gm_compact *compact, size_t at)
{
	const struct gm_segment_walk walk = {look_at_record, NULL, compact};
	const struct gm_manifest_segment *line =
		&compact->segments->manifest.segments[at];
	struct gm_segment *segment = NULL;
	uint64_t id = line->id;

	if (is_of_snapshot(compact, line) || gm_map_get(NULL, &compact->seen, &id))
		return 0;
	int rc = gm_segments_sealed(&segment, compact->segments, at);
	if (rc == 0)
		rc = gm_segment_walk(
			segment->map, GM_SEGMENT_HEADER_SIZE, segment->size, id, &walk);
	return rc < 0 ? rc : gm_map_put(&compact->seen, &id, 0);
}

static int look_at_tail(struct gm_compact *compact)
{
	const struct gm_segment_walk walk = {look_at_record, NULL, compact};
	const struct gm_tail *tail = compact->segments->tail;

	if (!tail)
		return gm_segments_fault(compact->segments);
	if (tail->id != compact->tail_id || tail->bytes.size < compact->tail_at)
		compact->tail_at = GM_SEGMENT_HEADER_SIZE;
	compact->tail_id = tail->id;
	int rc = gm_segment_walk((const uint8_t *)tail->bytes.ptr, compact->tail_at,
		tail->bytes.size, tail->id, &walk);
	if (rc == 0)
		compact->tail_at = tail->bytes.size;
	return rc;
}

int gm_compact_look(struct gm_compact *compact)
{
	struct gm_compact_ids *fresh = &compact->fresh;
	int rc = 0;

	compact->generation = compact->segments->manifest.generation;
	for (size_t i = 0; rc == 0 && i < compact->segments->manifest.n_segments; i++)
		rc = look_at_sealed(compact, i);
	if (rc == 0)
		rc = look_at_tail(compact);
	/* Without anything that goes away it does not matter what refs lead to. */
	if (rc == 0 && fresh->n && compact->going.n)
		rc = compact->live.more(fresh->items, fresh->n, compact->live.payload);
	fresh->n = 0;
	return rc;
}
