#include "cmd/tag_object.h"

#include <string.h>

#include "cmd/commit_text.h"
#include "cmd/text.h"

void gm_tag_object_dispose(struct gm_tag_object *tag)
{
	gm_free(tag->name);
	gm_free(tag->message);
	gm_signature_dispose(&tag->tagger);
}

static bool begins(const char *line, size_t size, const char *word)
{
	size_t n = strlen(word);

	return size >= n && !memcmp(line, word, n);
}

/* One line of the header, without its newline. */
static int parse_line(struct gm_tag_object *tag, const char *line, size_t size)
{
	if (begins(line, size, "object ")) {
		if (!gm_oid_parse(&tag->target, line + 7, size - 7))
			return gm_error(GM_EMISMATCH, "a tag object names no object");
	} else if (begins(line, size, "tag ") && !tag->name) {
		tag->name = gm_strndup(line + 4, size - 4);
		return tag->name ? 0 : GM_ENOMEM;
	} else if (begins(line, size, "tagger ") && !tag->has_tagger) {
		tag->has_tagger = true;
		return gm_signature_parse(&tag->tagger, line + 7, size - 7);
	}
	return 0;
}

int gm_tag_object_parse(struct gm_tag_object *out, const char *data, size_t size)
{
	const char *end = data + size;

	while (data < end && *data != '\n') {
		const char *stop = memchr(data, '\n', (size_t)(end - data));
		size_t line = (size_t)((stop ? stop : end) - data);
		int rc = parse_line(out, data, line);
		if (rc < 0)
			return rc;
		data += line + (stop ? 1 : 0);
	}
	if (data < end)
		data++;
	out->message = gm_strndup(data, (size_t)(end - data));
	if (!out->name)
		out->name = gm_strdup("");
	return out->message && out->name ? 0 : GM_ENOMEM;
}

int gm_put_tag(struct gm_buf *out, const struct gm_tag_object *tag, bool colored)
{
	int rc = gm_buf_printf(out, "%stag ", gm_color(colored, GM_COLOR_COMMIT));

	if (rc == 0)
		rc = gm_puts_safe(out, tag->name);
	if (rc == 0)
		rc = gm_buf_printf(out, "%s\n", gm_color(colored, GM_COLOR_RESET));
	if (rc == 0 && tag->has_tagger)
		rc = gm_put_person(out, "Tagger", &tag->tagger);
	if (rc == 0)
		rc = gm_buf_putc(out, '\n');
	return rc < 0 ? rc
		      : gm_put_lines_safe(out, "", tag->message, strlen(tag->message));
}

static int set_tagger(json_t *object, const struct gm_signature *tagger)
{
	gm_autojson *person = gm_json_object();
	char time[GM_TIME_TEXT];
	int rc = gm_json_set_string(person, "name", tagger->name);

	gm_time_format(time, tagger->time);
	if (rc == 0)
		rc = gm_json_set_string(person, "email", tagger->mail);
	if (rc == 0)
		rc = gm_json_set_string(person, "time", time);
	return rc < 0 ? rc : gm_json_set(object, "tagger", gm_steal(&person));
}

int gm_tag_json(json_t **out, const struct gm_tag_object *tag)
{
	gm_autojson *object = gm_json_object();
	char hex[GM_OID_HEX];
	int rc = gm_json_set_string(object, "tag", tag->name);

	gm_oid_format(hex, &tag->target);
	if (rc == 0)
		rc = gm_json_set_string(object, "object", hex);
	if (rc == 0)
		rc = tag->has_tagger ? set_tagger(object, &tag->tagger)
				     : gm_json_set_string(object, "tagger", NULL);
	if (rc == 0)
		rc = gm_json_set_string(object, "message", tag->message);
	if (rc < 0)
		return rc;
	*out = gm_steal(&object);
	return 0;
}
