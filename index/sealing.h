/*
 * How analysed memories come into segments. The rows that a transaction adds are gathered here.
 * A few of them are left in the table `pending`, with those of transactions before, until
 * there are enough for a segment: then all of them are sealed into one.
 */
#ifndef GM_INDEX_SEALING_H
#define GM_INDEX_SEALING_H

#include "index/analysing.h"
#include "index/manifest.h"
#include "index/posting_segment.h"

struct gm_sealing {
	struct gm_database *database;
	int64_t first; /* of the rows gathered, or of the builder */
	int64_t next;  /* the row to be added next; 0: not asked yet */
	struct gm_analysing
		*analysing; /* rows behind these, in bulk (row.c); NULL: none */
	size_t n_analysed;  /* rows so far, which tells what is bulk */
	struct gm_buf bytes;
	size_t *sizes; /* of the rows in `bytes` */
	size_t n_sizes;
	size_t cap_sizes;
	struct gm_posting_builder *builder; /* has them instead when they are many */
	size_t builder_size;
	unsigned languages; /* that are known to be in use (row.c) */
};

/* `db` is in a transaction that writes whenever the calls below are made. */
#define GM_SEALING_INIT(db)                                           \
	{                                                             \
		.database = (db), .bytes = GM_BUF_INIT(GM_BUF_LARGE), \
	}
#define gm_autosealing gm_cleanup(gm_sealing_dispose) struct gm_sealing
void gm_sealing_dispose(struct gm_sealing *sealing);

/* The number of the row that is made next: behind those that are still analysed. */
int gm_sealing_next_row(int64_t *out, struct gm_sealing *sealing);

/* Add it: what gm_analysed_make() wrote, or nothing (`size` 0) for a row that stays empty. */
int gm_sealing_add(struct gm_sealing *sealing, const void *data, size_t size);

/*
 * Put all of them into the tables and segments, before the transaction is committed. More can be
 * added afterwards. Returns 1 when there is a new segment, 0 when not, or an error: the
 * transaction is to be rolled back then.
 */
int gm_sealing_flush(struct gm_sealing *sealing);

/* The rows in `pending`, as a builder. NULL in `out` when there are none. */
int gm_sealing_pending(
	struct gm_posting_builder **out, struct gm_database *database, int64_t first);

/* Let a row that is pending be an empty one; fine when it is not there. */
int gm_sealing_forget(struct gm_database *database, int64_t row);

#endif
