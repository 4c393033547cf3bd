#include "dag/record.h"

#include <string.h>

void gm_record_dispose(struct gm_record *record)
{
	gm_free(record->key);
	gm_free(record->agent);
	gm_free(record->session);
	gm_free(record->role);
	gm_strv_dispose(&record->tags);
	gm_strv_dispose(&record->supersedes);
	json_decref(record->source);
	json_decref(record->extra);
	gm_free(record->content);
	*record = (struct gm_record)GM_RECORD_INIT;
}

int gm_record_set_text(char **field, const char *text)
{
	char *copy = NULL;

	if (text) {
		copy = gm_strdup(text);
		if (!copy)
			return GM_ENOMEM;
	}
	gm_free(*field);
	*field = copy;
	return 0;
}

int gm_record_set_content(struct gm_record *record, const char *content, size_t size)
{
	char *copy = gm_strndup(content, size);

	if (!copy)
		return GM_ENOMEM;
	gm_free(record->content);
	record->content = copy;
	record->content_size = size;
	return 0;
}

static int copy_json(json_t **out, const json_t *from)
{
	json_t *copy = NULL;

	if (from) {
		copy = json_deep_copy(from);
		if (!copy)
			return gm_error(GM_ENOMEM, "out of memory");
	}
	*out = copy;
	return 0;
}

int gm_record_copy(struct gm_record *out, const struct gm_record *from)
{
	gm_autorecord copy = *from;

	copy.key = copy.agent = copy.session = copy.role = copy.content = NULL;
	copy.tags = copy.supersedes = (struct gm_strv)GM_STRV_INIT;
	copy.source = copy.extra = NULL;
	int rc = gm_record_set_text(&copy.key, from->key);
	if (rc == 0)
		rc = gm_record_set_text(&copy.agent, from->agent);
	if (rc == 0)
		rc = gm_record_set_text(&copy.session, from->session);
	if (rc == 0)
		rc = gm_record_set_text(&copy.role, from->role);
	if (rc == 0)
		rc = gm_strv_copy(&copy.tags, &from->tags);
	if (rc == 0)
		rc = gm_strv_copy(&copy.supersedes, &from->supersedes);
	if (rc == 0)
		rc = copy_json(&copy.source, from->source);
	if (rc == 0)
		rc = copy_json(&copy.extra, from->extra);
	if (rc == 0 && from->content)
		rc = gm_record_set_content(&copy, from->content, from->content_size);
	if (rc < 0)
		return rc;
	gm_record_dispose(out);
	*out = copy;
	copy = (struct gm_record)GM_RECORD_INIT;
	return 0;
}

static const char *const type_names[] = {
	[GM_RECORD_EPISODIC] = "episodic",
	[GM_RECORD_SEMANTIC] = "semantic",
	[GM_RECORD_PROCEDURAL] = "procedural",
	[GM_RECORD_STATE] = "state",
};

static const char *const scope_names[] = {
	[GM_SCOPE_PRIVATE] = "private",
	[GM_SCOPE_SHARED] = "shared",
	[GM_SCOPE_GLOBAL] = "global",
};

#define N_NAMES(names) (sizeof(names) / sizeof(*(names)))

/* The place of `name` in the list; `n` when it is not there. */
static size_t find_name(const char *const *names, size_t n, const char *name)
{
	size_t i = 0;

	while (i < n && strcmp(names[i], name) != 0)
		i++;
	return i;
}

const char *gm_record_type_name(enum gm_record_type type)
{
	return type_names[type];
}

bool gm_record_type_parse(enum gm_record_type *out, const char *name)
{
	size_t i = find_name(type_names, N_NAMES(type_names), name);

	if (i == N_NAMES(type_names))
		return false;
	*out = (enum gm_record_type)i;
	return true;
}

const char *gm_scope_name(enum gm_scope scope)
{
	return scope_names[scope];
}

bool gm_scope_parse(enum gm_scope *out, const char *name)
{
	size_t i = find_name(scope_names, N_NAMES(scope_names), name);

	if (i == N_NAMES(scope_names))
		return false;
	*out = (enum gm_scope)i;
	return true;
}
