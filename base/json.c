#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

/* As deep as jansson itself parses. */
#define MAX_DEPTH 2048

void gm_json_free_p(json_t **value)
{
	json_decref(*value);
}

void gm_json_setup(void)
{
	json_set_alloc_funcs(gm_malloc, gm_free);
}

/* jansson skips a NUL between tokens. */
static int refuse_nul(const char *text, size_t size)
{
	const char *nul = size ? memchr(text, '\0', size) : NULL;
	size_t line = 1;

	for (const char *at = text; nul && at < nul; at++)
		line += *at == '\n';
	if (nul)
		return gm_error(
			GM_EINVALID, "invalid JSON at line %zu: a NUL byte", line);
	return 0;
}

int gm_json_parse(json_t **out, const char *text, size_t size)
{
	json_error_t error;
	int rc = refuse_nul(text, size);

	if (rc < 0)
		return rc;
	gm_error_clear();
	json_t *value =
		json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (value) {
		*out = value;
		return 0;
	}
	/* jansson often tells a failed allocation as a fault of the text: ours knows better. */
	if (gm_error_last()->code == GM_ENOMEM ||
		json_error_code(&error) == json_error_out_of_memory)
		return gm_error(GM_ENOMEM, "out of memory");
	if (error.line < 1)
		return gm_error(GM_EINVALID, "invalid JSON: %s", error.text);
	return gm_error(GM_EINVALID, "invalid JSON at line %d, column %d: %s", error.line,
		error.column, error.text);
}

static int put_chunk(const char *text, size_t size, void *payload)
{
	return gm_buf_put(payload, text, size);
}

/* What jansson can write without our help: everything but reals at their shortest. */
static int dump_plain(struct gm_buf *out, const json_t *value, size_t flags)
{
	gm_error_clear();
	int rc = json_dump_callback(
		value, put_chunk, out, flags | JSON_COMPACT | JSON_ENCODE_ANY);
	/* jansson passes over a failure to write a key. */
	int code = gm_error_last()->code;
	if (code < 0)
		return code;
	return rc < 0 ? gm_error(GM_ERROR, "cannot write JSON") : 0;
}

/* The fewest digits that read back as the same number. */
static size_t precision_of(double number)
{
	char text[64];
	int digits = 15;

	for (; digits < 17; digits++) {
		(void)snprintf(text, sizeof(text), "%.*g", digits, number);
		double back = strtod(text, NULL);
		if (memcmp(&back, &number, sizeof(back)) == 0)
			break;
	}
	return (size_t)digits;
}

static bool has_real(const json_t *value, int depth)
{
	const char *key;
	json_t *item;
	size_t i;

	if (json_is_real(value))
		return true;
	if (depth >= MAX_DEPTH)
		return false;
	json_object_foreach((json_t *)(uintptr_t)value, key,
		item) if (has_real(item, depth + 1)) return true;
	json_array_foreach(value, i, item) if (has_real(item, depth + 1)) return true;
	return false;
}

static int dump_value(struct gm_buf *out, const json_t *value, bool sorted, int depth);

static int dump_array(struct gm_buf *out, const json_t *array, bool sorted, int depth)
{
	size_t i;
	json_t *item;
	int rc = gm_buf_putc(out, '[');

	json_array_foreach(array, i, item)
	{
		if (rc == 0 && i)
			rc = gm_buf_putc(out, ',');
		if (rc == 0)
			rc = dump_value(out, item, sorted, depth + 1);
		if (rc < 0)
			return rc;
	}
	return rc < 0 ? rc : gm_buf_putc(out, ']');
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int list_keys(const char ***out, const json_t *object, bool sorted)
{
	size_t n = 0;
	const char *key;
	json_t *item;
	const char **keys = gm_malloc(json_object_size(object) * sizeof(*keys));

	if (!keys)
		return GM_ENOMEM;
	json_object_foreach((json_t *)(uintptr_t)object, key, item) keys[n++] = key;
	if (sorted && n)
		qsort(keys, n, sizeof(*keys), compare_keys);
	*out = keys;
	return 0;
}

static int dump_key(struct gm_buf *out, const char *key)
{
	gm_autojson *text = json_string_nocheck(key);

	if (!text)
		return gm_error(GM_ENOMEM, "out of memory");
	int rc = dump_plain(out, text, 0);
	return rc < 0 ? rc : gm_buf_putc(out, ':');
}

static int dump_object(struct gm_buf *out, const json_t *object, bool sorted, int depth)
{
	gm_autofree const char **keys = NULL;
	int rc = list_keys(&keys, object, sorted);

	if (rc == 0)
		rc = gm_buf_putc(out, '{');
	for (size_t i = 0; rc == 0 && i < json_object_size(object); i++) {
		if (i)
			rc = gm_buf_putc(out, ',');
		if (rc == 0)
			rc = dump_key(out, keys[i]);
		if (rc == 0)
			rc = dump_value(
				out, json_object_get(object, keys[i]), sorted, depth + 1);
	}
	return rc < 0 ? rc : gm_buf_putc(out, '}');
}

static int dump_value(struct gm_buf *out, const json_t *value, bool sorted, int depth)
{
	if (depth > MAX_DEPTH)
		return gm_error(GM_EINVALID, "JSON is nested too deep");
	if (json_is_object(value))
		return dump_object(out, value, sorted, depth);
	if (json_is_array(value))
		return dump_array(out, value, sorted, depth);
	if (json_is_real(value))
		return dump_plain(out, value,
			JSON_REAL_PRECISION(precision_of(json_real_value(value))));
	return dump_plain(out, value, 0);
}

int gm_json_dump(struct gm_buf *out, const json_t *value, bool sorted)
{
	size_t before = out->size;
	int rc = has_real(value, 0) ? dump_value(out, value, sorted, 0)
				    : dump_plain(out, value, sorted ? JSON_SORT_KEYS : 0);

	if (rc < 0 && out->ptr) {
		out->size = before;
		out->ptr[before] = '\0';
	}
	return rc;
}

static json_t *or_no_memory(json_t *value)
{
	if (!value)
		(void)gm_error(GM_ENOMEM, "out of memory");
	return value;
}

json_t *gm_json_object(void)
{
	return or_no_memory(json_object());
}

json_t *gm_json_array(void)
{
	return or_no_memory(json_array());
}

json_t *gm_json_string(const char *text)
{
	if (!text)
		return json_null();
	size_t size = strlen(text);
	if (gm_utf8_valid(text, size))
		return or_no_memory(json_stringn_nocheck(text, size));
	gm_autobuf clean = GM_BUF_INIT(GM_BUF_LARGE);
	if (gm_utf8_replace(&clean, text, size) < 0)
		return NULL;
	return or_no_memory(json_stringn_nocheck(gm_buf_str(&clean), clean.size));
}

/* Why a value is NULL: the error that was set when it could not be made. */
static int earlier_failure(void)
{
	int code = gm_error_last()->code;

	return code < 0 ? code : gm_error(GM_ENOMEM, "out of memory");
}

int gm_json_set(json_t *object, const char *key, json_t *value)
{
	if (!object || !value) {
		json_decref(value);
		return earlier_failure();
	}
	if (!gm_utf8_valid(key, strlen(key))) {
		json_decref(value);
		return gm_error(GM_EINVALID, "a JSON key is not UTF-8");
	}
	if (json_object_set_new_nocheck(object, key, value) < 0)
		return gm_error(GM_ENOMEM, "out of memory");
	return 0;
}

int gm_json_append(json_t *array, json_t *value)
{
	if (!array || !value) {
		json_decref(value);
		return earlier_failure();
	}
	if (json_array_append_new(array, value) < 0)
		return gm_error(GM_ENOMEM, "out of memory");
	return 0;
}

int gm_json_set_string(json_t *object, const char *key, const char *text)
{
	return gm_json_set(object, key, gm_json_string(text));
}

int gm_json_set_int(json_t *object, const char *key, long long number)
{
	return gm_json_set(object, key, or_no_memory(json_integer(number)));
}

int gm_json_set_bool(json_t *object, const char *key, bool value)
{
	return gm_json_set(object, key, json_boolean(value));
}
