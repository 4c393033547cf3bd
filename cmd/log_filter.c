#include "cmd/log_filter.h"

#include <string.h>

#include "base/buf.h"
#include "base/error.h"

static void dispose_patterns(struct gm_log_patterns *patterns)
{
	for (size_t i = 0; i < patterns->n; i++)
		gm_pattern_dispose(&patterns->items[i]);
	gm_free(patterns->items);
	*patterns = (struct gm_log_patterns){.items = NULL};
}

void gm_log_filter_dispose(struct gm_log_filter *filter)
{
	gm_strv_dispose(&filter->author);
	gm_strv_dispose(&filter->grep);
	dispose_patterns(&filter->authors);
	dispose_patterns(&filter->messages);
}

static int compile(struct gm_log_patterns *out, const struct gm_strv *texts,
	unsigned flags, const char *option)
{
	out->items = gm_calloc(texts->n, sizeof(*out->items));
	if (!out->items)
		return GM_ENOMEM;
	for (; out->n < texts->n; out->n++) {
		int rc = gm_pattern_compile(
			&out->items[out->n], texts->items[out->n], flags);
		if (rc == GM_EINVALID)
			return gm_error(
				GM_EUSAGE, "%s: %s", option, gm_error_last()->message);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int gm_log_filter_compile(struct gm_log_filter *filter)
{
	unsigned flags = GM_PATTERN_LINES;

	if (filter->extended)
		flags |= GM_PATTERN_EXTENDED;
	if (filter->fixed)
		flags |= GM_PATTERN_FIXED;
	if (filter->any_case)
		flags |= GM_PATTERN_ANY_CASE;
	int rc = compile(&filter->authors, &filter->author, flags, "--author");
	return rc < 0 ? rc : compile(&filter->messages, &filter->grep, flags, "--grep");
}

static bool match_any(
	const struct gm_log_patterns *patterns, const char *text, size_t size)
{
	for (size_t i = 0; i < patterns->n; i++)
		if (gm_pattern_match(&patterns->items[i], text, size))
			return true;
	return false;
}

static int match_author(
	const struct gm_log_filter *filter, const struct gm_commit *commit)
{
	if (!filter->authors.n)
		return 1;
	gm_autofree char *whole =
		gm_format("%s <%s>", commit->author.name, commit->author.mail);
	return whole ? match_any(&filter->authors, whole, strlen(whole)) : GM_ENOMEM;
}

/* The empty line that parts a message from the headers counts, as with git. */
static bool match_message(
	const struct gm_log_filter *filter, const struct gm_commit *commit)
{
	const char *message = commit->message;

	if (!filter->messages.n)
		return true;
	bool found = match_any(&filter->messages, message, strlen(message)) ||
		match_any(&filter->messages, "", 0);
	return found != filter->inverted;
}

int gm_log_filter_match(
	const struct gm_log_filter *filter, const struct gm_commit *commit)
{
	if (filter->merges && commit->n_parents < 2)
		return 0;
	if (filter->no_merges && commit->n_parents > 1)
		return 0;
	if (filter->agent && strcmp(filter->agent, commit->author.name) != 0)
		return 0;
	if (!match_message(filter, commit))
		return 0;
	return match_author(filter, commit);
}
