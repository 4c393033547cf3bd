/*
 * What the steps of a repair share, for this folder only.
 */
#ifndef GM_DAG_REPAIR_INTERNAL_H
#define GM_DAG_REPAIR_INTERNAL_H

#include "base/map.h"
#include "dag/repair.h"

/* A path that is free for what is kept of `name`: `NAME.damaged-TIME`. gm_free. */
int gm_repair_kept_name(char **out, const struct gm_repair *repair, const char *name);

/* Tell that a file was replaced. */
int gm_repair_tell_file(const struct gm_repair *repair, const char *name,
	const char *kept, const char *message);

/* True for an error that says nothing about the repository. */
bool gm_repair_must_stop(int rc);

/* Which commits have their whole history, and which trees all trees below them. */
struct gm_history {
	struct gm_store *store;
	struct gm_map states;
};

#define GM_HISTORY_INIT(store_)                                        \
	{                                                              \
		.store = (store_), .states = GM_MAP_INIT(GM_OID_SIZE), \
	}
void gm_history_dispose(struct gm_history *history);

/*
 * 1 when every commit that `commit` leads to is there and its own tree, folders and all; 0 when
 * not; or an error. Files are not looked at.
 */
int gm_history_is_whole(struct gm_history *history, const struct gm_oid *commit);

/* The same, whatever became of the commits before it. */
int gm_history_has_tip(struct gm_history *history, const struct gm_oid *commit);

#endif
