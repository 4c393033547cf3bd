#include "base/yaml.h"

#include <string.h>
#include <yaml.h>

#include "base/utf8.h"

/* A mapping or sequence that is still open. */
struct level {
	json_t *value; /* lent: owned by the level below, the root by the reader */
	char *key;     /* of a mapping: the key that waits for its value */
};

/* Levels instead of recursion: hostile nesting costs no stack. */
struct reader {
	yaml_parser_t parser;
	json_t *root;
	struct level levels[GM_YAML_MAX_DEPTH];
	int depth;
};

static int fail_at(size_t line, const char *reason)
{
	return gm_error(GM_EINVALID, "line %zu: %s", line, reason);
}

static int fail_event(const yaml_event_t *event, const char *reason)
{
	return fail_at(event->start_mark.line + 1, reason);
}

static size_t line_of(const char *text, size_t offset)
{
	size_t line = 1;

	for (size_t i = 0; i < offset; i++)
		line += text[i] == '\n';
	return line;
}

static int check_bytes(const char *text, size_t size)
{
	if (size > GM_YAML_MAX_SIZE)
		return gm_error(
			GM_EINVALID, "more than %zu bytes of YAML", GM_YAML_MAX_SIZE);
	if (size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		return fail_at(1, "a byte order mark");
	const char *nul = memchr(text, '\0', size);
	if (nul)
		return fail_at(line_of(text, (size_t)(nul - text)), "a NUL byte");
	for (size_t start = 0; start < size;) {
		const char *newline = memchr(text + start, '\n', size - start);
		size_t end = newline ? (size_t)(newline - text) + 1 : size;
		if (!gm_utf8_valid(text + start, end - start))
			return fail_at(line_of(text, start), "not valid UTF-8");
		start = end;
	}
	return 0;
}

static int parser_error(const struct reader *reader, const char *text, size_t size)
{
	const yaml_parser_t *parser = &reader->parser;
	const char *problem = parser->problem ? parser->problem : "not valid YAML";

	if (parser->error == YAML_MEMORY_ERROR)
		return gm_error(GM_ENOMEM, "out of memory");
	if (parser->error == YAML_READER_ERROR) {
		size_t offset = parser->problem_offset;
		return fail_at(line_of(text, offset < size ? offset : size), problem);
	}
	return fail_at(parser->problem_mark.line + 1, problem);
}

/* A number is one only when JSON would print it just as it is written. */
static int plain_number(json_t **out, const char *text, size_t size)
{
	gm_autojson *number = NULL;
	gm_autobuf printed = GM_BUF_INIT(64);

	/* A date or an id only begins like one. */
	if (size > 40 || !strchr("-0123456789", text[0]) ||
		strspn(text, "-+.eE0123456789") < size)
		return 0;
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

static int scalar_value(json_t **out, const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t size = event->data.scalar.length;
	json_t *value = NULL;

	if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE) {
		if (!size || !strcmp(text, "null") || !strcmp(text, "~"))
			value = json_null();
		else if (!strcmp(text, "true") || !strcmp(text, "false"))
			value = json_boolean(text[0] == 't');
		else {
			int rc = plain_number(&value, text, size);
			if (rc < 0)
				return rc;
		}
	}
	if (!value)
		value = gm_json_string(text);
	if (!value)
		return GM_ENOMEM;
	*out = value;
	return 0;
}

/* Put `value`, which is taken over, where the reader stands. */
static int place(struct reader *reader, const yaml_event_t *event, json_t *value)
{
	if (!reader->depth) {
		reader->root = value;
		if (!json_is_object(value))
			return fail_event(event, "not a mapping");
		return 0;
	}
	struct level *level = &reader->levels[reader->depth - 1];
	if (json_is_array(level->value))
		return gm_json_append(level->value, value);
	if (!level->key) {
		json_decref(value);
		return fail_event(event, "a key that is not a scalar");
	}
	gm_autofree char *key = gm_steal(&level->key);
	return gm_json_set(level->value, key, value);
}

static int open_level(struct reader *reader, const yaml_event_t *event, json_t *value)
{
	if (!value)
		return GM_ENOMEM;
	if (reader->depth == GM_YAML_MAX_DEPTH) {
		json_decref(value);
		return gm_error(GM_EINVALID, "line %zu: more than %d levels",
			event->start_mark.line + 1, GM_YAML_MAX_DEPTH);
	}
	int rc = place(reader, event, value);
	if (rc < 0)
		return rc;
	reader->levels[reader->depth++] = (struct level){.value = value, .key = NULL};
	return 0;
}

static int take_key(struct level *level, const yaml_event_t *event)
{
	const char *key = (const char *)event->data.scalar.value;

	if (strlen(key) != event->data.scalar.length)
		return fail_event(event, "a NUL character");
	if (json_object_get(level->value, key))
		return gm_error(GM_EINVALID, "line %zu: key '%s' stands there twice",
			event->start_mark.line + 1, key);
	level->key = gm_strdup(key);
	return level->key ? 0 : GM_ENOMEM;
}

static int take_scalar(struct reader *reader, const yaml_event_t *event)
{
	json_t *value = NULL;

	if (reader->depth) {
		struct level *level = &reader->levels[reader->depth - 1];
		if (json_is_object(level->value) && !level->key)
			return take_key(level, event);
	}
	if (memchr(event->data.scalar.value, '\0', event->data.scalar.length))
		return fail_event(event, "a NUL character");
	int rc = scalar_value(&value, event);
	return rc < 0 ? rc : place(reader, event, value);
}

static int refuse_marks(
	const yaml_event_t *event, const yaml_char_t *anchor, const yaml_char_t *tag)
{
	if (anchor)
		return fail_event(event, "anchors are not allowed");
	if (tag)
		return fail_event(event, "tags are not allowed");
	return 0;
}

static int start_document(const struct reader *reader, const yaml_event_t *event)
{
	if (event->data.document_start.version_directive ||
		event->data.document_start.tag_directives.start !=
			event->data.document_start.tag_directives.end)
		return fail_event(event, "directives are not allowed");
	if (reader->root)
		return fail_event(event, "more than one document");
	return 0;
}

static int take_event(struct reader *reader, const yaml_event_t *event)
{
	int rc;

	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		return start_document(reader, event);
	case YAML_ALIAS_EVENT:
		return fail_event(event, "aliases are not allowed");
	case YAML_SCALAR_EVENT:
		rc = refuse_marks(
			event, event->data.scalar.anchor, event->data.scalar.tag);
		return rc < 0 ? rc : take_scalar(reader, event);
	case YAML_MAPPING_START_EVENT:
		rc = refuse_marks(event, event->data.mapping_start.anchor,
			event->data.mapping_start.tag);
		return rc < 0 ? rc : open_level(reader, event, gm_json_object());
	case YAML_SEQUENCE_START_EVENT:
		rc = refuse_marks(event, event->data.sequence_start.anchor,
			event->data.sequence_start.tag);
		return rc < 0 ? rc : open_level(reader, event, gm_json_array());
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		reader->depth--;
		return 0;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		break;
	}
	return 0;
}

static int read_events(struct reader *reader, const char *text, size_t size)
{
	bool done = false;
	int rc = 0;

	while (rc == 0 && !done) {
		yaml_event_t event;
		if (!yaml_parser_parse(&reader->parser, &event))
			return parser_error(reader, text, size);
		done = event.type == YAML_STREAM_END_EVENT;
		rc = take_event(reader, &event);
		yaml_event_delete(&event);
	}
	if (rc == 0 && !reader->root)
		return gm_error(GM_EINVALID, "line 1: not a mapping");
	return rc;
}

int gm_yaml_parse(json_t **out, const char *text, size_t size)
{
	struct reader reader = {.root = NULL, .depth = 0};
	int rc = check_bytes(text, size);

	if (rc < 0)
		return rc;
	if (!yaml_parser_initialize(&reader.parser))
		return gm_error(GM_ENOMEM, "out of memory");
	yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, size);
	rc = read_events(&reader, text, size);
	yaml_parser_delete(&reader.parser);
	while (reader.depth)
		gm_free(reader.levels[--reader.depth].key);
	if (rc == 0)
		*out = gm_steal(&reader.root);
	json_decref(reader.root);
	return rc;
}
