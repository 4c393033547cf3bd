/*
 * The two sides of a delta: the bytes of the file before and after, and the records in them.
 */
#ifndef GM_CMD_DELTA_H
#define GM_CMD_DELTA_H

#include "cmd/command.h"
#include "dag/record_diff.h"

struct gm_delta_side {
	struct gm_buf bytes;
	struct gm_record record;
	bool exists;
	bool is_record;
	bool is_binary; /* it holds a NUL: no text to compare line by line */
};

struct gm_delta_sides {
	struct gm_delta_side old_side;
	struct gm_delta_side new_side;
};

#define GM_DELTA_SIDE_INIT                                                    \
	{                                                                     \
		.bytes = GM_BUF_INIT(GM_BUF_LARGE), .record = GM_RECORD_INIT, \
	}
#define GM_DELTA_SIDES_INIT                                                     \
	{                                                                       \
		.old_side = GM_DELTA_SIDE_INIT, .new_side = GM_DELTA_SIDE_INIT, \
	}
#define gm_autosides gm_cleanup(gm_delta_sides_dispose) struct gm_delta_sides
void gm_delta_sides_dispose(struct gm_delta_sides *sides);

/*
 * Read both sides of `delta` into `out`, which must be fresh. With `stage` the new side is
 * looked for there first. GM_EMISMATCH when a blob is damaged.
 */
int gm_delta_sides_read(struct gm_delta_sides *out, struct gm_repo *repo,
	const struct gm_stage *stage, const struct gm_record_delta *delta);

/*
 * Both halves of a reworded memory as one change, from the half that was added. The strings are
 * lent by the halves: there is nothing to dispose of.
 */
struct gm_record_delta gm_delta_join(const struct gm_record_delta *added);

/* The fields that differ; none when the record is added or removed as a whole. */
int gm_delta_fields(struct gm_strv *out, const struct gm_delta_sides *sides);

/*
 * gm_delta_json() with old and new (blobs, null where there is none), fields, and changes: what
 * each field of a record was and is ({field, old, new}; null: nothing). Modes when they differ.
 */
int gm_delta_diff_json(json_t **out, const struct gm_record_delta *delta,
	const struct gm_delta_sides *sides);

#endif
