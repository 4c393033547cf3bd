#include "cmd/filter_options.h"

#include <stdlib.h>
#include <string.h>

void gm_filter_options_fill(
	struct gm_option out[GM_FILTER_OPTIONS], struct gm_filter_options *options)
{
	const struct gm_option table[GM_FILTER_OPTIONS] = {
		{GM_OPTION_STRV, 0, "type", &options->types, "TYPE",
			"only episodic, semantic, procedural or state memories", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_STRV, 0, "tag", &options->tags, "TAG",
			"only memories with this tag (all of several)", NULL,
			GM_COMPLETE_TAG},
		{GM_OPTION_STRING, 0, "agent", &options->agent, "NAME",
			"only memories of this agent", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 0, "session", &options->session, "SESSION",
			"only messages of this session", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 0, "since", &options->since, "TIME",
			"only memories created since then", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 0, "until", &options->until, "TIME",
			"only memories created up to then", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 0, "at", &options->at, "REV",
			"look at this revision instead of the head", NULL,
			GM_COMPLETE_REVISION},
	};

	memcpy(out, table, sizeof(table));
}

void gm_filter_options_dispose(struct gm_filter_options *options)
{
	gm_strv_dispose(&options->types);
	gm_strv_dispose(&options->tags);
}

int gm_filter_add_type(struct gm_filter *filter, const char *option, const char *name)
{
	enum gm_record_type type;

	if (!gm_record_type_parse(&type, name))
		return gm_error(GM_EUSAGE,
			"%s: '%s' is none of episodic, semantic, procedural, state",
			option, name);
	filter->types |= 1u << type;
	return 0;
}

static int set_types(struct gm_filter *out, const struct gm_strv *names)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < names->n; i++)
		rc = gm_filter_add_type(out, "--type", names->items[i]);
	return rc;
}

int gm_filter_options_apply(
	struct gm_filter *out, const struct gm_filter_options *options)
{
	int rc = set_types(out, &options->types);

	if (rc == 0 && options->since)
		rc = gm_parse_time_option(&out->since, "--since", options->since);
	if (rc == 0 && options->until)
		rc = gm_parse_time_option(&out->until, "--until", options->until);
	out->tags = options->tags.n ? &options->tags : NULL;
	out->agent = options->agent;
	out->session = options->session;
	return rc;
}
