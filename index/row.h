/*
 * Rows: one memory at one path, found by its blob and path.
 */
#ifndef GM_INDEX_ROW_H
#define GM_INDEX_ROW_H

#include "dag/record.h"
#include "index/database.h"
#include "index/index.h"
#include "index/sealing.h"

/* The row of a blob at a path: 1 with its number in `out`, 0 when there is none. */
int gm_row_find(int64_t *out, struct gm_database *database, const struct gm_oid *blob,
	const char *path);

/*
 * Add a row with its words and superseded ids. It must not be there yet. The record may be taken
 * over, leaving an empty one. Words of the last rows may be missing until gm_row_finish().
 */
int gm_row_add(int64_t *out, struct gm_sealing *sealing, struct gm_record *record,
	const struct gm_oid *blob, const char *path);

/* Let all rows have their words, before gm_sealing_flush(). */
int gm_row_finish(struct gm_sealing *sealing);

/* What an answer says of a row, with a score of 0. Replaces `out`, which must be empty. */
int gm_row_read(struct gm_hit *out, gm_time *created_out, struct gm_database *database,
	int64_t row);

/* Hexadecimal digits of an id that the column `tail` holds. */
#define GM_ROW_TAIL_DIGITS 16

/*
 * The column `tail` of an id whose last digits, backwards, are those of a number, the first
 * highest: in the order of those.
 */
int64_t gm_row_tail(uint64_t digits);

#endif
