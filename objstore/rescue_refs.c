#include <string.h>

#include "base/file.h"
#include "objstore/rescue_internal.h"
#include "objstore/segment_ref_table.h"
#include "objstore/source.h"

/* A group takes some megabytes of changes. */
#define CHANGES_PER_GROUP 500

/* What is left of the refs: changes in order of time, and the latest table. */
struct refs {
	struct gm_rescue *rescue;
	struct gm_buf changes; /* each behind its size */
	uint64_t logged;       /* the last segment whose changes are in there */
	bool is_whole;         /* no log is lost */
	struct gm_ref_table *table;
	struct gm_ref_table *replayed; /* of `changes` alone */
};

static bool is_listed(const struct gm_rescue *rescue, const char *name)
{
	if (!strcmp(rescue->manifest.refs, name))
		return true;
	for (size_t i = 0; i < rescue->manifest.n_logs; i++)
		if (!strcmp(rescue->manifest.logs[i], name))
			return true;
	return !rescue->has_manifest;
}

/* The updates in the segments from number `from + 1` to `to`. */
static int add_records(struct refs *refs, uint64_t from, uint64_t to)
{
	const struct gm_rescue *rescue = refs->rescue;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < rescue->n_changes; i++) {
		const struct gm_rescue_change *change = &rescue->changes[i];
		if (change->number <= from || change->number > to)
			continue;
		rc = gm_varint_put(&refs->changes, change->size);
		if (rc == 0)
			rc = gm_buf_put(&refs->changes, change->bytes, change->size);
	}
	return rc;
}

/*
 * A log has what was in the segments before its number. Those that were merged into another one
 * may still be there.
 */
static int add_log(struct refs *refs, const char *name, uint64_t number)
{
	gm_autobuf log = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = gm_change_file_read(&log, refs->rescue->dir, name, GM_LOG_MAGIC);

	if (gm_source_is_final(rc) || rc == GM_EINVALID || !number)
		return rc;
	if (rc < 0) {
		refs->is_whole = false;
		rc = add_records(refs, refs->logged, number - 1);
	} else {
		if (log.size >= refs->changes.size && refs->changes.size &&
			!memcmp(log.ptr, refs->changes.ptr, refs->changes.size))
			gm_buf_reset(&refs->changes);
		rc = gm_buf_put(&refs->changes, log.ptr, log.size);
	}
	refs->logged = number - 1;
	return rc;
}

/* Those that a manifest names are sought also when they are gone. */
static int list_files(
	struct gm_strv *out, const struct gm_rescue *rescue, const char *kind)
{
	const struct gm_manifest *manifest = &rescue->manifest;
	uint64_t number;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < rescue->names.n; i++)
		if (gm_rescue_number(&number, rescue->names.items[i], kind) &&
			is_listed(rescue, rescue->names.items[i]))
			rc = gm_strv_add(out, rescue->names.items[i]);
	for (size_t i = 0; rc == 0 && i < manifest->n_logs; i++)
		if (gm_rescue_number(&number, manifest->logs[i], kind))
			rc = gm_strv_add(out, manifest->logs[i]);
	gm_strv_make_set(out); /* by number, which has eight digits */
	return rc;
}

static int gather_changes(struct refs *refs)
{
	gm_autostrv logs = GM_STRV_INIT;
	uint64_t number;
	int rc = list_files(&logs, refs->rescue, "log");

	for (size_t i = 0; rc == 0 && i < logs.n; i++)
		if (gm_rescue_number(&number, logs.items[i], "log"))
			rc = add_log(refs, logs.items[i], number);
	return rc < 0 ? rc : add_records(refs, refs->logged, UINT64_MAX);
}

/* A change that cannot be read has no effect; one that is newer is for others. */
static int apply_all(struct gm_ref_table *table, const struct gm_buf *changes)
{
	const uint8_t *at = (const uint8_t *)changes->ptr;
	const uint8_t *end = at + changes->size;
	const uint8_t *bytes;
	size_t size;

	while (at < end && gm_change_next(&bytes, &size, &at, end)) {
		int rc = gm_ref_table_apply(table, bytes, size);
		if (gm_source_is_final(rc) || rc == GM_EINVALID)
			return rc;
	}
	return 0;
}

/* The newest table that is whole, and the updates since. 1, or 0 when there is none. */
static int read_table(struct refs *refs)
{
	const struct gm_rescue *rescue = refs->rescue;
	gm_autostrv files = GM_STRV_INIT;
	uint64_t number = 0;
	int rc = list_files(&files, rescue, "refs");

	for (size_t i = files.n; rc == 0 && i-- > 0;) {
		gm_autobuf rows = GM_BUF_INIT(GM_BUF_LARGE);
		rc = gm_change_file_read(
			&rows, rescue->dir, files.items[i], GM_REFS_MAGIC);
		if (rc < 0) {
			rc = gm_source_is_final(rc) || rc == GM_EINVALID ? rc : 0;
			continue;
		}
		(void)gm_rescue_number(&number, files.items[i], "refs"); /* it is one */
		rc = apply_all(refs->table, &rows);
		for (size_t k = 0; rc == 0 && k < rescue->n_changes; k++) {
			const struct gm_rescue_change *change = &rescue->changes[k];
			if (change->number < number)
				continue;
			rc = gm_ref_table_apply(refs->table, change->bytes, change->size);
			if (rc == GM_EMISMATCH)
				rc = 0;
		}
		return rc < 0 ? rc : 1;
	}
	return rc;
}

static int set_row(struct gm_ref_table *table, const struct gm_ref_row *row)
{
	const struct gm_ref_change change = {
		.name = row->name, .target = row->target, .new_oid = row->oid};
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = gm_ref_change_put(&bytes, &change);

	return rc < 0 ? rc
		      : gm_ref_table_apply(table, (const uint8_t *)bytes.ptr, bytes.size);
}

static bool has_object(struct gm_store *store, const struct gm_oid *oid)
{
	return gm_store_exists(store, oid) > 0;
}

/*
 * What the table lacks is taken from the logs, if those are whole, and so is what it has in
 * another way and cannot be: it may be that of another store.
 */
static int complete_table(struct refs *refs, struct gm_store *store)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < refs->replayed->n; i++) {
		const struct gm_ref_row *row = &refs->replayed->rows[i];
		size_t at = gm_ref_table_lower_bound(refs->table, row->name);
		bool has = at < refs->table->n &&
			!strcmp(refs->table->rows[at].name, row->name);
		if (has ? !refs->table->rows[at].target &&
					!has_object(store, &refs->table->rows[at].oid)
			: refs->is_whole)
			rc = set_row(refs->table, row);
	}
	return rc;
}

static int make_table(struct refs *refs, struct gm_store *store)
{
	int rc = apply_all(refs->replayed, &refs->changes);
	int found = rc < 0 ? rc : read_table(refs);

	if (found < 0)
		return found;
	refs->is_whole = refs->is_whole || !found;
	return complete_table(refs, store);
}

/* Updates on their way into the new store. */
struct writing {
	struct gm_batch *batch;
	size_t n;
};

static int write_change(struct writing *writing, const struct gm_ref_change *change)
{
	int rc = gm_batch_ref_update(writing->batch, change);

	if (rc == 0 && ++writing->n % CHANGES_PER_GROUP == 0)
		rc = gm_batch_commit(writing->batch);
	return rc;
}

/* As an entry of the log alone; a removal ends the log of its ref. */
static int write_entry(struct writing *writing, struct gm_ref_change *change)
{
	bool is_removal = !change->is_log_only && !change->target &&
		gm_oid_is_zero(&change->new_oid);
	const struct gm_ref_change removal = {.name = change->name};

	if (is_removal)
		return write_change(writing, &removal);
	change->is_log_only = true;
	change->target = NULL;
	return change->who ? write_change(writing, change) : 0;
}

static int write_logs(struct writing *writing, const struct gm_buf *changes)
{
	const uint8_t *at = (const uint8_t *)changes->ptr;
	const uint8_t *end = at + changes->size;
	gm_autobuf texts = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_ref_change change;
	const uint8_t *bytes;
	size_t size;
	int rc = 0;

	while (rc == 0 && at < end && gm_change_next(&bytes, &size, &at, end)) {
		rc = gm_ref_change_parse(&change, &texts, bytes, size);
		if (rc == 0)
			rc = write_entry(writing, &change);
		else if (rc == GM_EMISMATCH)
			rc = 0;
	}
	return rc;
}

static int write_rows(struct writing *writing, const struct gm_ref_table *table)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < table->n; i++) {
		const struct gm_ref_change change = {.name = table->rows[i].name,
			.target = table->rows[i].target,
			.new_oid = table->rows[i].oid};
		rc = write_change(writing, &change);
	}
	return rc;
}

static int write_refs(struct refs *refs, struct gm_store *store)
{
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	int rc = gm_batch_begin(&batch, store);
	struct writing writing = {.batch = batch};

	if (rc == 0)
		rc = write_logs(&writing, &refs->changes);
	if (rc == 0)
		rc = write_rows(&writing, refs->table);
	return rc < 0 ? rc : gm_batch_commit(batch);
}

int gm_rescue_refs(struct gm_rescue *rescue, struct gm_store *store)
{
	struct refs refs = {.rescue = rescue,
		.changes = GM_BUF_INIT(GM_BUF_LARGE),
		.is_whole = true,
		.table = gm_calloc(1, sizeof(*refs.table)),
		.replayed = gm_calloc(1, sizeof(*refs.replayed))};
	int rc = refs.table && refs.replayed ? 0 : GM_ENOMEM;

	if (rc == 0)
		rc = gather_changes(&refs);
	if (rc == 0)
		rc = make_table(&refs, store);
	if (rc == 0)
		rc = write_refs(&refs, store);
	gm_ref_table_free(refs.table);
	gm_ref_table_free(refs.replayed);
	gm_buf_dispose(&refs.changes);
	return rc;
}
