#include "dag/record.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "dag/record_internal.h"

static int put_spaces(struct gm_buf *out, size_t n)
{
	int rc = 0;

	while (n-- && rc == 0)
		rc = gm_buf_putc(out, ' ');
	return rc;
}

/* Words that some YAML reader takes for something else than text. */
static bool is_yaml_word(const char *text)
{
	static const char *const words[] = {
		"null", "true", "false", "yes", "no", "on", "off", "y", "n"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcasecmp(text, words[i]) == 0)
			return true;
	return false;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A UUID in its canonical form begins with a digit, yet nobody takes it for a number. */
static bool is_uuid(const char *text)
{
	uint8_t uuid[GM_UUID_SIZE];
	char canonical[GM_UUID_TEXT];

	if (!gm_uuid_parse(uuid, text, strlen(text)))
		return false;
	gm_uuid_format(canonical, uuid);
	return strcmp(canonical, text) == 0;
}

/*
 * Whether text may stand without quotes. This rule is part of the format: it can never be
 * changed, in neither direction, without changing the bytes of records.
 */
static bool is_plain(const char *text)
{
	size_t size = strlen(text);

	if (is_uuid(text))
		return true;
	if (!is_letter(text[0]) && text[0] != '_' && text[0] != '/')
		return false;
	for (size_t i = 0; i < size; i++)
		if (!is_letter(text[i]) && !memchr("0123456789_./@:-", text[i], 16))
			return false;
	return text[size - 1] != ':' && !is_yaml_word(text);
}

/* Code points that are written as escapes; also part of the format. */
static bool is_escaped(uint32_t code_point)
{
	return gm_utf8_is_control(code_point) ||
		(code_point >= 0x2028 && code_point <= 0x202e) ||
		(code_point >= 0x2066 && code_point <= 0x2069) || code_point == 0xfeff ||
		(code_point >= 0xfdd0 && code_point <= 0xfdef) ||
		(code_point & 0xfffe) == 0xfffe;
}

static int put_escape(struct gm_buf *out, uint32_t code_point)
{
	static const char letters[] =
		"btn\0fr"; /* from U+0008 on; there is none for U+000B */

	if (code_point >= 0x08 && code_point <= 0x0d && code_point != 0x0b)
		return gm_buf_printf(out, "\\%c", letters[code_point - 0x08]);
	return gm_buf_printf(
		out, code_point > 0xffff ? "\\U%08x" : "\\u%04x", code_point);
}

static int put_quoted(struct gm_buf *out, const char *text)
{
	int rc = gm_buf_putc(out, '"');

	while (*text && rc == 0) {
		size_t size;
		uint32_t code_point = gm_utf8_decode(&size, text);

		if (is_escaped(code_point)) {
			rc = put_escape(out, code_point);
		} else {
			if (*text == '"' || *text == '\\')
				rc = gm_buf_putc(out, '\\');
			if (rc == 0)
				rc = gm_buf_put(out, text, size);
		}
		text += size;
	}
	return rc == 0 ? gm_buf_putc(out, '"') : rc;
}

static int put_string(struct gm_buf *out, const char *text)
{
	return is_plain(text) ? gm_buf_puts(out, text) : put_quoted(out, text);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of an object in byte order, lent by it; gm_free the list. */
static const char **sorted_names(json_t *object)
{
	const char **names = gm_calloc(json_object_size(object), sizeof(*names));
	const char *name;
	json_t *value;
	size_t n = 0;

	if (!names)
		return NULL;
	json_object_foreach(object, name, value) names[n++] = name;
	qsort(names, n, sizeof(*names), compare_names);
	return names;
}

static int put_node(struct gm_buf *out, json_t *value, size_t indent, int depth);

/*
 * The pairs of a mapping, each on a line of its own from column `indent`. Where the first one
 * follows a dash it needs no spaces.
 */
static int put_pairs(
	struct gm_buf *out, json_t *object, size_t indent, bool after_dash, int depth)
{
	gm_autofree const char **names = sorted_names(object);
	int rc = 0;

	if (!names)
		return GM_ENOMEM;
	for (size_t i = 0; i < json_object_size(object) && rc == 0; i++) {
		rc = put_spaces(out, after_dash && i == 0 ? 0 : indent);
		if (rc == 0)
			rc = put_string(out, names[i]);
		if (rc == 0)
			rc = gm_buf_putc(out, ':');
		if (rc == 0)
			rc = put_node(
				out, json_object_get(object, names[i]), indent, depth);
	}
	return rc;
}

static int put_items(
	struct gm_buf *out, json_t *array, size_t indent, bool after_dash, int depth);

static bool is_block(const json_t *value)
{
	return json_object_size(value) || json_array_size(value);
}

static int put_item(struct gm_buf *out, json_t *value, size_t indent, int depth)
{
	int rc = gm_buf_putc(out, '-');

	if (rc < 0 || !is_block(value))
		return rc < 0 ? rc : put_node(out, value, indent, depth);
	if (!depth)
		return gm_error(GM_EINVALID, "too many levels of lists and mappings");
	rc = gm_buf_putc(out, ' ');
	if (rc < 0)
		return rc;
	if (json_is_object(value))
		return put_pairs(out, value, indent + 2, true, depth - 1);
	return put_items(out, value, indent + 2, true, depth - 1);
}

static int put_items(
	struct gm_buf *out, json_t *array, size_t indent, bool after_dash, int depth)
{
	int rc = 0;

	for (size_t i = 0; i < json_array_size(array) && rc == 0; i++) {
		rc = put_spaces(out, after_dash && i == 0 ? 0 : indent);
		if (rc == 0)
			rc = put_item(out, json_array_get(array, i), indent, depth);
	}
	return rc;
}

static int put_leaf(struct gm_buf *out, const json_t *value)
{
	if (json_is_string(value))
		return put_string(out, json_string_value(value));
	return gm_json_dump(out, value, true);
}

/* What stands behind a colon or a dash at column `indent`, with the newline. */
static int put_node(struct gm_buf *out, json_t *value, size_t indent, int depth)
{
	int rc = gm_buf_putc(out, is_block(value) ? '\n' : ' ');

	if (rc < 0)
		return rc;
	if (!is_block(value)) {
		rc = put_leaf(out, value);
		return rc < 0 ? rc : gm_buf_putc(out, '\n');
	}
	if (!depth)
		return gm_error(GM_EINVALID, "too many levels of lists and mappings");
	if (json_is_object(value))
		return put_pairs(out, value, indent + 2, false, depth - 1);
	return put_items(out, value, indent + 2, false, depth - 1);
}

static int put_name(struct gm_buf *out, const char *name)
{
	int rc = gm_buf_puts(out, name);

	return rc == 0 ? gm_buf_puts(out, ": ") : rc;
}

/* For text that needs no quotes. */
static int put_plain_field(struct gm_buf *out, const char *name, const char *text)
{
	int rc = put_name(out, name);

	if (rc == 0)
		rc = gm_buf_puts(out, text);
	return rc == 0 ? gm_buf_putc(out, '\n') : rc;
}

static int put_text_field(struct gm_buf *out, const char *name, const char *text)
{
	if (!text)
		return 0;
	int rc = put_name(out, name);
	if (rc == 0)
		rc = put_string(out, text);
	return rc == 0 ? gm_buf_putc(out, '\n') : rc;
}

static int put_time_field(struct gm_buf *out, const char *name, gm_time time)
{
	char text[GM_TIME_TEXT];

	if (time == GM_TIME_NONE)
		return 0;
	gm_time_format(text, time);
	return put_plain_field(out, name, text);
}

static int put_list_field(
	struct gm_buf *out, const char *name, const struct gm_strv *list)
{
	int rc = list->n ? gm_buf_printf(out, "%s:\n", name) : 0;

	for (size_t i = 0; i < list->n && rc == 0; i++) {
		rc = gm_buf_puts(out, "  - ");
		if (rc == 0)
			rc = put_string(out, list->items[i]);
		if (rc == 0)
			rc = gm_buf_putc(out, '\n');
	}
	return rc;
}

/* The fewest digits that read back as `number`, and the power of ten before the first one. */
static int shortest_digits(char digits[32], double number)
{
	char text[64] = "";
	size_t n = 0;

	for (int more = 0; more < 17; more++) {
		(void)snprintf(text, sizeof(text), "%.*e", more, number);
		if (strtod(text, NULL) >= number && strtod(text, NULL) <= number)
			break;
	}
	char *exponent = strchr(text, 'e');
	for (const char *at = text; at < exponent; at++)
		if (isdigit((unsigned char)*at))
			digits[n++] = *at;
	digits[n] = '\0';
	return (int)strtol(exponent + 1, NULL, 10);
}

/* 0, 1, or the decimal fraction without an exponent, which YAML readers disagree about. */
static int put_importance(struct gm_buf *out, double importance)
{
	char digits[32];

	if (importance <= 0 || importance >= 1)
		return gm_buf_puts(
			out, importance <= 0 ? "importance: 0\n" : "importance: 1\n");
	int power = shortest_digits(digits, importance);
	int rc = gm_buf_puts(out, "importance: 0.");
	for (int i = -1; i > power && rc == 0; i--)
		rc = gm_buf_putc(out, '0');
	return rc == 0 ? gm_buf_printf(out, "%s\n", digits) : rc;
}

static int put_json_field(struct gm_buf *out, const char *name, json_t *value)
{
	if (!value)
		return 0;
	int rc = gm_buf_printf(out, "%s:", name);
	return rc == 0 ? put_node(out, value, 0, GM_RECORD_MAX_DEPTH) : rc;
}

static int put_identity(struct gm_buf *out, const struct gm_record *record)
{
	int rc = put_plain_field(out, "id", record->id);

	if (rc == 0)
		rc = put_plain_field(out, "type", gm_record_type_name(record->type));
	if (rc == 0)
		rc = put_text_field(out, "key", record->key);
	if (rc == 0)
		rc = put_text_field(out, "agent", record->agent);
	if (rc == 0)
		rc = put_text_field(out, "session", record->session);
	if (rc == 0)
		rc = put_text_field(out, "role", record->role);
	if (rc == 0 && record->seq >= 0)
		rc = gm_buf_printf(out, "seq: %lld\n", (long long)record->seq);
	if (rc == 0)
		rc = put_time_field(out, "created", record->created);
	if (rc == 0)
		rc = put_time_field(out, "updated", record->updated);
	return rc;
}

static bool is_default_importance(double importance)
{
	return importance >= GM_IMPORTANCE_DEFAULT && importance <= GM_IMPORTANCE_DEFAULT;
}

static int put_properties(struct gm_buf *out, const struct gm_record *record)
{
	int rc = 0;

	if (!is_default_importance(record->importance))
		rc = put_importance(out, record->importance);
	if (rc == 0)
		rc = put_list_field(out, "tags", &record->tags);
	if (rc == 0 && record->scope != GM_SCOPE_SHARED)
		rc = put_text_field(out, "scope", gm_scope_name(record->scope));
	if (rc == 0)
		rc = put_list_field(out, "supersedes", &record->supersedes);
	if (rc == 0)
		rc = put_time_field(out, "valid_from", record->valid_from);
	if (rc == 0)
		rc = put_time_field(out, "valid_until", record->valid_until);
	if (rc == 0 && record->conflicts_with[0])
		rc = put_text_field(out, "conflicts_with", record->conflicts_with);
	if (rc == 0)
		rc = put_json_field(out, "source", record->source);
	if (rc == 0 && record->extra)
		rc = put_pairs(out, record->extra, 0, false, GM_RECORD_MAX_DEPTH);
	return rc;
}

int gm_record_encode_front_matter(struct gm_buf *out, const struct gm_record *record)
{
	int rc = put_identity(out, record);

	return rc == 0 ? put_properties(out, record) : rc;
}

int gm_record_encode(struct gm_buf *out, const struct gm_record *record)
{
	size_t before = out->size;
	int rc = gm_buf_puts(out, "---\n");

	if (rc == 0)
		rc = gm_record_encode_front_matter(out, record);
	if (rc == 0)
		rc = gm_buf_puts(out, "---\n");
	if (rc == 0)
		rc = gm_buf_put(out, record->content, record->content_size);
	if (rc == 0)
		rc = gm_buf_putc(out, '\n');
	if (rc < 0 && out->ptr) {
		out->size = before;
		out->ptr[before] = '\0';
	}
	return rc;
}
