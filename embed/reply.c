#include "embed/reply.h"

#include <string.h>

#include "base/utf8.h"

#define MAX_REASON 200

/* The length of a word that stands for no number of JSON's, at `text`; 0: there is none. */
static size_t no_number_at(const char *text, size_t size)
{
	static const char *const words[] = {
		"NaN", "nan", "-NaN", "-nan", "Infinity", "-Infinity", "inf", "-inf"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		size_t n = strlen(words[i]);
		if (n <= size && !memcmp(text, words[i], n))
			return n;
	}
	return 0;
}

/* Append `text` with null for each of those words outside of strings. */
static int mend(struct gm_buf *out, const char *text, size_t size)
{
	bool quoted = false;
	int rc = 0;

	for (size_t i = 0; i < size && rc == 0;) {
		size_t n = quoted ? 0 : no_number_at(text + i, size - i);
		if (n) {
			rc = gm_buf_puts(out, "null");
			i += n;
			continue;
		}
		if (text[i] == '"')
			quoted = !quoted;
		if (quoted && text[i] == '\\' && i + 1 < size)
			rc = gm_buf_putc(out, text[i++]);
		if (rc == 0)
			rc = gm_buf_putc(out, text[i++]);
	}
	return rc;
}

static int parse(json_t **out, const char *text, size_t size)
{
	gm_autobuf mended = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = gm_json_parse(out, text, size);

	if (rc != GM_EINVALID)
		return rc;
	rc = mend(&mended, text, size);
	if (rc == 0)
		rc = gm_json_parse(out, gm_buf_str(&mended), mended.size);
	return rc == GM_EINVALID ? gm_error_prefix("the endpoint's answer") : rc;
}

/* The place of an item: what it says, or where it stands. */
static size_t place_of(const json_t *item, size_t i)
{
	const json_t *index = json_object_get(item, "index");

	return json_is_integer(index) && json_integer_value(index) >= 0
		? (size_t)json_integer_value(index)
		: i;
}

static int place(json_t *vectors, const json_t *item, size_t i)
{
	json_t *vector = json_object_get(item, "embedding");
	size_t at = place_of(item, i);

	if (!json_is_array(vector) && !json_is_null(vector))
		return gm_error(
			GM_EINVALID, "the endpoint's answer has no list of numbers");
	if (at >= json_array_size(vectors) || !json_is_false(json_array_get(vectors, at)))
		return gm_error(
			GM_EINVALID, "the endpoint's answer has no vector for each text");
	return json_array_set(vectors, at, vector) < 0 ? GM_ENOMEM : 0;
}

int gm_reply_read(json_t **out, const char *text, size_t size, size_t n)
{
	gm_autojson *json = NULL;
	gm_autojson *vectors = gm_json_array();
	int rc = vectors ? parse(&json, text, size) : GM_ENOMEM;
	const json_t *data = json_object_get(json, "data");

	if (rc == 0 && !json_is_array(data))
		rc = gm_error(GM_EINVALID, "the endpoint's answer has no 'data'");
	if (rc == 0 && json_array_size(data) != n)
		rc = gm_error(GM_EINVALID,
			"the endpoint's answer has %zu vectors for %zu texts",
			json_array_size(data), n);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = gm_json_append(vectors, json_false());
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = place(vectors, json_array_get(data, i), i);
	if (rc < 0)
		return rc;
	*out = gm_steal(&vectors);
	return 0;
}

int gm_reply_reason(struct gm_buf *out, const char *text, size_t size)
{
	gm_autojson *json = NULL;
	gm_autobuf clean = GM_BUF_INIT(GM_BUF_TEXT);
	const json_t *error = NULL;
	const char *reason = NULL;

	if (size && gm_json_parse(&json, text, size) == 0)
		error = json_object_get(json, "error");
	reason = json_string_value(
		json_is_object(error) ? json_object_get(error, "message") : error);
	if (!reason)
		return 0;
	int rc = gm_utf8_replace(&clean, reason, strnlen(reason, MAX_REASON));
	return rc < 0 ? rc : gm_buf_puts(out, gm_buf_str(&clean));
}
