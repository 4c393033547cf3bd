/*
 * Which commits of a walk a log shows: by author, agent, message and number of parents.
 */
#ifndef GM_CMD_LOG_FILTER_H
#define GM_CMD_LOG_FILTER_H

#include "base/pattern.h"
#include "base/strv.h"
#include "dag/commit.h"

struct gm_log_patterns {
	struct gm_pattern *items;
	size_t n;
};

struct gm_log_filter {
	/* As the options say. */
	struct gm_strv author; /* patterns; one must match */
	struct gm_strv grep;
	const char *agent; /* NULL: any */
	bool any_case, extended, fixed, inverted;
	bool merges, no_merges;
	/* Made by gm_log_filter_compile(). */
	struct gm_log_patterns authors;
	struct gm_log_patterns messages;
};

#define GM_LOG_FILTER_INIT                                   \
	{                                                    \
		.author = GM_STRV_INIT, .grep = GM_STRV_INIT \
	}
#define gm_autologfilter gm_cleanup(gm_log_filter_dispose) struct gm_log_filter
void gm_log_filter_dispose(struct gm_log_filter *filter);

/* Compile the patterns; GM_EUSAGE names the option of one that is none. */
int gm_log_filter_compile(struct gm_log_filter *filter);

/* 1 when the commit is wanted, 0 when not. */
int gm_log_filter_match(
	const struct gm_log_filter *filter, const struct gm_commit *commit);

#endif
