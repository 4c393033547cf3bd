#include "dag/range.h"

#include <string.h>

#include "base/error.h"

void gm_range_dispose(struct gm_range *range)
{
	gm_free(range->left);
	gm_free(range->right);
}

int gm_range_split(struct gm_range *out, const char *text)
{
	const char *dots = strstr(text, "..");

	if (!dots)
		return 0;
	out->symmetric = dots[2] == '.';
	const char *right = dots + (out->symmetric ? 3 : 2);
	out->left =
		dots > text ? gm_strndup(text, (size_t)(dots - text)) : gm_strdup("HEAD");
	out->right = gm_strdup(*right ? right : "HEAD");
	return out->left && out->right ? 1 : GM_ENOMEM;
}
