#include "index/embedding_answer.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/utf8.h"

#define MAX_TEXT 16384

/* The beginning of a text that ends with a whole character, if it is UTF-8. */
static size_t cut(const struct gm_embedding_text *text)
{
	size_t size = text->size;

	if (size <= MAX_TEXT)
		return size;
	size = MAX_TEXT;
	while (size > MAX_TEXT - 4 && ((unsigned char)text->text[size] & 0xc0) == 0x80)
		size--;
	return size;
}

static int append_text(
	json_t *array, const char *prefix, const struct gm_embedding_text *text)
{
	gm_autobuf clean = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = gm_buf_puts(&clean, prefix);

	if (rc == 0)
		rc = gm_utf8_replace(&clean, text->text, cut(text));
	return rc < 0 ? rc : gm_json_append(array, gm_json_string(gm_buf_str(&clean)));
}

int gm_embedding_question(struct gm_buf *out, const char *prefix,
	const struct gm_embedding_text *texts, size_t n)
{
	gm_autojson *array = gm_json_array();
	int rc = array ? 0 : GM_ENOMEM;

	for (size_t i = 0; i < n && rc == 0; i++)
		rc = append_text(array, prefix, &texts[i]);
	return rc < 0 ? rc : gm_json_dump(out, array, false);
}

/* What it says of itself that is wrong. */
static int refusal(const json_t *json)
{
	const char *why = json_string_value(json_object_get(json, "error"));

	bool away = json_is_true(json_object_get(json, "away"));

	return gm_error(away ? GM_ERROR : GM_EINVALID, "%s",
		why ? why : "the answer is no list of vectors");
}

static int find_dims(size_t *dims, const json_t *json)
{
	for (size_t i = 0; i < json_array_size(json); i++) {
		const json_t *vector = json_array_get(json, i);
		size_t n = json_array_size(vector);
		if (json_is_null(vector))
			continue;
		if (!json_is_array(vector) || !n)
			return gm_error(GM_EINVALID,
				"the answer has something else than vectors");
		if (n > GM_EMBEDDING_MAX_DIMS)
			return gm_error(GM_EINVALID,
				"the answer has a vector of %zu numbers; %d are the most",
				n, GM_EMBEDDING_MAX_DIMS);
		if (!*dims)
			*dims = n;
		if (n != *dims)
			return gm_error(GM_EINVALID,
				"the answer has a vector of %zu numbers, not %zu", n,
				*dims);
	}
	return 0;
}

static int read_vector(float *out, size_t dims, const json_t *vector)
{
	for (size_t i = 0; i < dims; i++) {
		const json_t *number = json_array_get(vector, i);
		if (!json_is_number(number) && !json_is_null(number))
			return gm_error(GM_EINVALID,
				"the answer has a vector of something else than numbers");
		float value =
			json_is_null(number) ? NAN : (float)json_number_value(number);
		if (!isfinite(value)) {
			memset(out, 0, dims * sizeof(*out));
			return 0;
		}
		out[i] = value;
	}
	return 0;
}

int gm_embedding_answer(
	float **out, size_t *dims, const char *line, size_t size, size_t n)
{
	gm_autojson *json = NULL;
	gm_autofree float *vectors = NULL;
	size_t expected = *dims;
	int rc = gm_json_parse(&json, line, size);

	if (rc == GM_EINVALID)
		return gm_error_prefix("the answer");
	if (rc < 0)
		return rc;
	if (!json_is_array(json))
		return refusal(json);
	if (json_array_size(json) != n)
		return gm_error(GM_EINVALID, "the answer has %zu vectors for %zu texts",
			json_array_size(json), n);
	rc = find_dims(&expected, json);
	if (rc < 0)
		return rc;
	vectors = gm_calloc(n ? n : 1, (expected ? expected : 1) * sizeof(*vectors));
	if (!vectors)
		return GM_ENOMEM;
	for (size_t i = 0; i < n && rc == 0; i++)
		if (json_is_array(json_array_get(json, i)))
			rc = read_vector(vectors + i * expected, expected,
				json_array_get(json, i));
	if (rc < 0)
		return rc;
	*dims = expected;
	*out = gm_steal(&vectors);
	return 0;
}
