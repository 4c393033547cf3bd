#include "dag/merge_superseded.h"

#include <string.h>

#include "base/map.h"
#include "base/uuid.h"
#include "dag/record.h"

/* What is larger is no record (dag/record_diff.h), in bytes. */
#define MAX_BLOB ((size_t)32 << 20)

/* The sides of an entry, as bits. */
enum side {
	SIDE_OURS = 1 << 0,
	SIDE_THEIRS = 1 << 1,
};

struct noting {
	struct gm_tree_merge *merge;
	struct gm_batch *batch;
	struct gm_map entries; /* id -> index */
	struct gm_buf bytes;   /* of the blob read last */
};

static void dispose(struct noting *noting)
{
	gm_map_dispose(&noting->entries);
	gm_buf_dispose(&noting->bytes);
}

static int number_entries(struct noting *noting)
{
	uint8_t uuid[GM_UUID_SIZE];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < noting->merge->n; i++) {
		const char *id = noting->merge->entries[i].id;
		if (gm_uuid_parse(uuid, id, strlen(id)))
			rc = gm_map_put(&noting->entries, uuid, i);
	}
	return rc;
}

/*
 * Read the record of a blob, if it may supersede anything: 1, or 0 when it does not, or is no
 * record or damaged, which is for others to tell.
 */
static int read_superseding(
	struct gm_record *out, struct noting *noting, const struct gm_oid *blob)
{
	enum gm_object_type type;
	int rc = GM_ENOTFOUND;

	gm_buf_reset(&noting->bytes);
	if (!gm_oid_is_zero(blob))
		rc = gm_batch_read(&noting->bytes, &type, noting->batch, blob);
	if (rc == 0 && !strstr(gm_buf_str(&noting->bytes), "\nsupersedes:"))
		return 0;
	if (rc == 0)
		rc = gm_record_decode(
			out, gm_buf_str(&noting->bytes), noting->bytes.size);
	if (rc == GM_ENOMEM || rc == GM_EINTERRUPTED)
		return rc;
	return rc == 0;
}

/* On which sides, that have it at all, the memory of an entry supersedes the other one. */
static int find_sides(unsigned *out, struct noting *noting,
	const struct gm_merge_entry *entry, const char *id)
{
	const struct gm_oid *blobs[] = {&entry->ours, &entry->theirs};

	*out = 0;
	for (unsigned i = 0; i < 2; i++) {
		gm_autorecord record = GM_RECORD_INIT;
		int rc = read_superseding(&record, noting, blobs[i]);
		if (rc < 0)
			return rc;
		if (rc && gm_strv_contains(&record.supersedes, id))
			*out |= 1u << i;
	}
	return 0;
}

/* The sides that changed a memory, and did not remove it. */
static unsigned changing_sides(const struct gm_merge_entry *entry)
{
	unsigned sides = 0;

	if (!gm_oid_is_zero(&entry->ours) && !gm_oid_equal(&entry->ours, &entry->base))
		sides |= SIDE_OURS;
	if (!gm_oid_is_zero(&entry->theirs) &&
		!gm_oid_equal(&entry->theirs, &entry->base))
		sides |= SIDE_THEIRS;
	return sides;
}

static int add_note(struct gm_merge_entry *entry, const char *id)
{
	char *note = gm_format("%s%ssuperseded by %s, which knows nothing of this change",
		entry->note ? entry->note : "", entry->note ? "; " : "", id);

	if (!note)
		return GM_ENOMEM;
	gm_free(entry->note);
	entry->note = note;
	return 0;
}

/* Look at a memory that the merged record of an entry supersedes. */
static int note_one(
	struct noting *noting, const struct gm_merge_entry *entry, const char *id)
{
	uint8_t uuid[GM_UUID_SIZE];
	uint64_t at;
	unsigned superseding;

	if (!gm_uuid_parse(uuid, id, strlen(id)) ||
		!gm_map_get(&at, &noting->entries, uuid))
		return 0;
	struct gm_merge_entry *other = &noting->merge->entries[at];
	if (other == entry || gm_oid_is_zero(&other->merged))
		return 0;
	int rc = find_sides(&superseding, noting, entry, id);
	return rc < 0 || !(changing_sides(other) & ~superseding)
		? rc
		: add_note(other, entry->id);
}

int gm_merge_note_superseded(struct gm_tree_merge *merge, struct gm_batch *batch)
{
	gm_cleanup(dispose) struct noting noting = {.merge = merge,
		.batch = batch,
		.entries = GM_MAP_INIT(GM_UUID_SIZE),
		.bytes = GM_BUF_INIT(MAX_BLOB)};
	int rc = number_entries(&noting);

	for (size_t i = 0; rc == 0 && i < merge->n; i++) {
		gm_autorecord record = GM_RECORD_INIT;
		if (!*merge->entries[i].id)
			continue;
		rc = read_superseding(&record, &noting, &merge->entries[i].merged);
		for (size_t k = 0; rc > 0 && k < record.supersedes.n; k++) {
			int noted = note_one(
				&noting, &merge->entries[i], record.supersedes.items[k]);
			rc = noted < 0 ? noted : rc;
		}
		rc = rc > 0 ? 0 : rc;
	}
	return rc;
}
