#include "cmd/record_text.h"

#include <string.h>

#include "cmd/content_text.h"
#include "cmd/memory.h"
#include "cmd/text.h"

#define INDENT GM_DELTA_INDENT

static int put_header(
	struct gm_buf *out, const struct gm_record_delta *delta, bool colored)
{
	const char *verb = delta->reworded ? "reworded"
		: delta->status == 'A'     ? "added"
		: delta->status == 'D'     ? "removed"
					   : "changed";
	int rc = gm_buf_printf(out, "%s%s ", gm_color(colored, GM_COLOR_HEADER), verb);

	if (rc == 0 && delta->reworded)
		rc = gm_buf_printf(out, "%s -> ", gm_short_id(delta->reworded->id));
	if (rc == 0)
		rc = gm_buf_printf(
			out, "%s ", *delta->id ? gm_short_id(delta->id) : "file");
	if (rc == 0 && delta->old_path)
		rc = gm_puts_safe(out, delta->old_path);
	if (rc == 0 && delta->old_path)
		rc = gm_buf_puts(out, " -> ");
	if (rc == 0)
		rc = gm_puts_safe(out, delta->path);
	if (rc == 0 && delta->reworded)
		rc = gm_buf_printf(out, " (%u%% alike)", delta->similarity);
	return rc < 0 ? rc
		      : gm_buf_printf(out, "%s\n", gm_color(colored, GM_COLOR_RESET));
}

/* Lists of words, as all of our own are. */
static bool is_word_list(const json_t *value)
{
	for (size_t i = 0; i < json_array_size(value); i++)
		if (!json_is_string(json_array_get(value, i)))
			return false;
	return json_is_array(value);
}

int gm_put_value(struct gm_buf *out, const json_t *value)
{
	int rc = 0;

	if (json_is_string(value))
		return gm_buf_put(
			out, json_string_value(value), json_string_length(value));
	if (!is_word_list(value))
		return value ? gm_json_dump(out, value, false) : 0;
	for (size_t i = 0; rc == 0 && i < json_array_size(value); i++)
		rc = gm_buf_printf(out, "%s%s", i ? ", " : "",
			json_string_value(json_array_get(value, i)));
	return rc;
}

static int put_safe_value(struct gm_buf *out, const json_t *value)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = gm_put_value(&text, value);

	if (rc == 0 && !text.size)
		rc = gm_buf_puts(&text, "(none)");
	return rc < 0 ? rc : gm_put_safe(out, text.ptr, text.size);
}

static int put_change(struct gm_buf *out, const char *field, const json_t *old_json,
	const json_t *new_json)
{
	int rc = gm_buf_puts(out, INDENT);

	if (rc == 0)
		rc = gm_puts_safe(out, field);
	if (rc == 0)
		rc = gm_buf_puts(out, ": ");
	if (rc == 0 && old_json)
		rc = put_safe_value(out, json_object_get(old_json, field));
	if (rc == 0 && old_json && new_json)
		rc = gm_buf_puts(out, " -> ");
	if (rc == 0 && new_json)
		rc = put_safe_value(out, json_object_get(new_json, field));
	return rc < 0 ? rc : gm_buf_putc(out, '\n');
}

static int put_changed_fields(struct gm_buf *out, const struct gm_strv *fields,
	const struct gm_record *old_record, const struct gm_record *new_record)
{
	gm_autojson *old_json = NULL;
	gm_autojson *new_json = NULL;
	int rc = old_record ? gm_record_to_json(&old_json, old_record) : 0;

	if (rc == 0 && new_record)
		rc = gm_record_to_json(&new_json, new_record);
	for (size_t i = 0; rc == 0 && i < fields->n; i++)
		if (strcmp(fields->items[i], "content") && strcmp(fields->items[i], "id"))
			rc = put_change(out, fields->items[i], old_json, new_json);
	return rc;
}

/* What a record that came or went holds besides its content: all that is not default. */
static int put_all_fields(struct gm_buf *out, const struct gm_record *record, bool added)
{
	gm_autostrv fields = GM_STRV_INIT;
	struct gm_record plain = GM_RECORD_INIT;

	/* The type is worth a line, whatever it is. */
	plain.type =
		record->type == GM_RECORD_STATE ? GM_RECORD_SEMANTIC : GM_RECORD_STATE;
	int rc = gm_record_changed_fields(&fields, &plain, record);
	if (rc < 0)
		return rc;
	return put_changed_fields(
		out, &fields, added ? NULL : record, added ? record : NULL);
}

static int put_fields(struct gm_buf *out, const struct gm_delta_sides *sides)
{
	const struct gm_delta_side *a = &sides->old_side, *b = &sides->new_side;
	gm_autostrv fields = GM_STRV_INIT;

	if (a->is_record && !b->exists)
		return put_all_fields(out, &a->record, false);
	if (b->is_record && !a->exists)
		return put_all_fields(out, &b->record, true);
	if (!a->is_record || !b->is_record)
		return 0;
	int rc = gm_delta_fields(&fields, sides);
	return rc < 0 ? rc : put_changed_fields(out, &fields, &a->record, &b->record);
}

int gm_put_record_text(struct gm_buf *out, const struct gm_record_delta *delta,
	const struct gm_delta_sides *sides, bool colored)
{
	int rc = put_header(out, delta, colored);

	if (rc == 0 && delta->status == 'M' && delta->old_mode != delta->new_mode)
		rc = gm_buf_printf(out, INDENT "mode: %06o -> %06o\n", delta->old_mode,
			delta->new_mode);
	if (rc == 0)
		rc = put_fields(out, sides);
	return rc < 0 ? rc : gm_put_content_text(out, sides, colored);
}
