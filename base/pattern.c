#include "base/pattern.h"

#include <string.h>

#include "base/buf.h"
#include "base/error.h"

void gm_pattern_dispose(struct gm_pattern *pattern)
{
	if (pattern->compiled)
		regfree(&pattern->regex);
	pattern->compiled = false;
}

/* Plain text as a basic regular expression. */
static int escape(struct gm_buf *out, const char *text)
{
	int rc = 0;

	for (; rc == 0 && *text; text++) {
		if (strchr("\\.[*^$", *text))
			rc = gm_buf_putc(out, '\\');
		if (rc == 0)
			rc = gm_buf_putc(out, *text);
	}
	return rc;
}

int gm_pattern_compile(struct gm_pattern *out, const char *text, unsigned flags)
{
	gm_autobuf escaped = GM_BUF_INIT(2 * GM_PATTERN_MAX + 1);
	bool fixed = flags & GM_PATTERN_FIXED;
	char why[128];

	if (strlen(text) > GM_PATTERN_MAX)
		return gm_error(
			GM_EINVALID, "a pattern of more than %zu bytes", GM_PATTERN_MAX);
	int rc = fixed ? escape(&escaped, text) : 0;
	if (rc < 0)
		return rc;
	int failed = regcomp(&out->regex, fixed ? gm_buf_str(&escaped) : text,
		(flags & GM_PATTERN_EXTENDED && !fixed ? REG_EXTENDED : 0) |
			(flags & GM_PATTERN_ANY_CASE ? REG_ICASE : 0) |
			(flags & GM_PATTERN_LINES ? REG_NEWLINE : 0));
	if (failed == REG_ESPACE)
		return GM_ENOMEM;
	if (failed) {
		(void)regerror(failed, &out->regex, why, sizeof(why));
		return gm_error(GM_EINVALID, "bad pattern '%s': %s", text, why);
	}
	out->compiled = true;
	return 0;
}

bool gm_pattern_match(const struct gm_pattern *pattern, const char *text, size_t size)
{
	regmatch_t whole = {.rm_so = 0, .rm_eo = (regoff_t)size};

	return regexec(&pattern->regex, text, 1, &whole, REG_STARTEND) == 0;
}
