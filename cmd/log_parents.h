/*
 * Which commits a log shows, and for each the nearest ones below it that it shows too: the
 * parents as `--graph` draws them.
 */
#ifndef GM_CMD_LOG_PARENTS_H
#define GM_CMD_LOG_PARENTS_H

#include "base/map.h"
#include "dag/walk.h"

struct gm_oids {
	struct gm_oid *items;
	size_t n;
	size_t cap;
};

struct gm_log_parents {
	const struct gm_graph *graph; /* of a walk that is done (gm_walk_nodes()) */
	bool first_parent;            /* the walk took no other parents */
	struct gm_map walked;         /* commit -> whether it is shown */
	struct gm_map passed; /* commit left out by the paths -> index in `nearest` + 1 */
	struct gm_oids nearest;
};

#define GM_LOG_PARENTS_INIT                                        \
	{                                                          \
		.graph = NULL, .walked = GM_MAP_INIT(GM_OID_SIZE), \
		.passed = GM_MAP_INIT(GM_OID_SIZE), .nearest = {   \
			NULL,                                      \
			0,                                         \
			0                                          \
		}                                                  \
	}
#define gm_autologparents gm_cleanup(gm_log_parents_dispose) struct gm_log_parents
void gm_log_parents_dispose(struct gm_log_parents *parents);

/* A commit of the walk, shown or left out by a filter. All come before gm_log_parents_of(). */
int gm_log_parents_add(
	struct gm_log_parents *parents, const struct gm_oid *commit, bool shown);

/*
 * Replace `out` by the commits that stand in for the parents of `commit`, each once. A parent
 * that the paths left out is followed down to one that they did not.
 */
int gm_log_parents_of(struct gm_oids *out, struct gm_log_parents *parents,
	const struct gm_commit *commit);

#endif
