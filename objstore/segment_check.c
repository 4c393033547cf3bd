#include "objstore/segment_check.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "objstore/segment_ref_table.h"
#include "objstore/source.h"

struct check {
	struct gm_segments *segments;
	gm_store_report_fn report;
	void *payload;
	const char *path; /* of the segment that is walked */
	uint64_t number;  /* its number; 0: the active one, which no index covers */
};

static int report(const struct check *check, const char *subject, const char *fault)
{
	return check->report(subject, fault, check->payload);
}

/* Errors end the check only when they are ours; the others are what it is for. */
static int report_error(const struct check *check, const char *subject, int rc)
{
	return rc == 0 || gm_source_is_final(rc)
		? rc
		: report(check, subject, gm_error_last()->message);
}

static int report_damage(uint64_t from, uint64_t to, void *payload)
{
	const struct check *check = payload;
	gm_autofree char *text = gm_format("it is damaged from byte %llu to %llu",
		(unsigned long long)from, (unsigned long long)to);

	return text ? report(check, check->path, text) : GM_ENOMEM;
}

static bool is_indexed(const struct check *check, const struct gm_oid *oid)
{
	for (size_t i = 0; i < check->segments->manifest.n_indexes; i++) {
		uint32_t at;
		if (check->segments->indexes[i] &&
			gm_segment_index_find(&at, check->segments->indexes[i], oid))
			return true;
	}
	return false;
}

static int check_record(const struct gm_record *record, uint64_t offset, void *payload)
{
	const struct check *check = payload;
	struct gm_ref_change change;
	gm_autobuf texts = GM_BUF_INIT(GM_BUF_TEXT);
	char hex[GM_OID_HEX];
	struct gm_oid oid;

	(void)offset;
	if (record->class == GM_RECORD_REF)
		return report_error(check, check->path,
			gm_ref_change_parse(
				&change, &texts, record->payload, record->stored_size));
	if (!gm_record_is_object(record) || !check->number)
		return 0;
	memcpy(oid.bytes, record->oid, GM_OID_SIZE);
	if (is_indexed(check, &oid))
		return 0;
	gm_oid_format(hex, &oid);
	gm_autofree char *text = gm_format("object '%s' is in no index", hex);
	return text ? report(check, check->path, text) : GM_ENOMEM;
}

static int check_behind(const struct check *check, const struct gm_segment *segment)
{
	struct stat st;

	if (stat(segment->path, &st) < 0)
		return report(check, segment->path, strerror(errno));
	if ((uint64_t)st.st_size == segment->size)
		return 0;
	gm_autofree char *text = gm_format("%llu bytes behind its end are ignored",
		(unsigned long long)st.st_size - segment->size);
	return text ? report(check, segment->path, text) : GM_ENOMEM;
}

static int check_sealed(struct check *check, size_t at)
{
	const struct gm_segment_walk walk = {check_record, report_damage, check};
	struct gm_segment *segment = NULL;
	char name[GM_STORE_NAME_MAX];
	int rc = gm_segments_sealed(&segment, check->segments, at);

	gm_store_file_name(name, "seg", check->segments->manifest.segments[at].number);
	if (rc < 0)
		return report_error(check, name, rc);
	check->path = segment->path;
	check->number = segment->number;
	if (segment->header_is_damaged)
		rc = report_damage(0, GM_SEGMENT_HEADER_SIZE, check);
	if (rc)
		return rc;
	rc = gm_segment_walk(
		segment->map, GM_SEGMENT_HEADER_SIZE, segment->size, segment->id, &walk);
	if (rc < 0)
		rc = report_error(check, segment->path, rc);
	return rc ? rc : check_behind(check, segment);
}

static int check_tail(struct check *check)
{
	const struct gm_tail *tail = check->segments->tail;
	int rc = 0;

	if (!tail)
		return 0;
	check->path = tail->path;
	check->number = 0;
	for (size_t i = 0; rc == 0 && i < tail->n_damage; i++)
		rc = report_damage(tail->damage[i].from, tail->damage[i].to, check);
	for (size_t i = 0; rc == 0 && i < tail->n_refs; i++) {
		struct gm_record record;
		rc = gm_tail_record(&record, tail, tail->refs[i]);
		if (rc == 0)
			rc = check_record(&record, tail->refs[i], check);
	}
	return rc;
}

/* In order, within bounds, and leading to records of the same name. */
static int check_entries(const struct check *check, const struct gm_segment_index *index)
{
	struct gm_index_entry before;
	struct gm_index_entry entry;
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < index->n; i++, before = entry) {
		struct gm_oid oid;
		uint32_t at;
		gm_segment_index_entry(&entry, index, i);
		oid = entry.oid;
		if ((i && gm_oid_compare(&before.oid, &entry.oid) >= 0) ||
			!gm_segment_index_find(&at, index, &oid) || at != i)
			return report(check, index->path, "its names are not in order");
		if (!gm_manifest_segment(
			    &check->segments->manifest, gm_place_segment(entry.place)))
			return report(check, index->path,
				"it names a segment that the manifest does not");
		rc = i % 1024 ? 0 : gm_interrupted();
	}
	return rc;
}

static int check_index(const struct check *check, size_t at)
{
	struct gm_segment_index *index = check->segments->indexes[at];
	int rc = 0;

	/* One that could not be opened is named by the error it gives. */
	if (!index) {
		const char *file = check->segments->manifest.indexes[at].file;
		rc = gm_segment_index_open(&index, check->segments->dir, file);
		gm_segment_index_free(rc == 0 ? index : NULL);
		return report_error(check, file, rc);
	}
	if (index->n != check->segments->manifest.indexes[at].n)
		rc = report(
			check, index->path, "it has not as many objects as it should");
	if (rc)
		return rc;
	index->checked = false;
	rc = gm_segment_index_check(index);
	return rc < 0 ? report_error(check, index->path, rc)
		      : check_entries(check, index);
}

static int check_changes(const struct check *check, const char *file, const char magic[8])
{
	gm_autobuf changes = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf texts = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_ref_change change;
	const uint8_t *bytes;
	size_t size;
	int rc = gm_change_file_read(&changes, check->segments->dir, file, magic);

	if (rc < 0 || !changes.size)
		return report_error(check, file, rc);
	const uint8_t *at = (const uint8_t *)changes.ptr;
	const uint8_t *end = at + changes.size;
	while (rc == 0 && at < end) {
		if (!gm_change_next(&bytes, &size, &at, end))
			return report(check, file, "it is broken");
		rc = gm_ref_change_parse(&change, &texts, bytes, size);
	}
	return report_error(check, file, rc);
}

static int check_dictionary(
	const struct check *check, const struct gm_manifest_dictionary *what)
{
	gm_cleanup(gm_dictionary_free_p) struct gm_dictionary *dictionary = NULL;
	int rc = gm_dictionary_open(&dictionary, check->segments->dir, what);

	return report_error(check, what->file, rc);
}

static int check_small_files(const struct check *check)
{
	const struct gm_manifest *manifest = &check->segments->manifest;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < manifest->n_dictionaries; i++)
		rc = check_dictionary(check, &manifest->dictionaries[i]);
	if (rc == 0 && *manifest->refs)
		rc = check_changes(check, manifest->refs, GM_REFS_MAGIC);
	for (size_t i = 0; rc == 0 && i < manifest->n_logs; i++)
		rc = check_changes(check, manifest->logs[i], GM_LOG_MAGIC);
	return rc;
}

/* The active segment is read anew: what it was before does not vouch for it. */
static int reread_tail(struct check *check)
{
	struct gm_segments *segments = check->segments;
	struct gm_tail *tail = NULL;
	char name[GM_STORE_NAME_MAX];
	int rc = gm_tail_open(&tail, segments->dir, segments->manifest.active,
		segments->manifest.active_id);

	if (rc < 0) {
		gm_store_file_name(name, "seg", segments->manifest.active);
		return report_error(check, name, rc);
	}
	gm_tail_free(segments->tail);
	segments->tail = tail;
	return 0;
}

int gm_segments_check(
	struct gm_segments *segments, gm_store_report_fn report_fn, void *payload)
{
	struct check check = {segments, report_fn, payload, NULL, 0};
	int rc = gm_segments_refresh(segments);

	if (rc < 0)
		return report_error(&check, segments->dir, rc);
	rc = reread_tail(&check);
	for (size_t i = 0; rc == 0 && i < segments->manifest.n_indexes; i++)
		rc = check_index(&check, i);
	for (size_t i = 0; rc == 0 && i < segments->manifest.n_segments; i++)
		rc = check_sealed(&check, i);
	if (rc == 0)
		rc = check_tail(&check);
	return rc ? rc : check_small_files(&check);
}
