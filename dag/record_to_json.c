#include "dag/record.h"

#include "dag/record_internal.h"

static int set_text(json_t *object, const char *name, const char *text)
{
	return text ? gm_json_set_string(object, name, text) : 0;
}

static int set_time(json_t *object, const char *name, gm_time time)
{
	char text[GM_TIME_TEXT];

	if (time == GM_TIME_NONE)
		return 0;
	gm_time_format(text, time);
	return gm_json_set_string(object, name, text);
}

static int set_list(json_t *object, const char *name, const struct gm_strv *list)
{
	json_t *array = gm_json_array();
	int rc = gm_json_set(object, name, array);

	for (size_t i = 0; i < list->n && rc == 0; i++)
		rc = gm_json_append(array, gm_json_string(list->items[i]));
	return rc;
}

static int set_number(json_t *object, const char *name, double number)
{
	json_t *value = json_real(number);

	if (!value)
		return gm_error(GM_ENOMEM, "out of memory");
	return gm_json_set(object, name, value);
}

static int set_copy(json_t *object, const char *name, const json_t *value)
{
	json_t *copy = json_deep_copy(value);

	if (!copy)
		return gm_error(GM_ENOMEM, "out of memory");
	return gm_json_set(object, name, copy);
}

static int set_content(json_t *object, const struct gm_record *record)
{
	json_t *content = record->content
		? json_stringn(record->content, record->content_size)
		: json_string("");

	if (!content)
		return gm_error(GM_ENOMEM, "out of memory");
	return gm_json_set(object, "content", content);
}

static int set_identity(json_t *object, const struct gm_record *record)
{
	int rc = gm_json_set_string(object, "id", record->id);

	if (rc == 0)
		rc = set_content(object, record);
	if (rc == 0)
		rc = set_text(object, "type", gm_record_type_name(record->type));
	if (rc == 0)
		rc = set_text(object, "key", record->key);
	if (rc == 0)
		rc = set_text(object, "agent", record->agent);
	if (rc == 0)
		rc = set_text(object, "session", record->session);
	if (rc == 0)
		rc = set_text(object, "role", record->role);
	if (rc == 0 && record->seq >= 0)
		rc = gm_json_set_int(object, "seq", (long long)record->seq);
	return rc;
}

static int set_properties(json_t *object, const struct gm_record *record)
{
	int rc = set_time(object, "created", record->created);

	if (rc == 0)
		rc = set_time(object, "updated", record->updated);
	if (rc == 0)
		rc = set_number(object, "importance", record->importance);
	if (rc == 0)
		rc = set_list(object, "tags", &record->tags);
	if (rc == 0)
		rc = set_text(object, "scope", gm_scope_name(record->scope));
	if (rc == 0 && record->supersedes.n)
		rc = set_list(object, "supersedes", &record->supersedes);
	if (rc == 0)
		rc = set_time(object, "valid_from", record->valid_from);
	if (rc == 0)
		rc = set_time(object, "valid_until", record->valid_until);
	if (rc == 0 && record->conflicts_with[0])
		rc = set_text(object, "conflicts_with", record->conflicts_with);
	if (rc == 0 && record->source)
		rc = set_copy(object, "source", record->source);
	return rc;
}

static int set_extra(json_t *object, const struct gm_record *record)
{
	const char *name;
	json_t *value;

	json_object_foreach(record->extra, name, value)
	{
		int rc = set_copy(object, name, value);

		if (rc < 0)
			return rc;
	}
	return 0;
}

int gm_record_to_json(json_t **out, const struct gm_record *record)
{
	gm_autojson *object = gm_json_object();

	if (!object)
		return GM_ENOMEM;
	int rc = set_identity(object, record);
	if (rc == 0)
		rc = set_properties(object, record);
	if (rc == 0)
		rc = set_extra(object, record);
	if (rc < 0)
		return rc;
	*out = gm_steal(&object);
	return 0;
}
