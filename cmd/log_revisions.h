/*
 * What the arguments of `log` mean: where history begins and ends, and the memories and paths
 * it is limited to.
 */
#ifndef GM_CMD_LOG_REVISIONS_H
#define GM_CMD_LOG_REVISIONS_H

#include "cmd/names.h"
#include "dag/revision_range.h"

struct gm_log_revisions {
	bool all, branches, tags, remotes; /* as the options say */
	struct gm_revision_range range;
	struct gm_names names;
};

#define GM_LOG_REVISIONS_INIT                                            \
	{                                                                \
		.range = GM_REVISION_RANGE_INIT, .names = GM_NAMES_INIT, \
	}
void gm_log_revisions_dispose(struct gm_log_revisions *revisions);

/*
 * Read the arguments; the names are all that stands behind `--`. Without that the first one that
 * is no revision begins the names, which must then mean something now.
 */
int gm_log_revisions_parse(struct gm_log_revisions *revisions, struct gm_call *call,
	const struct gm_options_result *args);

/* Start a walk with all of it. */
int gm_log_revisions_push(const struct gm_log_revisions *revisions, struct gm_walk *walk);

/* Whether a part of history is left out. */
bool gm_log_revisions_hide(const struct gm_log_revisions *revisions);

#endif
