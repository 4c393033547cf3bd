#include "index/query_parts.h"

#include <stdbool.h>
#include <string.h>

static const char white[] = " \t\r\n\v\f";
static const char *const filters[] = {
	"tag", "type", "agent", "session", "before", "after"};

void gm_query_parts_dispose(struct gm_query_parts *parts)
{
	gm_buf_dispose(&parts->text);
	gm_strv_dispose(&parts->phrases);
	gm_strv_dispose(&parts->excluded);
	gm_strv_dispose(&parts->filters);
}

/* Where the reader is; `text` ends in NUL. */
struct reader {
	struct gm_query_parts *parts;
	const char *at;
	bool no_quote; /* none ends behind it */
};

/* The end of what begins with a quote: its last quote. NULL when it has none. */
static const char *find_quote(struct reader *reader, const char *begin)
{
	const char *quote = begin;

	while (!reader->no_quote && (quote = strchr(quote + 1, '"')))
		if (!quote[1] || strchr(" \t\r\n\v\f.,;:!?)]}'", quote[1]))
			return quote;
	reader->no_quote = true;
	return NULL;
}

static int put_text(struct gm_query_parts *parts, const char *text, size_t size)
{
	int rc = gm_buf_put(&parts->text, text, size);

	return rc < 0 ? rc : gm_buf_putc(&parts->text, ' ');
}

static int add(struct gm_strv *list, const char *text, size_t size)
{
	gm_autofree char *copy = gm_strndup(text, size);

	return copy ? gm_strv_add(list, copy) : GM_ENOMEM;
}

/* What ends at a quote or at white space: its bytes, and what is behind it. */
struct value {
	const char *text;
	size_t size;
	const char *behind;
};

static void read_value(struct value *out, struct reader *reader, const char *at)
{
	const char *quote = *at == '"' ? find_quote(reader, at) : NULL;

	out->text = quote ? at + 1 : at;
	out->size = quote ? (size_t)(quote - at - 1) : strcspn(at, white);
	out->behind = quote ? quote + 1 : at + out->size;
}

/* 1 when a filter was taken. One without a value is a word. */
static int take_filter(struct reader *reader, const char *at)
{
	struct gm_query_parts *parts = reader->parts;
	size_t size = strcspn(at, ":\" \t\r\n\v\f");
	bool known = false;
	struct value value;

	for (size_t i = 0; i < sizeof(filters) / sizeof(*filters); i++)
		known = known ||
			(strlen(filters[i]) == size && !strncmp(filters[i], at, size));
	if (!known || at[size] != ':' || parts->filters.n >= 2 * GM_QUERY_MAX_PARTS)
		return 0;
	read_value(&value, reader, at + size + 1);
	if (!value.size)
		return 0;
	int rc = add(&parts->filters, reader->at, (size_t)(at + size - reader->at));
	if (rc == 0)
		rc = add(&parts->filters, value.text, value.size);
	reader->at = value.behind;
	return rc < 0 ? rc : 1;
}

/* 1 when a phrase was taken, whose words count as others do. */
static int take_phrase(struct reader *reader)
{
	struct gm_query_parts *parts = reader->parts;
	const char *quote = *reader->at == '"' ? find_quote(reader, reader->at) : NULL;

	if (!quote || parts->phrases.n == GM_QUERY_MAX_PARTS)
		return 0;
	size_t size = (size_t)(quote - reader->at - 1);
	int rc = add(&parts->phrases, reader->at + 1, size);
	if (rc == 0)
		rc = put_text(parts, reader->at + 1, size);
	reader->at = quote + 1;
	return rc < 0 ? rc : 1;
}

static int take_excluded(struct reader *reader)
{
	struct gm_query_parts *parts = reader->parts;
	const char *at = reader->at + 1;
	struct value value;

	if (*at == '-' || !*at || strchr(white, *at))
		return 0;
	int rc = take_filter(reader, at);
	if (rc || parts->excluded.n == GM_QUERY_MAX_PARTS)
		return rc;
	read_value(&value, reader, at);
	rc = add(&parts->excluded, value.text, value.size);
	reader->at = value.behind;
	return rc < 0 ? rc : 1;
}

static int take_word(struct reader *reader)
{
	const char *at = reader->at;
	size_t size = strcspn(at, white);

	reader->at += size;
	return put_text(reader->parts, at, size);
}

int gm_query_parts_parse(struct gm_query_parts *out, const char *query, size_t size)
{
	gm_autofree char *text = gm_strndup(query, size);
	struct reader reader = {out, text, false};
	int rc = text ? 0 : GM_ENOMEM;

	while (rc == 0 && *(reader.at += strspn(reader.at, white))) {
		rc = *reader.at == '-' ? take_excluded(&reader)
				       : take_filter(&reader, reader.at);
		if (rc == 0)
			rc = take_phrase(&reader);
		rc = rc > 0 ? 0 : rc < 0 ? rc : take_word(&reader);
	}
	return rc;
}
