#include "objstore/segment_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/interrupt.h"
#include "objstore/segment_refs.h"
#include "objstore/source.h"

/* How often to look again when the store has changed, and faults were found. */
#define TRIES_MAX 10

/* So much of what was found is held back, in bytes. */
#define HELD_MAX ((size_t)1 << 20)

int gm_segment_fault(
	const struct gm_segment_check *check, const char *subject, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args); /* cut when too long */
	va_end(args);
	return check->report(subject, text, check->payload);
}

int gm_segment_fault_error(
	const struct gm_segment_check *check, const char *subject, int rc)
{
	return rc == 0 || gm_source_is_final(rc)
		? rc
		: check->report(subject, gm_error_last()->message, check->payload);
}

/* The walk through one segment. */
struct walk {
	const struct gm_segment_check *check;
	const char *path;
	const uint8_t *bytes;
	uint64_t id;
	uint64_t number;
	bool is_active;  /* no index covers it */
	bool is_broken;  /* damage was told since the last group end */
	uint64_t *n_led; /* of each index, how many of its entries lead to a record */
};

static int report_damage(uint64_t from, uint64_t to, void *payload)
{
	struct walk *walk = payload;

	walk->is_broken = true;
	return gm_segment_fault(walk->check, walk->path,
		"it is damaged from byte %llu to %llu", (unsigned long long)from,
		(unsigned long long)to);
}

static int report_object(const struct walk *walk, const struct gm_record *record,
	uint64_t offset, const char *fault)
{
	char hex[GM_OID_HEX];
	struct gm_oid oid;

	memcpy(oid.bytes, record->oid, GM_OID_SIZE);
	gm_oid_format(hex, &oid);
	return gm_segment_fault(walk->check, walk->path, "object '%s', at byte %llu: %s",
		hex, (unsigned long long)offset, fault);
}

/* What the index says of the record must be what the record says of itself. */
static int check_entry(const struct walk *walk, const struct gm_record *record,
	uint64_t offset, const struct gm_index_entry *entry)
{
	if (!record->sha256 || !memcmp(record->sha256, entry->sha256, GM_SHA256_SIZE))
		return 0;
	return report_object(walk, record, offset,
		"its index has another SHA-256 name than its record");
}

/* Reading goes to the newest copy; of one that is not read the contents are looked at here. */
static int check_copy(
	const struct walk *walk, const struct gm_record *record, uint64_t offset)
{
	const struct gm_copy copy = {*record, walk->id, offset};
	gm_autobuf data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	struct gm_oid oid;

	memcpy(oid.bytes, record->oid, GM_OID_SIZE);
	int rc = gm_segments_decode_stored(&data, walk->check->segments, &copy);
	if (rc == 0)
		rc = gm_object_verify(
			&oid, (enum gm_object_type)record->class, data.ptr, data.size);
	if (rc == 0 || gm_source_is_final(rc))
		return rc;
	return report_object(walk, record, offset, gm_error_last()->message);
}

/* Whether reading the object leads to this record. */
static bool is_read_here(
	const struct walk *walk, const struct gm_oid *oid, uint64_t offset)
{
	struct gm_copy copy;

	return gm_segments_find(&copy, walk->check->segments, oid) == 0 &&
		copy.segment_id == walk->id && copy.offset == offset;
}

static int check_object(
	struct walk *walk, const struct gm_record *record, uint64_t offset)
{
	const struct gm_segments *segments = walk->check->segments;
	bool is_indexed = walk->is_active;
	struct gm_index_entry entry;
	struct gm_oid oid;
	uint32_t at;
	int rc = 0;

	memcpy(oid.bytes, record->oid, GM_OID_SIZE);
	for (size_t i = 0; rc == 0 && i < segments->manifest.n_indexes; i++) {
		if (!segments->indexes[i] ||
			!gm_segment_index_find(&at, segments->indexes[i], &oid))
			continue;
		is_indexed = true;
		gm_segment_index_entry(&entry, segments->indexes[i], at);
		if (entry.place != gm_place(walk->number, offset))
			continue;
		walk->n_led[i]++;
		rc = check_entry(walk, record, offset, &entry);
	}
	if (rc == 0 && !is_indexed)
		rc = report_object(walk, record, offset, "it is in no index");
	return rc == 0 && !is_read_here(walk, &oid, offset)
		? check_copy(walk, record, offset)
		: rc;
}

static int check_ref(const struct walk *walk, const struct gm_record *record)
{
	gm_autobuf texts = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_ref_change change;

	return gm_segment_fault_error(walk->check, walk->path,
		gm_ref_change_parse(
			&change, &texts, record->payload, record->stored_size));
}

/* A group is whole, or the damage in it was told. */
static int check_group(struct walk *walk, const struct gm_record *record, uint64_t offset)
{
	size_t size = gm_group_end_check(
		record, walk->bytes + offset, (size_t)offset - GM_SEGMENT_HEADER_SIZE);
	bool was_broken = walk->is_broken;

	walk->is_broken = false;
	return size || was_broken
		? 0
		: gm_segment_fault(walk->check, walk->path,
			  "the group that ends at byte %llu is not whole",
			  (unsigned long long)offset);
}

static int check_record(const struct gm_record *record, uint64_t offset, void *payload)
{
	struct walk *walk = payload;

	if (record->class == GM_RECORD_REF)
		return check_ref(walk, record);
	if (record->class == GM_RECORD_GROUP_END)
		return check_group(walk, record, offset);
	return gm_record_is_object(record) ? check_object(walk, record, offset) : 0;
}

static int walk_bytes(struct walk *walk, size_t size)
{
	const struct gm_segment_walk how = {check_record, report_damage, walk};
	int rc = gm_segment_walk(
		walk->bytes, GM_SEGMENT_HEADER_SIZE, size, walk->id, &how);

	return rc < 0 ? gm_segment_fault_error(walk->check, walk->path, rc) : rc;
}

static int check_sealed(const struct gm_segment_check *check, size_t at, uint64_t *n_led)
{
	struct gm_segment *segment = NULL;
	char name[GM_STORE_NAME_MAX];
	int rc = gm_segments_sealed(&segment, check->segments, at);

	gm_store_file_name(name, "seg", check->segments->manifest.segments[at].number);
	if (rc < 0)
		return gm_segment_fault_error(check, name, rc);
	struct walk walk = {.check = check,
		.path = segment->path,
		.bytes = segment->map,
		.id = segment->id,
		.number = segment->number,
		.n_led = n_led};
	if (segment->header_is_damaged)
		rc = report_damage(0, GM_SEGMENT_HEADER_SIZE, &walk);
	return rc ? rc : walk_bytes(&walk, segment->size);
}

/* Its damage was found when it was read; a group end that is broken is the last thing in it. */
static int check_tail(const struct gm_segment_check *check, uint64_t *n_led)
{
	struct gm_tail *tail = check->segments->tail;
	enum gm_tail_rest rest = GM_TAIL_CLEAN;

	if (!tail)
		return 0;
	struct walk walk = {.check = check,
		.path = tail->path,
		.bytes = (const uint8_t *)tail->bytes.ptr,
		.id = tail->id,
		.number = tail->number,
		.is_active = true,
		.n_led = n_led};
	int rc = 0;
	if (tail->n_damage && tail->damage[0].from < GM_SEGMENT_HEADER_SIZE)
		rc = report_damage(0, GM_SEGMENT_HEADER_SIZE, &walk);
	if (rc == 0)
		rc = walk_bytes(&walk, tail->bytes.size);
	if (rc == 0)
		rc = gm_segment_fault_error(
			check, tail->path, gm_tail_judge(&rest, tail));
	if (rc == 0 && rest == GM_TAIL_DAMAGED && !tail->n_damage)
		rc = gm_segment_fault(check, tail->path,
			"it is damaged behind its last whole group, which ends at byte "
			"%zu",
			tail->bytes.size);
	return rc;
}

static bool covers(const struct gm_manifest_index *line, uint64_t place)
{
	uint64_t number = gm_place_segment(place);

	return line->first <= number && number <= line->last;
}

/* In order by either name, within bounds, and of segments that there are. */
static int check_entries(const struct gm_segment_check *check,
	const struct gm_segment_index *index, const struct gm_manifest_index *line)
{
	struct gm_index_entry before, entry, ranked, ranked_before;
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < index->n;
		i++, before = entry, ranked_before = ranked) {
		uint32_t at;
		gm_segment_index_entry(&entry, index, i);
		gm_segment_index_entry(
			&ranked, index, gm_segment_index_by_sha256(index, i));
		if ((i && gm_oid_compare(&before.oid, &entry.oid) >= 0) ||
			!gm_segment_index_find(&at, index, &entry.oid) || at != i)
			return gm_segment_fault(
				check, index->path, "its names are not in order");
		if (i && memcmp(ranked_before.sha256, ranked.sha256, GM_SHA256_SIZE) > 0)
			return gm_segment_fault(
				check, index->path, "its SHA-256 names are not in order");
		if (!covers(line, entry.place) ||
			!gm_manifest_segment(&check->segments->manifest,
				gm_place_segment(entry.place)))
			return gm_segment_fault(check, index->path,
				"it names segment %llu, which it should not",
				(unsigned long long)gm_place_segment(entry.place));
		rc = i % 1024 ? 0 : gm_interrupted();
	}
	return rc;
}

static int check_index(const struct gm_segment_check *check, size_t at)
{
	const struct gm_manifest_index *line = &check->segments->manifest.indexes[at];
	struct gm_segment_index *index = check->segments->indexes[at];

	/* One that could not be opened is named by the error it gives. */
	if (!index) {
		int rc = gm_segment_index_open(&index, check->segments->dir, line->file);
		gm_segment_index_free(rc == 0 ? index : NULL);
		return gm_segment_fault_error(check, line->file, rc);
	}
	index->checked = false;
	int rc = gm_segment_index_check(index);
	if (rc < 0)
		return gm_segment_fault_error(check, index->path, rc);
	if (index->n != line->n)
		return gm_segment_fault(check, index->path,
			"it has %u objects instead of %llu", index->n,
			(unsigned long long)line->n);
	return check_entries(check, index, line);
}

static int check_led(const struct gm_segment_check *check, const uint64_t *n_led)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < check->segments->manifest.n_indexes; i++) {
		const struct gm_segment_index *index = check->segments->indexes[i];
		if (index && n_led[i] != index->n)
			rc = gm_segment_fault(check, index->path,
				"%llu of its %u entries lead to no sound record of "
				"theirs",
				(unsigned long long)(index->n - n_led[i]), index->n);
	}
	return rc;
}

static int check_segments(const struct gm_segment_check *check)
{
	const struct gm_manifest *manifest = &check->segments->manifest;
	gm_autofree uint64_t *n_led = gm_calloc(manifest->n_indexes + 1, sizeof(*n_led));
	int rc = n_led ? 0 : GM_ENOMEM;

	for (size_t i = 0; rc == 0 && i < manifest->n_indexes; i++)
		rc = check_index(check, i);
	for (size_t i = 0; rc == 0 && i < manifest->n_segments; i++)
		rc = check_sealed(check, i, n_led);
	if (rc == 0)
		rc = check_tail(check, n_led);
	return rc ? rc : check_led(check, n_led);
}

/* The active segment is read anew: what it was before does not vouch for it. */
static int reread_tail(const struct gm_segment_check *check)
{
	struct gm_segments *segments = check->segments;
	struct gm_tail *tail = NULL;
	char name[GM_STORE_NAME_MAX];
	int rc = gm_tail_open(&tail, segments->dir, segments->manifest.active,
		segments->manifest.active_id);

	if (rc < 0) {
		gm_store_file_name(name, "seg", segments->manifest.active);
		return gm_segment_fault_error(check, name, rc);
	}
	gm_tail_free(segments->tail);
	segments->tail = tail;
	return 0;
}

/* Faults that were found, until it is known that they are no work of gc. */
struct held {
	gm_store_report_fn report;
	void *payload;
	struct gm_buf texts; /* pairs of strings */
};

static int tell(struct held *held)
{
	const char *at = held->texts.ptr;
	const char *end = at + held->texts.size;
	int rc = 0;

	while (rc == 0 && at < end) {
		const char *fault = at + strlen(at) + 1;
		rc = held->report(at, fault, held->payload);
		at = fault + strlen(fault) + 1;
	}
	gm_buf_reset(&held->texts);
	return rc;
}

static int hold(const char *subject, const char *fault, void *payload)
{
	struct held *held = payload;
	int rc = held->texts.size < HELD_MAX ? 0 : tell(held);

	if (rc == 0)
		rc = gm_buf_put(&held->texts, subject, strlen(subject) + 1);
	return rc ? rc : gm_buf_put(&held->texts, fault, strlen(fault) + 1);
}

static int check_once(const struct gm_segment_check *check)
{
	int rc = gm_segments_refresh(check->segments);

	if (rc < 0)
		return gm_segment_fault_error(check, check->segments->dir, rc);
	rc = reread_tail(check);
	if (rc == 0)
		rc = check_segments(check);
	return rc ? rc : gm_segments_check_files(check);
}

/* What is missing may have been replaced meanwhile: that is no fault. */
int gm_segments_check(
	struct gm_segments *segments, gm_store_report_fn report, void *payload)
{
	struct held held = {report, payload, GM_BUF_INIT(GM_BUF_LARGE)};
	const struct gm_segment_check check = {segments, hold, &held};
	int rc = check_once(&check);

	for (int tries = 1; rc == 0 && tries < TRIES_MAX; tries++) {
		if (!held.texts.size || gm_segments_is_current(segments))
			break;
		gm_buf_reset(&held.texts);
		rc = check_once(&check);
	}
	if (rc == 0)
		rc = tell(&held);
	gm_buf_dispose(&held.texts);
	return rc;
}
