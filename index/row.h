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

/* Add a row with its words, tags and superseded ids. It must not be there yet. */
int gm_row_add(int64_t *out, struct gm_sealing *sealing, const struct gm_record *record,
	const struct gm_oid *blob, const char *path);

/* What an answer says of a row, with a score of 0. Replaces `out`, which must be empty. */
int gm_row_read(struct gm_hit *out, gm_time *created_out, struct gm_database *database,
	int64_t row);

/*
 * The hexadecimal digits of an id as a number, first digit highest, and backwards: what the
 * columns `id` and `reversed` hold. False when `text` is no UUID.
 */
bool gm_row_id(uint8_t id_out[GM_UUID_SIZE], uint8_t reversed_out[GM_UUID_SIZE],
	const char *text);

#endif
