/*
 * Which memories the changed ones of a diff supersede now and did not before.
 */
#ifndef GM_DAG_RECORD_SUPERSEDING_H
#define GM_DAG_RECORD_SUPERSEDING_H

#include "dag/record_diff.h"

/*
 * Set `supersedes` of all deltas; the blobs of both sides are in the store. What is damaged, or
 * no record, supersedes nothing.
 */
int gm_find_superseding(struct gm_record_deltas *deltas, struct gm_store *store);

#endif
