#include "dag/record.h"

#include <string.h>

#include "base/yaml.h"
#include "dag/record_internal.h"

/* The parts of a file; they point into it. */
struct parts {
	const char *front_matter;
	size_t front_matter_size;
	const char *content;
	size_t content_size;
};

/* The size of the line at `text` with its newline. */
static size_t line_size(const char *text, size_t size)
{
	const char *newline = memchr(text, '\n', size);

	return newline ? (size_t)(newline - text) + 1 : size;
}

/* `---`, with blanks or a CR behind it at most. */
static bool is_mark(const char *line, size_t size)
{
	if (size < 3 || memcmp(line, "---", 3) != 0)
		return false;
	for (size_t i = 3; i < size; i++)
		if (!memchr(" \t\r\n", line[i], 4))
			return false;
	return true;
}

static int split(struct parts *out, const char *data, size_t size)
{
	size_t at = size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	size_t line = line_size(data + at, size - at);

	if (!is_mark(data + at, line))
		return gm_error(GM_EINVALID, "no front matter");
	at += line;
	out->front_matter = data + at;
	for (;;) {
		out->front_matter_size = (size_t)(data + at - out->front_matter);
		if (at == size)
			return gm_error(GM_EINVALID, "the front matter has no end");
		if (out->front_matter_size > GM_RECORD_MAX_FRONT_MATTER)
			return gm_error(GM_EINVALID, "the front matter is over %zu bytes",
				GM_RECORD_MAX_FRONT_MATTER);
		line = line_size(data + at, size - at);
		if (is_mark(data + at, line))
			break;
		at += line;
	}
	at += line;
	out->content = data + at;
	out->content_size = size - at;
	if (out->content_size && out->content[out->content_size - 1] == '\n')
		out->content_size--;
	return 0;
}

/* Over a limit or against a rule: to the caller both mean that this is no record. */
static int as_invalid(int rc)
{
	if (rc != GM_ETOOBIG)
		return rc;
	struct gm_error error = *gm_error_last();
	return gm_error(GM_EINVALID, "%s", error.message);
}

static int take_front_matter(struct gm_record *record, const struct parts *parts)
{
	gm_autojson *fields = NULL;
	int rc = gm_yaml_parse(&fields, parts->front_matter, parts->front_matter_size);

	if (rc < 0)
		return rc;
	if (!json_object_get(fields, "type") ||
		json_is_null(json_object_get(fields, "type")))
		return gm_error(GM_EINVALID, "'type' is missing");
	return gm_record_take_fields(record, fields, GM_RECORD_FROM_YAML);
}

int gm_record_decode(struct gm_record *out, const char *data, size_t size)
{
	gm_autorecord record = GM_RECORD_INIT;
	struct parts parts = {.content = NULL};
	int rc = split(&parts, data, size);

	if (rc == 0)
		rc = take_front_matter(&record, &parts);
	if (rc == 0)
		rc = gm_record_set_content(&record, parts.content, parts.content_size);
	if (rc == 0)
		rc = gm_record_normalise(&record, SIZE_MAX);
	if (rc < 0)
		return as_invalid(rc);
	gm_record_dispose(out);
	*out = record;
	record = (struct gm_record)GM_RECORD_INIT;
	return 0;
}

int gm_record_content_start(size_t *out, const char *data, size_t size)
{
	struct parts parts = {.content = NULL};
	int rc = split(&parts, data, size);

	if (rc == 0)
		*out = (size_t)(parts.content - data);
	return rc;
}
