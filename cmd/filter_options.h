/*
 * The options that choose memories, the same for `list` and `recall`.
 */
#ifndef GM_CMD_FILTER_OPTIONS_H
#define GM_CMD_FILTER_OPTIONS_H

#include "cmd/memory.h"

struct gm_filter_options {
	struct gm_strv types; /* any of them */
	struct gm_strv tags;  /* all of them */
	const char *agent;
	const char *session;
	const char *since;
	const char *until;
	const char *at;
};

/* How many options gm_filter_options_fill() writes. */
#define GM_FILTER_OPTIONS 7
void gm_filter_options_fill(
	struct gm_option out[GM_FILTER_OPTIONS], struct gm_filter_options *options);

#define GM_FILTER_OPTIONS_INIT                              \
	{                                                   \
		.types = GM_STRV_INIT, .tags = GM_STRV_INIT \
	}
#define gm_autofilteroptions \
	gm_cleanup(gm_filter_options_dispose) struct gm_filter_options
void gm_filter_options_dispose(struct gm_filter_options *options);

/* Set what was asked for. `out` points into `options`. GM_EUSAGE for a bad value. */
int gm_filter_options_apply(
	struct gm_filter *out, const struct gm_filter_options *options);

/* Add a type; GM_EUSAGE that names the option when there is none by this name. */
int gm_filter_add_type(struct gm_filter *filter, const char *option, const char *name);

#endif
