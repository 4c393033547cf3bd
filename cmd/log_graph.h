/*
 * The drawing beside a log: a lane for each line of history that is open, as `git log --graph`
 * draws them.
 *
 * Each commit is told in turn, children before parents; gm_log_graph_row() then gives the row
 * of the commit, the rows that lead to the lanes of its parents, and after that rows in which
 * the lanes only go on, as many as are asked for.
 */
#ifndef GM_CMD_LOG_GRAPH_H
#define GM_CMD_LOG_GRAPH_H

#include "base/strv.h"
#include "objstore/oid.h"

struct gm_buf;

struct gm_lanes {
	struct gm_oid *items; /* the commit each lane leads to */
	size_t n;
	size_t cap;
};

struct gm_log_graph {
	struct gm_lanes lanes;
	size_t width;        /* columns of each row of the commit */
	struct gm_strv rows; /* of the commit */
	size_t n_given;
	size_t fan_lane;  /* the commit's own */
	bool ends_in_fan; /* the last of the rows opens a lane on the right of it */
	bool goes_on;     /* rows without a change were given behind these */
};

#define GM_LOG_GRAPH_INIT                                               \
	{                                                               \
		.lanes = {NULL, 0, 0}, .width = 0, .rows = GM_STRV_INIT \
	}
#define gm_autologgraph gm_cleanup(gm_log_graph_dispose) struct gm_log_graph
void gm_log_graph_dispose(struct gm_log_graph *graph);

/* The next commit, with the parents that the log will show. */
int gm_log_graph_commit(struct gm_log_graph *graph, const struct gm_oid *commit,
	const struct gm_oid *parents, size_t n_parents);

/* Append the next row, padded to the width of the commit's rows, without a newline. */
int gm_log_graph_row(struct gm_buf *out, struct gm_log_graph *graph);

/* Whether there are rows that must be shown before the next commit. */
bool gm_log_graph_is_pending(const struct gm_log_graph *graph);

#endif
