#include "cmd/query_filters.h"

#include <string.h>

#include "cmd/filter_options.h"

void gm_query_filters_dispose(struct gm_query_filters *filters)
{
	gm_query_parts_dispose(&filters->parts);
	gm_strv_dispose(&filters->tags);
}

static int set_one(const char **out, const char *name, const char *value)
{
	if (*out && strcmp(*out, value) != 0)
		return gm_error(GM_EUSAGE, "%s: a memory is not of both '%s' and '%s'",
			name, *out, value);
	*out = value;
	return 0;
}

static int set_after(struct gm_filter *filter, const char *value)
{
	gm_time time;
	int rc = gm_parse_time_option(&time, "after", value);

	if (rc == 0 && (filter->since == GM_TIME_NONE || filter->since < time))
		filter->since = time;
	return rc;
}

/* Up to then, without it. */
static int set_before(struct gm_filter *filter, const char *value)
{
	gm_time time;
	int rc = gm_parse_time_option(&time, "before", value);

	if (rc == 0 && (filter->until == GM_TIME_NONE || filter->until >= time))
		filter->until = time - 1;
	return rc;
}

static int add_filter(struct gm_query_filters *filters, struct gm_filter *filter,
	const char *name, const char *value)
{
	if (*name == '-')
		return gm_error(GM_EUSAGE, "%s: a filter cannot be turned round", name);
	if (!strcmp(name, "tag"))
		return gm_strv_add(&filters->tags, value);
	if (!strcmp(name, "type"))
		return gm_filter_add_type(filter, name, value);
	if (!strcmp(name, "agent"))
		return set_one(&filter->agent, name, value);
	if (!strcmp(name, "session"))
		return set_one(&filter->session, name, value);
	return *name == 'a' ? set_after(filter, value) : set_before(filter, value);
}

int gm_query_filters_apply(
	struct gm_query_filters *out, struct gm_filter *filter, const char *query)
{
	const struct gm_strv *list = &out->parts.filters;
	int rc = gm_query_parts_parse(&out->parts, query, strlen(query));

	for (size_t i = 0; rc == 0 && filter->tags && i < filter->tags->n; i++)
		rc = gm_strv_add(&out->tags, filter->tags->items[i]);
	for (size_t i = 0; rc == 0 && i + 1 < list->n; i += 2) {
		const char *name = list->items[i], *value = list->items[i + 1];
		rc = add_filter(out, filter, name, value);
		if (rc == GM_EUSAGE)
			gm_error_hint("'%s:%s' in quotes is searched for", name, value);
	}
	filter->tags = out->tags.n ? &out->tags : NULL;
	return rc;
}
