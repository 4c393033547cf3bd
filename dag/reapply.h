/*
 * Laying changes on a tip that has moved on since they were made. Each is one memory: what it
 * was, what it became, and what other writers made of it meanwhile (dag/transaction.h).
 */
#ifndef GM_DAG_REAPPLY_H
#define GM_DAG_REAPPLY_H

#include "dag/transaction.h"
#include "dag/tree_changes.h"

/*
 * Work out what `changes`, made on other commits than the tip, come to on the tip with this
 * tree. Blobs they need are in the batch or the store, new ones are written to `batch`, which
 * may be committed on the way; what met other writers is added to the notes of `result`.
 * `lost_out` gets our versions of memories that gave way, whole or in a field, and stand
 * nowhere: history has to keep them.
 */
int gm_reapply(struct gm_tree_changes *out, struct gm_tree_changes *lost_out,
	struct gm_transaction_result *result, struct gm_store *store,
	struct gm_batch *batch, const struct gm_oid *tip_tree,
	const struct gm_change *changes, size_t n);

#endif
