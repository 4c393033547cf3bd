/*
 * Comparing the commit graph with the commits.
 */
#ifndef GM_DAG_COMMIT_GRAPH_CHECK_H
#define GM_DAG_COMMIT_GRAPH_CHECK_H

#include "objstore/store.h"

/*
 * Check all of it: its files' checksums, the order of ids, and each commit's tree, parents, date
 * and level. `report` gets the faults (gm_store_check()). 0 unless it cannot go on; also when
 * there is no graph.
 */
int gm_commit_graph_check(
	struct gm_store *store, gm_store_report_fn report, void *payload);

#endif
