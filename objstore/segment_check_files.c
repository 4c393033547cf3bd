#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"
#include "base/mapping.h"
#include "objstore/segment_check.h"
#include "objstore/segment_ref_table.h"
#include "objstore/source.h"

/* A temporary file this old, in seconds, is nobody's any more. */
#define TEMPORARY_AGE_S 3600

/* Go through a file of changes and put them into `table`. */
static int check_changes(const struct gm_segment_check *check, const char *file,
	const char magic[8], struct gm_ref_table *table, bool *is_whole)
{
	gm_autobuf changes = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = gm_change_file_read(&changes, check->segments->dir, file, magic);

	if (rc == 0)
		rc = gm_ref_table_apply_all(table, &changes);
	if (rc == GM_ENOTFOUND)
		rc = gm_error(GM_EMISMATCH, "it is missing");
	*is_whole = *is_whole && rc == 0;
	return gm_segment_fault_error(check, file, rc);
}

/* The last word of the logs on a ref is what the table has. */
static int compare_rows(const struct gm_segment_check *check,
	const struct gm_ref_row *logged, const struct gm_ref_row *row)
{
	char is[GM_OID_HEX];
	char said[GM_OID_HEX];

	if (logged->target && row->target ? !strcmp(logged->target, row->target)
					  : !logged->target == !row->target &&
				gm_oid_equal(&logged->oid, &row->oid))
		return 0;
	gm_oid_format(is, &row->oid);
	gm_oid_format(said, &logged->oid);
	return gm_segment_fault(check, check->segments->manifest.refs,
		"it has '%s' at %s, but the logs have it at %s", row->name,
		row->target ? row->target : is, logged->target ? logged->target : said);
}

static int compare_tables(const struct gm_segment_check *check,
	const struct gm_ref_table *logged, const struct gm_ref_table *table)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < logged->n; i++) {
		size_t at = gm_ref_table_lower_bound(table, logged->rows[i].name);
		if (at == table->n ||
			strcmp(table->rows[at].name, logged->rows[i].name) != 0)
			rc = gm_segment_fault(check, check->segments->manifest.refs,
				"it lacks '%s', which the logs have",
				logged->rows[i].name);
		else
			rc = compare_rows(check, &logged->rows[i], &table->rows[at]);
	}
	return rc;
}

static int check_refs(const struct gm_segment_check *check)
{
	const struct gm_manifest *manifest = &check->segments->manifest;
	gm_cleanup(gm_ref_table_free_p) struct gm_ref_table *table =
		gm_calloc(1, sizeof(*table));
	gm_cleanup(gm_ref_table_free_p) struct gm_ref_table *logged =
		gm_calloc(1, sizeof(*logged));
	bool is_whole = true;
	int rc = table && logged ? 0 : GM_ENOMEM;

	if (rc == 0 && *manifest->refs)
		rc = check_changes(
			check, manifest->refs, GM_REFS_MAGIC, table, &is_whole);
	for (size_t i = 0; rc == 0 && i < manifest->n_logs; i++)
		rc = check_changes(
			check, manifest->logs[i], GM_LOG_MAGIC, logged, &is_whole);
	return rc == 0 && is_whole ? compare_tables(check, logged, table) : rc;
}

int gm_segments_check_files(const struct gm_segment_check *check)
{
	const struct gm_manifest *manifest = &check->segments->manifest;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < manifest->n_dictionaries; i++) {
		gm_cleanup(gm_dictionary_free_p) struct gm_dictionary *dictionary = NULL;
		rc = gm_dictionary_open(
			&dictionary, check->segments->dir, &manifest->dictionaries[i]);
		if (rc == 0)
			rc = gm_dictionary_check(
				dictionary, manifest->dictionaries[i].file);
		if (rc == GM_ENOTFOUND)
			rc = gm_error(GM_EMISMATCH, "it is missing");
		rc = gm_segment_fault_error(check, manifest->dictionaries[i].file, rc);
	}
	return rc ? rc : check_refs(check);
}

static bool is_permanent(const char *name)
{
	static const char *const names[] = {
		"manifest", "lock", "batches", "upkeep", "commit-graphs"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

/* Of a writer that is at work: its segment is locked, a temporary file is young. */
static bool is_alive(const char *path, const char *name)
{
	gm_autoclose int fd = -1;
	struct stat st;
	size_t size;

	if (gm_open_regular(&fd, &size, path) < 0 || fstat(fd, &st) < 0)
		return false;
	if (!strncmp(name, "seg-", 4))
		return flock(fd, LOCK_SH | LOCK_NB) < 0;
	return strncmp(name, "torn-", 5) != 0 &&
		time(NULL) - st.st_mtime < TEMPORARY_AGE_S;
}

static int report_stray(const char *name, void *payload)
{
	const struct gm_segment_check *check = payload;
	gm_autofree char *path = gm_path_join(check->segments->dir, name);

	if (!path)
		return GM_ENOMEM;
	if (is_permanent(name) || gm_manifest_names(&check->segments->manifest, name) ||
		is_alive(path, name))
		return 0;
	return gm_segment_fault(check, path,
		strncmp(name, "torn-", 5) ? "nothing in the store names this file"
					  : "it was cut off after a write that was not "
					    "finished, and can be removed");
}

static int report_behind(
	const struct gm_segment_check *check, const struct gm_manifest_segment *what)
{
	char name[GM_STORE_NAME_MAX];
	struct stat st;

	gm_store_file_name(name, "seg", what->number);
	gm_autofree char *path = gm_path_join(check->segments->dir, name);
	if (!path)
		return GM_ENOMEM;
	if (stat(path, &st) < 0 || (uint64_t)st.st_size <= what->size)
		return 0;
	return gm_segment_fault(check, path, "%llu bytes behind its end are ignored",
		(unsigned long long)((uint64_t)st.st_size - what->size));
}

int gm_segments_each_stray(
	struct gm_segments *segments, gm_store_report_fn report, void *payload)
{
	struct gm_segment_check check = {segments, report, payload};
	int rc = gm_segments_refresh(segments);

	rc = rc < 0 ? rc : gm_dir_each(segments->dir, report_stray, &check);
	for (size_t i = 0; rc == 0 && i < segments->manifest.n_segments; i++)
		rc = report_behind(&check, &segments->manifest.segments[i]);
	if (rc == 0 && segments->tail && segments->tail->behind)
		rc = gm_segment_fault(&check, segments->tail->path,
			"%zu bytes behind its last whole group are those of a write that "
			"was not finished",
			segments->tail->behind);
	return rc;
}
