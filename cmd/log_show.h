/*
 * How a log shows its commits: as text, beside a drawing or not, or as JSON.
 */
#ifndef GM_CMD_LOG_SHOW_H
#define GM_CMD_LOG_SHOW_H

#include "cmd/command.h"
#include "cmd/log_graph.h"
#include "cmd/log_parents.h"
#include "cmd/names.h"
#include "dag/walk.h"

struct gm_log_show {
	struct gm_call *call;
	bool oneline;
	bool graph;
	bool stat;
	bool patch;
	bool terminal;                /* a person looks at it */
	const struct gm_names *names; /* what --stat and --patch are limited to */
	const struct gm_walk *walk;   /* knows which memories are followed */
	struct gm_log_graph drawing;
	struct gm_log_parents parents; /* when `graph` */
	size_t n_shown;
};

#define GM_LOG_SHOW_INIT                                                      \
	{                                                                     \
		.drawing = GM_LOG_GRAPH_INIT, .parents = GM_LOG_PARENTS_INIT, \
	}
#define gm_autologshow gm_cleanup(gm_log_show_dispose) struct gm_log_show
void gm_log_show_dispose(struct gm_log_show *show);

/* Show the next commit. */
int gm_log_show_commit(struct gm_log_show *show, const struct gm_commit *commit);

#endif
