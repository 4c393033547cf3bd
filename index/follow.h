/*
 * From the view of one tree to that of another: a tree diff, turned into rows and bits.
 */
#ifndef GM_INDEX_FOLLOW_H
#define GM_INDEX_FOLLOW_H

#include "base/terminal.h"
#include "index/superseded.h"
#include "objstore/store.h"

struct gm_follow {
	struct gm_database *database; /* in a transaction that writes */
	struct gm_store *store;
	struct gm_index_view *view;   /* of the old tree; becomes the one of the new */
	struct gm_progress *progress; /* may be NULL */
	size_t max_changes;           /* 0: any number */
	size_t batch;                 /* commit and go on after so many rows; 0: never */
	size_t changes;               /* how many files differed so far */
	size_t uncommitted;           /* rows that are new since */
	struct gm_superseded_change superseded;
};

void gm_follow_dispose(struct gm_follow *follow);

#define GM_FOLLOW_TOO_MANY 1

/*
 * Follow from `from` to `to`. What other processes do between two batches is noticed:
 * GM_EMODIFIED when rows got other numbers meanwhile. A signal ends it with the rows so far
 * committed when it works in batches. Returns GM_FOLLOW_TOO_MANY beyond `max_changes`; then,
 * and on an error, the view is not to be used and the transaction is to be rolled back.
 */
int gm_follow_run(
	struct gm_follow *follow, const struct gm_oid *from, const struct gm_oid *to);

/* Keep the view that this made, and what is known of it from the one of `from`. */
int gm_follow_store(
	struct gm_follow *follow, const struct gm_oid *from, const struct gm_oid *to);

#endif
