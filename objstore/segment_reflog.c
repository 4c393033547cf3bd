#include <string.h>

#include "objstore/segment_ref_table.h"

#define LOG_MAX ((size_t)256 << 20)
#define RETRIES_MAX 10

/* As of now: a file that has gone is explained by a newer manifest. */
static int current_table(const struct gm_ref_table **out, struct gm_segments *segments)
{
	int rc = 0;

	for (int tries = 0; tries < RETRIES_MAX; tries++) {
		rc = gm_segments_refresh(segments);
		if (rc >= 0)
			rc = gm_ref_table_get(out, segments);
		if (rc != GM_ENOTFOUND)
			return rc;
	}
	return gm_error(GM_EMISMATCH, "%s", gm_error_last()->message);
}

int gm_segment_ref_read(
	struct gm_ref_value *out, struct gm_segments *segments, const char *name)
{
	const struct gm_ref_table *table = NULL;
	int rc = current_table(&table, segments);

	if (rc < 0)
		return rc;
	size_t at = gm_ref_table_lower_bound(table, name);
	if (at == table->n || strcmp(table->rows[at].name, name) != 0)
		return GM_ENOTFOUND;
	*out = (struct gm_ref_value){table->rows[at].oid, table->rows[at].target};
	return 0;
}

/* The callback may do what changes the table: it walks through a copy. */
static int copy_rows(
	struct gm_buf *out, const struct gm_ref_table *table, const char *prefix)
{
	size_t size = strlen(prefix);
	int rc = 0;

	for (size_t at = gm_ref_table_lower_bound(table, prefix);
		rc == 0 && at < table->n && !strncmp(table->rows[at].name, prefix, size);
		at++) {
		const struct gm_ref_change change = {.name = table->rows[at].name,
			.new_oid = table->rows[at].oid,
			.target = table->rows[at].target};
		rc = gm_change_append(out, &change);
	}
	return rc;
}

int gm_segment_refs_each(struct gm_segments *segments, const char *prefix,
	gm_store_ref_fn each, void *payload)
{
	const struct gm_ref_table *table = NULL;
	gm_autobuf copy = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf texts = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_ref_change change;
	const uint8_t *bytes;
	size_t size;
	int rc = current_table(&table, segments);

	if (rc == 0)
		rc = copy_rows(&copy, table, prefix);
	if (rc < 0 || !copy.size)
		return rc;
	const uint8_t *at = (const uint8_t *)copy.ptr;
	const uint8_t *end = at + copy.size;
	while (rc == 0 && gm_change_next(&bytes, &size, &at, end)) {
		rc = gm_ref_change_parse(&change, &texts, bytes, size);
		if (rc < 0)
			break;
		const struct gm_ref_value value = {change.new_oid, change.target};
		rc = each(change.name, &value, payload);
	}
	return rc;
}

/* Whose entries are wanted, and where a log ends, going back. */
struct wanted {
	const char *name;   /* NULL: those of all refs */
	bool ended;         /* that of `name` */
	struct gm_map gone; /* those that have ended, by the hashes of their names */
	gm_store_reflog_fn each;
	void *payload;
};

/* True when an entry is before the beginning of its log: what a removed ref had is not in it. */
static int is_over(struct wanted *wanted, const struct gm_ref_change *change)
{
	bool removes = !change->is_log_only && !change->target &&
		gm_oid_is_zero(&change->new_oid);
	uint8_t key[GM_SHA1_SIZE];
	struct gm_sha1 sha1;

	if (wanted->name) {
		wanted->ended = removes;
		return removes;
	}
	if (!removes && !wanted->gone.n)
		return 0;
	gm_sha1_init(&sha1);
	gm_sha1_update(&sha1, change->name, strlen(change->name));
	gm_sha1_final(key, &sha1);
	if (gm_map_get(NULL, &wanted->gone, key))
		return 1;
	int rc = removes ? gm_map_put(&wanted->gone, key, 0) : 0;
	return rc < 0 ? rc : removes;
}

static int report(struct wanted *wanted, const uint8_t *bytes, size_t size)
{
	gm_autobuf texts = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_ref_change change;
	int rc = gm_ref_change_parse(&change, &texts, bytes, size);

	if (rc < 0 || (wanted->name && strcmp(change.name, wanted->name) != 0))
		return rc;
	rc = is_over(wanted, &change);
	if (rc || !change.who)
		return rc < 0 ? rc : 0;
	return wanted->each(&change, wanted->payload);
}

/* The changes in a file go forward in time; these are their beginnings. */
struct starts {
	const uint8_t **items;
	size_t n;
	size_t cap;
};

static int find_starts(struct starts *starts, const struct gm_buf *changes)
{
	const uint8_t *at = (const uint8_t *)changes->ptr;
	const uint8_t *end = at + changes->size;
	int rc = 0;

	while (rc == 0 && at < end) {
		const uint8_t *start = at;
		const uint8_t *bytes;
		size_t size;
		if (!gm_change_next(&bytes, &size, &at, end))
			return gm_error(GM_EMISMATCH, "a log of refs is damaged");
		rc = gm_grow(&starts->items, &starts->cap, starts->n + 1,
			sizeof(*starts->items));
		if (rc == 0)
			starts->items[starts->n++] = start;
	}
	return rc;
}

static int report_backwards(const struct gm_buf *changes, struct wanted *wanted)
{
	struct starts starts = {.items = NULL};
	int rc = changes->size ? find_starts(&starts, changes) : 0;

	for (size_t i = starts.n; rc == 0 && !wanted->ended && i-- > 0;) {
		const uint8_t *at = starts.items[i];
		const uint8_t *bytes;
		size_t size;
		if (gm_change_next(&bytes, &size, &at,
			    (const uint8_t *)changes->ptr + changes->size))
			rc = report(wanted, bytes, size);
	}
	gm_free(starts.items);
	return rc;
}

static int tail_changes(struct gm_buf *out, const struct gm_tail *tail)
{
	struct gm_record record;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < tail->n_refs; i++) {
		rc = gm_tail_record(&record, tail, tail->refs[i]);
		if (rc == 0)
			rc = gm_varint_put(out, record.stored_size);
		if (rc == 0)
			rc = gm_buf_put(out, record.payload, record.stored_size);
	}
	return rc;
}

/*
 * Everything is read before the first entry is reported, as the callback may do what changes
 * the files. Oldest first; `out` is replaced.
 */
static int gather_logs(struct gm_buf *out, struct gm_segments *segments)
{
	gm_autobuf log = GM_BUF_INIT(LOG_MAX);
	int rc = 0;

	gm_buf_reset(out);
	for (size_t i = 0; rc == 0 && i < segments->manifest.n_logs; i++) {
		rc = gm_change_file_read(
			&log, segments->dir, segments->manifest.logs[i], GM_LOG_MAGIC);
		if (rc == 0)
			rc = gm_buf_put(out, log.ptr, log.size);
	}
	return rc < 0 ? rc : tail_changes(out, segments->tail);
}

static int each_entry(struct gm_segments *segments, struct wanted *wanted)
{
	const struct gm_ref_table *table = NULL;
	gm_autobuf all = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = 0;

	for (int tries = 0; tries < RETRIES_MAX; tries++) {
		rc = current_table(&table, segments);
		if (rc == 0)
			rc = gather_logs(&all, segments);
		if (rc != GM_ENOTFOUND)
			break;
	}
	if (rc == GM_ENOTFOUND)
		return gm_error(GM_EMISMATCH, "%s", gm_error_last()->message);
	return rc < 0 ? rc : report_backwards(&all, wanted);
}

int gm_segment_reflog_each(struct gm_segments *segments, const char *name,
	gm_store_reflog_fn each, void *payload)
{
	struct wanted wanted = {.name = name, .each = each, .payload = payload};

	return each_entry(segments, &wanted);
}

int gm_segment_reflogs_each(
	struct gm_segments *segments, gm_store_reflog_fn each, void *payload)
{
	struct wanted wanted = {
		.gone = GM_MAP_INIT(GM_SHA1_SIZE), .each = each, .payload = payload};
	int rc = each_entry(segments, &wanted);

	gm_map_dispose(&wanted.gone);
	return rc;
}

static int seal_table(struct gm_segments *segments, struct gm_manifest *manifest,
	uint64_t number, struct gm_flushes *later)
{
	const struct gm_ref_table *table = NULL;
	gm_autobuf rows = GM_BUF_INIT(LOG_MAX);
	int rc = gm_ref_table_get(&table, segments);

	if (rc == 0)
		rc = copy_rows(&rows, table, "");
	if (rc < 0)
		return rc;
	gm_store_file_name(manifest->refs, "refs", number);
	return gm_change_file_write(
		segments->dir, manifest->refs, GM_REFS_MAGIC, &rows, later);
}

/* Only of what is sealed now: logs are merged when nobody waits. */
static int seal_log(struct gm_segments *segments, struct gm_manifest *manifest,
	uint64_t number, struct gm_flushes *later)
{
	gm_autobuf log = GM_BUF_INIT(LOG_MAX);
	char name[GM_STORE_NAME_MAX];
	int rc = tail_changes(&log, segments->tail);

	gm_store_file_name(name, "log", number);
	if (rc == 0)
		rc = gm_change_file_write(segments->dir, name, GM_LOG_MAGIC, &log, later);
	return rc < 0 ? rc : gm_manifest_add_log(manifest, name);
}

int gm_segment_refs_seal(struct gm_segments *segments, struct gm_manifest *manifest,
	uint64_t number, struct gm_flushes *later)
{
	if (!segments->tail->n_refs)
		return 0;
	int rc = seal_table(segments, manifest, number, later);
	return rc < 0 ? rc : seal_log(segments, manifest, number, later);
}
