#include "base/json_quick.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define MAX_DEPTH 16

/* More digits may not fit a 64-bit number. */
#define MAX_DIGITS 18

struct reader {
	const char *at;
	const char *end;
	struct gm_buf text; /* of a string with escapes */
	int depth;
};

static char peek(const struct reader *reader)
{
	return reader->at < reader->end ? *reader->at : '\0';
}

static void skip_space(struct reader *reader)
{
	while (peek(reader) == ' ' || peek(reader) == '\t' || peek(reader) == '\n' ||
		peek(reader) == '\r')
		reader->at++;
}

static bool take(struct reader *reader, char c)
{
	if (peek(reader) != c)
		return false;
	reader->at++;
	return true;
}

/* The characters up to the next that has a meaning of its own. */
static size_t take_run(struct reader *reader)
{
	const char *start = reader->at;

	while (reader->at < reader->end && *reader->at != '"' && *reader->at != '\\' &&
		(unsigned char)*reader->at >= 0x20)
		reader->at++;
	return (size_t)(reader->at - start);
}

static bool take_escape(struct reader *reader)
{
	static const char letters[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	const char *found;

	if (!take(reader, '\\') || !peek(reader))
		return false;
	found = strchr(letters, *reader->at++);
	return found && gm_buf_putc(&reader->text, meanings[found - letters]) == 0;
}

static json_t *read_string(struct reader *reader)
{
	reader->at++;
	const char *start = reader->at;
	size_t size = take_run(reader);

	if (take(reader, '"'))
		return json_stringn(start, size);
	gm_buf_reset(&reader->text);
	while (gm_buf_put(&reader->text, start, size) == 0 && take_escape(reader)) {
		start = reader->at;
		size = take_run(reader);
		if (!take(reader, '"'))
			continue;
		if (gm_buf_put(&reader->text, start, size) < 0)
			return NULL;
		return json_stringn(reader->text.ptr, reader->text.size);
	}
	return NULL;
}

static size_t take_digits(struct reader *reader)
{
	const char *start = reader->at;

	while (peek(reader) >= '0' && peek(reader) <= '9')
		reader->at++;
	return (size_t)(reader->at - start);
}

static json_t *read_number(struct reader *reader)
{
	const char *start = reader->at;
	char text[2 * MAX_DIGITS + 3] = "";

	(void)take(reader, '-');
	bool has_zero = peek(reader) == '0';
	size_t digits = take_digits(reader);
	if (!digits || digits > MAX_DIGITS || (has_zero && digits > 1))
		return NULL;
	bool is_real = take(reader, '.');
	if (is_real) {
		digits = take_digits(reader);
		if (!digits || digits > MAX_DIGITS)
			return NULL;
	}
	if (peek(reader) == 'e' || peek(reader) == 'E')
		return NULL;
	memcpy(text, start, (size_t)(reader->at - start));
	return is_real ? json_real(strtod(text, NULL))
		       : json_integer(strtoll(text, NULL, 10));
}

static json_t *read_word(struct reader *reader)
{
	static const char *const words[] = {"true", "false", "null"};

	for (size_t i = 0; i < 3; i++) {
		size_t size = strlen(words[i]);
		if ((size_t)(reader->end - reader->at) < size ||
			memcmp(reader->at, words[i], size) != 0)
			continue;
		reader->at += size;
		return i == 0 ? json_true() : i == 1 ? json_false() : json_null();
	}
	return NULL;
}

static json_t *read_value(struct reader *reader);

static bool read_item(json_t *array, struct reader *reader)
{
	json_t *value = read_value(reader);

	return value && json_array_append_new(array, value) == 0;
}

/* Names are ASCII without escapes, each once. */
static bool read_pair(json_t *object, struct reader *reader)
{
	skip_space(reader);
	if (!take(reader, '"'))
		return false;
	const char *name = reader->at;
	size_t size = take_run(reader);
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)name[i] > 0x7e)
			return false;
	if (!take(reader, '"') || json_object_getn(object, name, size))
		return false;
	skip_space(reader);
	json_t *value = take(reader, ':') ? read_value(reader) : NULL;
	return value && json_object_setn_new_nocheck(object, name, size, value) == 0;
}

/* All of an array or object up to the closing bracket. */
static json_t *read_list(struct reader *reader, json_t *list, char close,
	bool (*read_one)(json_t *list, struct reader *reader))
{
	bool is_good = list != NULL;

	reader->at++;
	skip_space(reader);
	if (is_good && take(reader, close))
		return list;
	do {
		is_good = is_good && read_one(list, reader);
		skip_space(reader);
	} while (is_good && take(reader, ','));
	if (is_good && take(reader, close))
		return list;
	json_decref(list);
	return NULL;
}

static json_t *read_value(struct reader *reader)
{
	json_t *value = NULL;

	skip_space(reader);
	if (++reader->depth > MAX_DEPTH)
		return NULL;
	switch (peek(reader)) {
	case '"':
		value = read_string(reader);
		break;
	case '{':
		value = read_list(reader, json_object(), '}', read_pair);
		break;
	case '[':
		value = read_list(reader, json_array(), ']', read_item);
		break;
	case 't':
	case 'f':
	case 'n':
		value = read_word(reader);
		break;
	default:
		value = read_number(reader);
	}
	reader->depth--;
	return value;
}

json_t *gm_json_parse_quick(const char *text, size_t size)
{
	struct reader reader = {
		.at = text, .end = text + size, .text = GM_BUF_INIT(size)};
	json_t *value = read_value(&reader);

	skip_space(&reader);
	gm_buf_dispose(&reader.text);
	if (value && reader.at == reader.end)
		return value;
	json_decref(value);
	return NULL;
}
