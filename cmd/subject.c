/*
 * The subject of a commit that was given none: it counts, and holds no content, key or tag.
 */
#include <string.h>

#include "base/map.h"
#include "cmd/write.h"
#include "dag/path_rule.h"

#define N_TYPES 4
/* Beyond this reading every record would cost more than the subject is worth. */
#define MANY ((size_t)10000)

struct tally {
	size_t added[N_TYPES];
	size_t changed;
	size_t removed;
	size_t files;       /* that are no memories: added, changed or removed */
	struct gm_map gone; /* ids of removed files */
};

static int note_removed(
	struct tally *tally, struct gm_writer *writer, const struct gm_change *change)
{
	gm_autorecord record = GM_RECORD_INIT;
	uint8_t uuid[GM_UUID_SIZE];

	tally->removed++;
	if (gm_record_read(&record, gm_repo_store(writer->call->repo), &change->base) <
			0 ||
		!gm_uuid_parse(uuid, record.id, strlen(record.id)))
		return 0;
	return gm_map_put(&tally->gone, uuid, 1);
}

static void note_put(struct tally *tally, const struct gm_change *change)
{
	gm_autorecord record = GM_RECORD_INIT;
	uint8_t uuid[GM_UUID_SIZE];

	bool known = change->data &&
		gm_record_decode(&record, change->data, change->size) == 0 &&
		gm_uuid_parse(uuid, record.id, strlen(record.id));
	if (known && gm_map_get(NULL, &tally->gone, uuid)) {
		tally->removed--;
		tally->changed++;
	} else if (!gm_oid_is_zero(&change->base)) {
		tally->changed++;
	} else {
		tally->added[known ? record.type : GM_RECORD_SEMANTIC]++;
	}
}

static int put_count(struct gm_buf *out, const char *verb, size_t n, const char *type)
{
	if (!n)
		return 0;
	return gm_buf_printf(out, "%s%s %zu %s%s%s", out->size ? ", " : "", verb, n, type,
		*type ? " " : "", n == 1 ? "memory" : "memories");
}

static int tally_changes(struct tally *tally, struct gm_writer *writer,
	const struct gm_change *changes, size_t n)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++)
		if (!gm_path_may_be_record(changes[i].path))
			tally->files++;
		else if (gm_oid_is_zero(&changes[i].blob))
			rc = note_removed(tally, writer, &changes[i]);
	for (size_t i = 0; rc == 0 && i < n; i++)
		if (gm_path_may_be_record(changes[i].path) &&
			!gm_oid_is_zero(&changes[i].blob))
			note_put(tally, &changes[i]);
	return rc;
}

int gm_generated_subject(struct gm_buf *out, struct gm_writer *writer,
	const struct gm_change *changes, size_t n)
{
	struct tally tally = {.gone = GM_MAP_INIT(GM_UUID_SIZE)};
	int rc = 0;

	if (!n)
		return gm_buf_puts(out, "no changes");
	if (n > MANY)
		return put_count(out, "write", n, "");
	rc = tally_changes(&tally, writer, changes, n);
	gm_map_dispose(&tally.gone);
	for (int type = 0; rc == 0 && type < N_TYPES; type++)
		rc = put_count(out, "add", tally.added[type],
			gm_record_type_name((enum gm_record_type)type));
	if (rc == 0)
		rc = put_count(out, "change", tally.changed, "");
	if (rc == 0)
		rc = put_count(out, "remove", tally.removed, "");
	if (rc == 0 && tally.files)
		rc = gm_buf_printf(out, "%schange %zu %s", out->size ? ", " : "",
			tally.files, tally.files == 1 ? "file" : "files");
	return rc;
}
