#include "cmd/expire.h"

#include <string.h>

int gm_parse_expire(gm_time *out, const char *option, const char *text)
{
	if (!strcmp(text, "never")) {
		*out = GM_TIME_NONE;
		return 0;
	}
	if (!strcmp(text, "now") || !strcmp(text, "all")) {
		*out = INT64_MAX;
		return 0;
	}
	return gm_parse_time_option(out, option, text);
}

int gm_config_expire(
	gm_time *out, struct gm_call *call, const char *setting, const char *otherwise)
{
	const char *text = gm_config_get(gm_repo_config(call->repo), setting);

	if (gm_parse_expire(out, "", text ? text : otherwise) == 0)
		return 0;
	return gm_error(GM_EINVALID, "%s: '%s' is not a time", setting, text);
}
