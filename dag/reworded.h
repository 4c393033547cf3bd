/*
 * Reworded memories: one was removed and one that says nearly the same was added, under another
 * id. As git's rename detection it is a guess for people to read, and is found only where few
 * enough came and went.
 */
#ifndef GM_DAG_REWORDED_H
#define GM_DAG_REWORDED_H

#include "dag/record_diff.h"

/*
 * Pair removed with added records of `deltas`, the most alike first (of equals: by path), and
 * set `reworded` and `similarity` of both. The similarity is the part, in percent, that words
 * which both contents have take of the longer one (white space aside); below 60 they are two
 * memories. `stage` has the bytes of the new side (NULL: the store does). What cannot be read
 * is like nothing else. Nothing may be added to or taken from `deltas` afterwards.
 *
 * Returns 1, with nothing paired, when there are over 1000 of either kind or over 16 MB of text.
 */
int gm_find_reworded(struct gm_record_deltas *deltas, struct gm_store *store,
	const struct gm_stage *stage);

#endif
