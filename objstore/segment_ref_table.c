#include "objstore/segment_ref_table.h"

#include <string.h>

#include "base/file.h"
#include "objstore/crc32c.h"
#include "objstore/segment_io.h"

#define FILE_MAX ((size_t)256 << 20)
#define MAGIC_SIZE 8

int gm_change_file_read(
	struct gm_buf *out, const char *dir, const char *name, const char magic[8])
{
	gm_autofree char *path = gm_path_join(dir, name);
	gm_autobuf bytes = GM_BUF_INIT(FILE_MAX);
	int rc = path ? gm_file_read(&bytes, path) : GM_ENOMEM;

	if (rc < 0)
		return rc;
	if (bytes.size < MAGIC_SIZE + 4 ||
		memcmp(bytes.ptr, magic, MAGIC_SIZE - 1) != 0 ||
		gm_crc32c(0, bytes.ptr, bytes.size - 4) !=
			gm_le32((const uint8_t *)bytes.ptr + bytes.size - 4))
		return gm_error(GM_EMISMATCH, "'%s' is damaged", path);
	if (bytes.ptr[MAGIC_SIZE - 1] != magic[MAGIC_SIZE - 1])
		return gm_error(GM_EINVALID, "'%s' was written by a newer gitmem", path);
	gm_buf_reset(out);
	return gm_buf_put(out, bytes.ptr + MAGIC_SIZE, bytes.size - MAGIC_SIZE - 4);
}

int gm_change_file_write(const char *dir, const char *name, const char magic[8],
	const struct gm_buf *changes, struct gm_flushes *later)
{
	gm_autobuf bytes = GM_BUF_INIT(FILE_MAX);
	uint8_t crc[4];
	int rc = gm_buf_put(&bytes, magic, MAGIC_SIZE);

	if (rc == 0)
		rc = gm_buf_put(&bytes, changes->ptr, changes->size);
	if (rc < 0)
		return rc;
	gm_put_le32(crc, gm_crc32c(0, bytes.ptr, bytes.size));
	rc = gm_buf_put(&bytes, crc, sizeof(crc));
	return rc < 0 ? rc : gm_write_store_file(dir, name, bytes.ptr, bytes.size, later);
}

bool gm_change_next(const uint8_t **bytes_out, size_t *size_out, const uint8_t **at,
	const uint8_t *end)
{
	uint64_t size;

	if (!gm_varint_get(&size, at, end) || size > (uint64_t)(end - *at))
		return false;
	*bytes_out = *at;
	*size_out = (size_t)size;
	*at += size;
	return true;
}

int gm_change_append(struct gm_buf *out, const struct gm_ref_change *change)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = gm_ref_change_put(&bytes, change);

	if (rc == 0)
		rc = gm_varint_put(out, bytes.size);
	return rc < 0 ? rc : gm_buf_put(out, bytes.ptr, bytes.size);
}

static void dispose_row(struct gm_ref_row *row)
{
	gm_free(row->name);
	gm_free(row->target);
}

void gm_ref_table_free(struct gm_ref_table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->n; i++)
		dispose_row(&table->rows[i]);
	gm_free(table->rows);
	gm_free(table);
}

size_t gm_ref_table_lower_bound(const struct gm_ref_table *table, const char *name)
{
	size_t low = 0;
	size_t high = table->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(table->rows[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void remove_row(struct gm_ref_table *table, size_t at)
{
	dispose_row(&table->rows[at]);
	table->n--;
	memmove(&table->rows[at], &table->rows[at + 1],
		(table->n - at) * sizeof(*table->rows));
}

static int set_row(struct gm_ref_table *table, size_t at, bool exists,
	const struct gm_ref_change *change)
{
	gm_autofree char *name = gm_strdup(change->name);
	gm_autofree char *target = change->target ? gm_strdup(change->target) : NULL;

	if (!name || (change->target && !target))
		return GM_ENOMEM;
	int rc = gm_grow(&table->rows, &table->cap, table->n + 1, sizeof(*table->rows));
	if (rc < 0)
		return rc;
	if (exists) {
		dispose_row(&table->rows[at]);
	} else {
		memmove(&table->rows[at + 1], &table->rows[at],
			(table->n - at) * sizeof(*table->rows));
		table->n++;
	}
	table->rows[at] = (struct gm_ref_row){.name = gm_steal(&name),
		.oid = change->target ? gm_oid_zero : change->new_oid};
	table->rows[at].target = gm_steal(&target);
	return 0;
}

static int apply(struct gm_ref_table *table, const struct gm_ref_change *change)
{
	size_t at = gm_ref_table_lower_bound(table, change->name);
	bool exists = at < table->n && !strcmp(table->rows[at].name, change->name);

	if (change->is_log_only)
		return 0;
	if (change->target || !gm_oid_is_zero(&change->new_oid))
		return set_row(table, at, exists, change);
	if (exists)
		remove_row(table, at);
	return 0;
}

int gm_ref_table_apply(struct gm_ref_table *table, const uint8_t *bytes, size_t size)
{
	gm_autobuf texts = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_ref_change change;
	int rc = gm_ref_change_parse(&change, &texts, bytes, size);

	return rc < 0 ? rc : apply(table, &change);
}

int gm_ref_table_apply_all(struct gm_ref_table *table, const struct gm_buf *changes)
{
	const uint8_t *at = (const uint8_t *)changes->ptr;
	const uint8_t *end = at + changes->size;
	const uint8_t *bytes;
	size_t size;
	int rc = 0;

	while (rc == 0 && at < end) {
		if (!gm_change_next(&bytes, &size, &at, end))
			return gm_error(GM_EMISMATCH, "a list of ref updates is broken");
		rc = gm_ref_table_apply(table, bytes, size);
	}
	return rc;
}

static int read_file(struct gm_ref_table *table, struct gm_segments *segments)
{
	gm_autobuf changes = GM_BUF_INIT(FILE_MAX);
	int rc = gm_change_file_read(&changes, segments->dir, table->file, GM_REFS_MAGIC);

	if (rc == 0)
		rc = gm_ref_table_apply_all(table, &changes);
	return rc == GM_EMISMATCH ? gm_error_prefix("'%s'", table->file) : rc;
}

static int build(struct gm_ref_table **out, struct gm_segments *segments)
{
	struct gm_ref_table *table = gm_calloc(1, sizeof(*table));
	int rc = 0;

	if (!table)
		return GM_ENOMEM;
	memcpy(table->file, segments->manifest.refs, sizeof(table->file));
	table->tail_id = segments->tail->id;
	table->epoch = segments->tail->epoch;
	if (*table->file)
		rc = read_file(table, segments);
	if (rc < 0)
		gm_ref_table_free(table);
	else
		*out = table;
	return rc;
}

static bool is_current(
	const struct gm_ref_table *table, const struct gm_segments *segments)
{
	return table && !strcmp(table->file, segments->manifest.refs) &&
		table->tail_id == segments->tail->id &&
		table->epoch == segments->tail->epoch;
}

static int apply_tail(struct gm_ref_table *table, const struct gm_tail *tail)
{
	struct gm_record record;
	int rc = 0;

	for (; rc == 0 && table->n_applied < tail->n_refs; table->n_applied++) {
		rc = gm_tail_record(&record, tail, tail->refs[table->n_applied]);
		if (rc == 0)
			rc = gm_ref_table_apply(
				table, record.payload, record.stored_size);
	}
	return rc;
}

int gm_ref_table_get(const struct gm_ref_table **out, struct gm_segments *segments)
{
	int rc = 0;

	if (!segments->tail)
		return gm_error(
			segments->fault_code ? segments->fault_code : GM_EMISMATCH, "%s",
			segments->fault ? segments->fault : "the store is broken");
	if (!is_current(segments->refs, segments)) {
		gm_ref_table_free(gm_steal(&segments->refs));
		rc = build(&segments->refs, segments);
	}
	if (rc == 0)
		rc = apply_tail(segments->refs, segments->tail);
	if (rc < 0)
		gm_ref_table_free(gm_steal(&segments->refs));
	else
		*out = segments->refs;
	return rc;
}
