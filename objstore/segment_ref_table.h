/*
 * All refs as they are now, in memory: the table file of the last seal and the updates since.
 * And the two files: `refs-` and `log-`.
 */
#ifndef GM_OBJSTORE_SEGMENT_REF_TABLE_H
#define GM_OBJSTORE_SEGMENT_REF_TABLE_H

#include "objstore/segment_io.h"
#include "objstore/segment_refs.h"

struct gm_ref_row {
	char *name;
	char *target; /* NULL unless symbolic */
	struct gm_oid oid;
};

struct gm_ref_table {
	struct gm_ref_row *rows; /* by name */
	size_t n;
	size_t cap;
	char file[GM_STORE_NAME_MAX]; /* it came from */
	uint64_t tail_id;             /* the updates that were applied, and how many */
	unsigned epoch;
	size_t n_applied;
};

/* The table as of the last refresh, lent until the next one. */
int gm_ref_table_get(const struct gm_ref_table **out, struct gm_segments *segments);

/* The first row whose name is not less. */
size_t gm_ref_table_lower_bound(const struct gm_ref_table *table, const char *name);

/* Do to the table what a change says; the bytes are those of gm_ref_change_put(). */
int gm_ref_table_apply(struct gm_ref_table *table, const uint8_t *bytes, size_t size);

/* The same for each of the changes in a file of ours. */
int gm_ref_table_apply_all(struct gm_ref_table *table, const struct gm_buf *changes);

/*
 * A file of ours that consists of changes: `magic` (8 bytes), each change behind its size as a
 * varint, and a checksum over all before. Checked, and its changes (as bytes) replace `out`.
 */
int gm_change_file_read(
	struct gm_buf *out, const char *dir, const char *name, const char magic[8]);
int gm_change_file_write(const char *dir, const char *name, const char magic[8],
	const struct gm_buf *changes, struct gm_flushes *later);

/* Step to the next change in such bytes. False at their end. */
bool gm_change_next(const uint8_t **bytes_out, size_t *size_out, const uint8_t **at,
	const uint8_t *end);
int gm_change_append(struct gm_buf *out, const struct gm_ref_change *change);

#define GM_REFS_MAGIC "gmrefs\0\1"
#define GM_LOG_MAGIC "gmlog\0\0\1"

#endif
