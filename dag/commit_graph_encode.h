/*
 * The bytes of a layer of the commit graph (gitformat-commit-graph(5)).
 */
#ifndef GM_DAG_COMMIT_GRAPH_ENCODE_H
#define GM_DAG_COMMIT_GRAPH_ENCODE_H

#include "dag/commit_graph_gather.h"

/*
 * Append the layer of what was gathered, on top of the first `n_bases` layers of the old graph.
 * `name_out` is the checksum at its end.
 */
int gm_graph_encode(struct gm_buf *out, struct gm_oid *name_out,
	const struct gm_gather *gather, size_t n_bases);

#endif
