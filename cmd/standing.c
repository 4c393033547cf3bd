#include "cmd/standing.h"

void gm_standing_dispose(struct gm_standing *standing)
{
	gm_superseding_free(standing->superseding);
	standing->superseding = NULL;
}

int gm_standing_open(struct gm_standing *out, struct gm_view *view, gm_time time)
{
	struct gm_index *index;
	int rc = gm_view_index(&index, view);

	out->time = time;
	return rc < 0 ? rc : gm_index_superseding(&out->superseding, index, time);
}

static bool is_early(const struct gm_record *record, gm_time time)
{
	return record->valid_from != GM_TIME_NONE && record->valid_from > time;
}

static bool is_late(const struct gm_record *record, gm_time time)
{
	return record->valid_until != GM_TIME_NONE && record->valid_until <= time;
}

int gm_put_validity(struct gm_buf *out, const struct gm_record *record, gm_time time)
{
	char text[GM_TIME_TEXT];

	if (is_late(record, time)) {
		gm_time_format(text, record->valid_until);
		return gm_buf_printf(out, "valid until %s", text);
	}
	if (!is_early(record, time))
		return 0;
	gm_time_format(text, record->valid_from);
	return gm_buf_printf(out, "not valid before %s", text);
}

int gm_put_standing(struct gm_buf *out, const struct gm_standing *standing,
	const struct gm_record *record)
{
	gm_autostrv by = GM_STRV_INIT;
	gm_autobuf validity = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_superseding_of(&by, standing->superseding, record->id);

	for (size_t i = 0; rc == 0 && i < by.n; i++)
		rc = gm_buf_printf(out, "%s%s", i ? ", " : "superseded by ",
			gm_short_id(by.items[i]));
	if (rc == 0)
		rc = gm_put_validity(&validity, record, standing->time);
	if (rc < 0 || !validity.size)
		return rc;
	return gm_buf_printf(out, "%s%s", by.n ? ", " : "", gm_buf_str(&validity));
}

int gm_set_superseded(json_t *object, const struct gm_strv *by,
	const struct gm_record *record, gm_time time)
{
	bool counts = !by->n && !is_early(record, time) && !is_late(record, time);
	gm_autojson *list = gm_json_array();
	int rc = gm_json_set_bool(object, "current", counts);

	for (size_t i = 0; rc == 0 && i < by->n; i++)
		rc = gm_json_append(list, gm_json_string(by->items[i]));
	return rc < 0 || !by->n ? rc
				: gm_json_set(object, "superseded_by", gm_steal(&list));
}

int gm_set_standing(json_t *object, const struct gm_standing *standing,
	const struct gm_record *record)
{
	gm_autostrv by = GM_STRV_INIT;
	int rc = gm_superseding_of(&by, standing->superseding, record->id);

	return rc < 0 ? rc : gm_set_superseded(object, &by, record, standing->time);
}
