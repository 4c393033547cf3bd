/*
 * The commit graph: the parents, tree and date of each commit and which paths it changed, so
 * that a walk need not read commits and trees (gitformat-commit-graph(5); where it lies is in
 * gitmem-format(5), "COMMIT GRAPH").
 *
 * It is derived from the commits and optional: what is missing in it or damaged is not there.
 * Each part is compared with its checksum before it is first used. Contents are never taken
 * from it. A handle is for one thread.
 */
#ifndef GM_DAG_COMMIT_GRAPH_H
#define GM_DAG_COMMIT_GRAPH_H

#include "objstore/store.h"

struct gm_commit_graph;

/* Open that of a store. GM_ENOTFOUND, without a message, when it has none that can be used. */
int gm_commit_graph_open(struct gm_commit_graph **out, struct gm_store *store);
void gm_commit_graph_free(struct gm_commit_graph *graph);
GM_DEFINE_CLEANUP(struct gm_commit_graph, gm_commit_graph_free)

/* How many commits it has. Each has a position below that. */
size_t gm_commit_graph_n(const struct gm_commit_graph *graph);

/* False when it does not have the commit, or only in a part that is damaged. */
bool gm_commit_graph_find(
	uint32_t *out, struct gm_commit_graph *graph, const struct gm_oid *oid);

/* The id at a position that is known to be good: found, or a parent in a row. */
void gm_commit_graph_oid(
	struct gm_oid *out, const struct gm_commit_graph *graph, uint32_t position);

struct gm_commit_graph_row {
	struct gm_oid tree;
	int64_t date;   /* the committer's, in seconds since 1970 */
	uint32_t level; /* one more than the highest of its parents'; 1 without any */
	size_t n_parents;
	uint32_t parents[2];
	const uint8_t *more; /* the parents behind the first, when there are over two */
};

/* What is known of the commit at a good position. False when something in it is damaged. */
bool gm_commit_graph_row(struct gm_commit_graph_row *out, struct gm_commit_graph *graph,
	uint32_t position);

/* The position of a parent, a good one. */
uint32_t gm_commit_graph_parent(const struct gm_commit_graph_row *row, size_t i);

/* False when the commit at a good position has `path` just like its first parent. */
bool gm_commit_graph_may_change(
	struct gm_commit_graph *graph, uint32_t position, const char *path);

#endif
