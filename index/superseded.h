/*
 * Which rows of a view are superseded (superseding.h), kept beside the view: to find them out
 * takes as long as there are memories that supersede others, and almost no commit changes it.
 */
#ifndef GM_INDEX_SUPERSEDED_H
#define GM_INDEX_SUPERSEDED_H

#include "base/time.h"
#include "index/view.h"

/* What a question found out and the database does not hold yet. */
struct gm_superseded {
	struct gm_oid tree; /* zero: nothing */
	int64_t generation; /* of the row numbers */
	gm_time since;      /* from here on it holds, */
	gm_time until;      /* and no longer here */
	struct gm_bitmap rows;
};

#define GM_SUPERSEDED_INIT             \
	{                              \
		.rows = GM_BITMAP_INIT \
	}
void gm_superseded_dispose(struct gm_superseded *superseded);

/*
 * Remove from `rows` those that are superseded in the view of `tree` at a time. What was not
 * kept for that time stands in `fresh` then.
 */
int gm_superseded_drop(struct gm_bitmap *rows, struct gm_superseded *fresh,
	struct gm_database *database, const struct gm_oid *tree,
	const struct gm_index_view *view, gm_time now);

/*
 * Keep what is fresh, and forget it. Not inside a transaction; nothing is kept when somebody
 * else is writing, and no failure tells.
 */
void gm_superseded_keep(struct gm_superseded *fresh, struct gm_database *database);

/* How the rows of two views differ, for gm_superseded_follow(). */
struct gm_superseded_change {
	bool unclear;           /* it must be found out anew */
	struct gm_bitmap added; /* rows that supersede others and that none supersedes */
};

#define GM_SUPERSEDED_CHANGE_INIT                         \
	{                                                 \
		.unclear = false, .added = GM_BITMAP_INIT \
	}
void gm_superseded_change_dispose(struct gm_superseded_change *change);

/* Note a row that is in one view only: in the new one (`is_added`) or in the old one. */
int gm_superseded_note(struct gm_superseded_change *change, struct gm_database *database,
	int64_t row, bool is_added);

/*
 * Keep for the view of `to` what follows from what is kept for that of `from`, unless the
 * change is unclear. Inside a transaction that writes; both views are kept already.
 */
int gm_superseded_follow(struct gm_database *database, const struct gm_oid *from,
	const struct gm_oid *to, const struct gm_index_view *view,
	const struct gm_superseded_change *change);

#endif
