/*
 * How old things may get: times that options and settings of upkeep give.
 */
#ifndef GM_CMD_EXPIRE_H
#define GM_CMD_EXPIRE_H

#include "cmd/command.h"

/*
 * A time as gm_parse_time_option() takes it; "never" is before all times, and "now" is behind
 * everything that was written until now, also in this second. GM_EUSAGE that names the option.
 */
int gm_parse_expire(gm_time *out, const char *option, const char *text);

/* The same of a setting, or of `otherwise` when it is not set. GM_EINVALID names it. */
int gm_config_expire(
	gm_time *out, struct gm_call *call, const char *setting, const char *otherwise);

#endif
