#include "base/yaml_quick.h"

#include <stdlib.h>
#include <string.h>

#define MAX_KEY 64

/* More digits may not fit a 64-bit number. */
#define MAX_DIGITS 18

struct reader {
	const char *at;
	const char *end;
	struct gm_buf text; /* of a string with escapes */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool take(struct reader *reader, const char *text)
{
	size_t size = strlen(text);

	if ((size_t)(reader->end - reader->at) < size ||
		memcmp(reader->at, text, size) != 0)
		return false;
	reader->at += size;
	return true;
}

/* A number is one only when JSON would print it just as it is written. */
static int any_number(json_t **out, const char *text, size_t size)
{
	gm_autojson *number = NULL;
	gm_autobuf printed = GM_BUF_INIT(64);
	int rc = gm_json_parse(&number, text, size);

	if (rc < 0)
		return rc == GM_ENOMEM ? rc : 0;
	if (!json_is_number(number))
		return 0;
	rc = gm_json_dump(&printed, number, false);
	if (rc < 0)
		return rc == GM_ENOMEM ? rc : 0;
	if (printed.size == size && !memcmp(printed.ptr, text, size))
		*out = gm_steal(&number);
	return 0;
}

/* Most are digits only; dates and ids have characters that no number has. */
static int plain_number(json_t **out, const char *text, size_t size)
{
	long long number = 0;
	size_t digits = 0;

	for (size_t i = 0; i < size; i++) {
		if (!is_digit(text[i]) && !strchr("-+.eE", text[i]))
			return 0;
		digits += is_digit(text[i]);
	}
	if (digits < size || size > MAX_DIGITS || (text[0] == '0' && size > 1))
		return any_number(out, text, size);
	for (size_t i = 0; i < size; i++)
		number = number * 10 + (text[i] - '0');
	*out = json_integer(number);
	return *out ? 0 : GM_ENOMEM;
}

static bool is_word(const char *text, size_t size, const char *word)
{
	return size == strlen(word) && !memcmp(text, word, size);
}

int gm_yaml_plain(json_t **out, const char *text, size_t size)
{
	json_t *value = NULL;
	int rc = 0;

	if (!size || is_word(text, size, "null") || is_word(text, size, "~"))
		value = json_null();
	else if (is_word(text, size, "true") || is_word(text, size, "false"))
		value = json_boolean(text[0] == 't');
	else if (size <= 40 && (is_digit(text[0]) || text[0] == '-'))
		rc = plain_number(&value, text, size);
	if (rc == 0 && !value)
		value = json_stringn(text, size);
	if (rc == 0 && value)
		*out = value;
	return rc < 0 || value ? rc : GM_ENOMEM;
}

static json_t *read_plain(struct reader *reader)
{
	const char *start = reader->at;
	json_t *value = NULL;

	for (; reader->at < reader->end; reader->at++)
		if (!is_letter(*reader->at) && !is_digit(*reader->at) &&
			!memchr("_./@:-", *reader->at, 6))
			break;
	size_t size = (size_t)(reader->at - start);
	if (!size || start[size - 1] == ':' || memchr(".@:-", *start, 4) ||
		gm_yaml_plain(&value, start, size) < 0)
		return NULL;
	return value;
}

/*
 * Characters that stand for themselves between quotes. Of those beyond ASCII the beginnings of
 * blocks are left out that hold line breaks or what YAML does not allow.
 */
static size_t take_run(struct reader *reader)
{
	const char *start = reader->at;

	for (; reader->at < reader->end; reader->at++) {
		unsigned char c = (unsigned char)*reader->at;
		if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f || c == 0xc2 ||
			c == 0xe2 || c >= 0xed)
			break;
	}
	return (size_t)(reader->at - start);
}

static bool take_escape(struct reader *reader)
{
	char c = reader->end - reader->at > 1 ? reader->at[1] : '\0';

	if (*reader->at != '\\' || (c != '"' && c != '\\'))
		return false;
	reader->at += 2;
	return gm_buf_putc(&reader->text, c) == 0;
}

static json_t *read_quoted(struct reader *reader)
{
	const char *start = reader->at;
	size_t size = take_run(reader);

	if (take(reader, "\""))
		return json_stringn(start, size);
	gm_buf_reset(&reader->text);
	while (reader->at < reader->end && gm_buf_put(&reader->text, start, size) == 0 &&
		take_escape(reader)) {
		start = reader->at;
		size = take_run(reader);
		if (!take(reader, "\""))
			continue;
		if (gm_buf_put(&reader->text, start, size) < 0)
			return NULL;
		return json_stringn(reader->text.ptr, reader->text.size);
	}
	return NULL;
}

/* A string or number, and the newline behind it. */
static json_t *read_scalar(struct reader *reader)
{
	json_t *value = take(reader, "\"") ? read_quoted(reader) : read_plain(reader);

	if (value && !take(reader, "\n")) {
		json_decref(value);
		return NULL;
	}
	return value;
}

static json_t *read_list(struct reader *reader)
{
	json_t *list = json_array();

	while (list && take(reader, "  - ")) {
		json_t *item = read_scalar(reader);
		if (item && json_array_append_new(list, item) == 0)
			continue;
		json_decref(list);
		return NULL;
	}
	if (!json_array_size(list)) {
		json_decref(list);
		return NULL;
	}
	return list;
}

static bool read_key(char out[MAX_KEY], struct reader *reader)
{
	size_t size = 0;

	for (; reader->at < reader->end && size < MAX_KEY - 1; reader->at++) {
		if (!is_letter(*reader->at) && *reader->at != '_')
			break;
		out[size++] = *reader->at;
	}
	out[size] = '\0';
	return size && take(reader, ":");
}

static bool read_pair(json_t *object, struct reader *reader)
{
	char key[MAX_KEY];
	json_t *value;

	if (!read_key(key, reader) || json_object_get(object, key))
		return false;
	if (take(reader, "\n"))
		value = read_list(reader);
	else
		value = take(reader, " ") ? read_scalar(reader) : NULL;
	return value && json_object_set_new(object, key, value) == 0;
}

json_t *gm_yaml_parse_quick(const char *text, size_t size)
{
	struct reader reader = {text, text + size, GM_BUF_INIT(GM_BUF_LARGE)};
	json_t *object = size ? json_object() : NULL;

	while (object && reader.at < reader.end) {
		if (read_pair(object, &reader))
			continue;
		json_decref(object);
		object = NULL;
	}
	gm_buf_dispose(&reader.text);
	return object;
}
