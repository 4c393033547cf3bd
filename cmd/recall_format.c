#include "cmd/recall_format.h"

#include <string.h>

/* The longest name that is looked up. */
#define NAME_MAX_SIZE 32

/* A part of a format: a field, or one byte that stands for itself. */
struct piece {
	char field[NAME_MAX_SIZE + 1]; /* "": none */
	char byte;
};

static int read_escape(struct piece *out, const char **at)
{
	static const char letters[] = "nt\\";
	static const char bytes[] = "\n\t\\";
	const char *letter = (*at)[1] ? strchr(letters, (*at)[1]) : NULL;

	if (!letter)
		return gm_error(GM_EUSAGE,
			"--format: '\\%.1s' is none of '\\n', '\\t' and '\\\\'", *at + 1);
	out->byte = bytes[letter - letters];
	*at += 2;
	return 1;
}

static int read_field(struct piece *out, const char **at)
{
	const char *name = *at + 1;
	const char *end = strchr(name, '}');

	if (!end)
		return gm_error(
			GM_EUSAGE, "--format: '%.40s' has no '}' ('{{' is a brace)", *at);
	size_t size = (size_t)(end - name);
	if (!size || size > NAME_MAX_SIZE)
		return gm_error(GM_EUSAGE, "--format: no field '%.*s'",
			(int)(size > 40 ? 40 : size), name);
	memcpy(out->field, name, size);
	out->field[size] = '\0';
	*at = end + 1;
	return 1;
}

/* 1 with the piece at `*at`, which moves on; 0 at the end. */
static int next_piece(struct piece *out, const char **at)
{
	const char *text = *at;

	*out = (struct piece){.byte = *text};
	if (!*text)
		return 0;
	if (*text == '\\')
		return read_escape(out, at);
	if (*text == '{' && text[1] != '{')
		return read_field(out, at);
	*at += (*text == '{' || *text == '}') && text[1] == *text ? 2 : 1;
	return 1;
}

static int unknown_field(const char *field, const char *const *names)
{
	gm_autobuf list = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = 0;

	for (size_t i = 0; rc == 0 && names[i]; i++)
		rc = gm_buf_printf(&list, "%s%s", i ? ", " : "", names[i]);
	return rc < 0 ? rc
		      : gm_error(GM_EUSAGE, "--format: no field '%s'; there are %s",
				field, gm_buf_str(&list));
}

int gm_recall_format_check(const char *format, const char *const *names)
{
	struct piece piece;
	int rc;

	while ((rc = next_piece(&piece, &format)) > 0) {
		bool known = !*piece.field;
		for (size_t i = 0; names[i] && !known; i++)
			known = !strcmp(names[i], piece.field);
		if (!known)
			return unknown_field(piece.field, names);
	}
	return rc;
}

static int put_value(struct gm_buf *out, const json_t *value)
{
	if (!value || json_is_null(value))
		return 0;
	if (json_is_string(value))
		return gm_buf_put(
			out, json_string_value(value), json_string_length(value));
	return gm_json_dump(out, value, false);
}

static int put_field(struct gm_buf *out, const json_t *value)
{
	int rc = 0;

	if (!json_is_array(value))
		return put_value(out, value);
	for (size_t i = 0; rc == 0 && i < json_array_size(value); i++) {
		rc = i ? gm_buf_putc(out, ',') : 0;
		if (rc == 0)
			rc = put_value(out, json_array_get(value, i));
	}
	return rc;
}

int gm_recall_format_put(struct gm_buf *out, const char *format, const json_t *line)
{
	struct piece piece;
	int rc;

	while ((rc = next_piece(&piece, &format)) > 0) {
		rc = *piece.field ? put_field(out, json_object_get(line, piece.field))
				  : gm_buf_putc(out, piece.byte);
		if (rc < 0)
			return rc;
	}
	return rc;
}
