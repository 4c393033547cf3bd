#include "dag/record.h"

#include <string.h>

#include "dag/record_internal.h"

/* One field on its way into a record. */
struct field {
	const char *name;
	json_t *value;
	enum gm_record_origin origin;
};

typedef int (*take_fn)(struct gm_record *record, const struct field *field);

static int wrong_type(const struct field *field, const char *wanted)
{
	return gm_error(GM_EINVALID, "'%s' is not %s", field->name, wanted);
}

/*
 * The value as text, lent or in `made`. People leave quotes out in YAML: what looks like a
 * number there is still the name of a session.
 */
static int text_of(const char **out, struct gm_buf *made, const struct field *field,
	const json_t *value, const char *wanted)
{
	if (json_is_string(value)) {
		*out = json_string_value(value);
		if (strlen(*out) != json_string_length(value))
			return gm_error(
				GM_EINVALID, "'%s' holds a NUL character", field->name);
		return 0;
	}
	if (field->origin != GM_RECORD_FROM_YAML ||
		!(json_is_number(value) || json_is_boolean(value)))
		return wrong_type(field, wanted);
	gm_buf_reset(made);
	int rc = gm_json_dump(made, value, true);
	if (rc < 0)
		return rc;
	*out = gm_buf_str(made);
	return 0;
}

static int take_string(char **out, const struct field *field)
{
	gm_autobuf made = GM_BUF_INIT(GM_BUF_PATH);
	const char *text = NULL;
	int rc = text_of(&text, &made, field, field->value, "a string");

	return rc < 0 ? rc : gm_record_set_text(out, text);
}

static int take_key(struct gm_record *record, const struct field *field)
{
	return take_string(&record->key, field);
}

static int take_agent(struct gm_record *record, const struct field *field)
{
	return take_string(&record->agent, field);
}

static int take_session(struct gm_record *record, const struct field *field)
{
	return take_string(&record->session, field);
}

static int take_role(struct gm_record *record, const struct field *field)
{
	return take_string(&record->role, field);
}

static int take_uuid(char out[GM_UUID_TEXT], const struct field *field)
{
	gm_autobuf made = GM_BUF_INIT(GM_BUF_PATH);
	uint8_t uuid[GM_UUID_SIZE];
	const char *text = NULL;
	int rc = text_of(&text, &made, field, field->value, "a UUID");

	if (rc < 0)
		return rc;
	if (!gm_uuid_parse(uuid, text, strlen(text)))
		return wrong_type(field, "a UUID");
	gm_uuid_format(out, uuid);
	return 0;
}

static int take_id(struct gm_record *record, const struct field *field)
{
	return take_uuid(record->id, field);
}

static int take_conflicts_with(struct gm_record *record, const struct field *field)
{
	return take_uuid(record->conflicts_with, field);
}

static int take_type(struct gm_record *record, const struct field *field)
{
	const char *name = json_string_value(field->value);

	if (!name || !gm_record_type_parse(&record->type, name))
		return wrong_type(field, "one of episodic, semantic, procedural, state");
	return 0;
}

static int take_scope(struct gm_record *record, const struct field *field)
{
	const char *name = json_string_value(field->value);

	if (!name || !gm_scope_parse(&record->scope, name))
		return wrong_type(field, "one of private, shared, global");
	return 0;
}

static int take_time(gm_time *out, const struct field *field)
{
	gm_autobuf made = GM_BUF_INIT(GM_BUF_PATH);
	const char *text = NULL;
	int rc = text_of(&text, &made, field, field->value, "a time in RFC 3339");

	if (rc < 0)
		return rc;
	rc = gm_time_parse(out, text);
	return rc < 0 ? gm_error_prefix("'%s'", field->name) : 0;
}

static int take_created(struct gm_record *record, const struct field *field)
{
	return take_time(&record->created, field);
}

static int take_updated(struct gm_record *record, const struct field *field)
{
	return take_time(&record->updated, field);
}

static int take_valid_from(struct gm_record *record, const struct field *field)
{
	return take_time(&record->valid_from, field);
}

static int take_valid_until(struct gm_record *record, const struct field *field)
{
	return take_time(&record->valid_until, field);
}

/* The value as a number, owned. In YAML `0.50` arrives as a string, since JSON prints 0.5. */
static int number_of(json_t **out, const struct field *field)
{
	const char *text = json_string_value(field->value);

	if (field->origin != GM_RECORD_FROM_YAML || !text) {
		*out = json_incref(field->value);
		return 0;
	}
	int rc = gm_json_parse(out, text, strlen(text));
	return rc == GM_EINVALID ? wrong_type(field, "a number") : rc;
}

static int take_importance(struct gm_record *record, const struct field *field)
{
	gm_autojson *number = NULL;
	int rc = number_of(&number, field);

	if (rc < 0)
		return rc;
	if (!json_is_number(number))
		return wrong_type(field, "a number");
	record->importance = json_number_value(number);
	return 0;
}

static int take_seq(struct gm_record *record, const struct field *field)
{
	gm_autojson *number = NULL;
	int rc = number_of(&number, field);

	if (rc < 0)
		return rc;
	if (!json_is_integer(number) || json_integer_value(number) < 0)
		return wrong_type(field, "a whole number from 0 on");
	record->seq = json_integer_value(number);
	return 0;
}

static int take_list(struct gm_strv *out, const struct field *field)
{
	static const char wanted[] = "a list of strings";
	gm_autobuf made = GM_BUF_INIT(GM_BUF_PATH);
	gm_autostrv list = GM_STRV_INIT;
	bool many = json_is_array(field->value);
	size_t n = many ? json_array_size(field->value) : 1;

	for (size_t i = 0; i < n; i++) {
		json_t *item = many ? json_array_get(field->value, i) : field->value;
		const char *text = NULL;
		int rc = text_of(&text, &made, field, item, wanted);

		if (rc == 0)
			rc = gm_strv_add(&list, text);
		if (rc < 0)
			return rc;
	}
	gm_strv_dispose(out);
	*out = list;
	list = (struct gm_strv)GM_STRV_INIT;
	return 0;
}

static int take_tags(struct gm_record *record, const struct field *field)
{
	return take_list(&record->tags, field);
}

static int take_supersedes(struct gm_record *record, const struct field *field)
{
	return take_list(&record->supersedes, field);
}

static int take_source(struct gm_record *record, const struct field *field)
{
	json_t *source;

	if (json_is_object(field->value)) {
		source = json_deep_copy(field->value);
	} else {
		gm_autobuf made = GM_BUF_INIT(GM_BUF_PATH);
		const char *text = NULL;
		int rc = text_of(
			&text, &made, field, field->value, "a string or an object");

		if (rc < 0)
			return rc;
		source = json_string(text);
	}
	if (!source)
		return gm_error(GM_ENOMEM, "out of memory");
	json_decref(record->source);
	record->source = source;
	return 0;
}

static int take_content(struct gm_record *record, const struct field *field)
{
	if (!json_is_string(field->value))
		return wrong_type(field, "a string");
	return gm_record_set_content(record, json_string_value(field->value),
		json_string_length(field->value));
}

/* What JSON has beside the fields of the front matter. NULL: only ever computed. */
static const struct {
	const char *name;
	take_fn take;
} json_only[] = {
	{"content", take_content},
	{"path", NULL},
	{"blob", NULL},
	{"sha256", NULL},
	{"commit", NULL},
};

static const struct {
	const char *name;
	take_fn take;
} fields[] = {
	{"id", take_id},
	{"type", take_type},
	{"key", take_key},
	{"agent", take_agent},
	{"session", take_session},
	{"role", take_role},
	{"seq", take_seq},
	{"created", take_created},
	{"updated", take_updated},
	{"importance", take_importance},
	{"tags", take_tags},
	{"scope", take_scope},
	{"supersedes", take_supersedes},
	{"valid_from", take_valid_from},
	{"valid_until", take_valid_until},
	{"conflicts_with", take_conflicts_with},
	{"source", take_source},
};

#define N_ITEMS(array) (sizeof(array) / sizeof(*(array)))

/* Find who takes the field; false for an unknown name. */
static bool find_take(take_fn *out, const char *name, bool with_json_only)
{
	for (size_t i = 0; i < N_ITEMS(fields); i++)
		if (strcmp(fields[i].name, name) == 0) {
			*out = fields[i].take;
			return true;
		}
	for (size_t i = 0; with_json_only && i < N_ITEMS(json_only); i++)
		if (strcmp(json_only[i].name, name) == 0) {
			*out = json_only[i].take;
			return true;
		}
	return false;
}

bool gm_record_name_is_taken(const char *name)
{
	take_fn take;

	return find_take(&take, name, true);
}

static int take_unknown(struct gm_record *record, const struct field *field)
{
	json_t *copy = json_deep_copy(field->value);

	if (!copy)
		return gm_error(GM_ENOMEM, "out of memory");
	if (!record->extra)
		record->extra = gm_json_object();
	return gm_json_set(record->extra, field->name, copy);
}

int gm_record_take_fields(
	struct gm_record *record, json_t *object, enum gm_record_origin origin)
{
	struct field field = {.origin = origin};

	json_object_foreach(object, field.name, field.value)
	{
		take_fn take = NULL;
		int rc = 0;

		if (!find_take(&take, field.name, origin == GM_RECORD_FROM_JSON))
			rc = take_unknown(record, &field);
		else if (take && !json_is_null(field.value))
			rc = take(record, &field);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int gm_record_from_json(struct gm_record *out, json_t *object)
{
	gm_autorecord record = GM_RECORD_INIT;

	if (!json_is_object(object))
		return gm_error(GM_EINVALID, "not a JSON object");
	int rc = gm_record_take_fields(&record, object, GM_RECORD_FROM_JSON);
	if (rc < 0)
		return rc;
	if (record.session && !json_is_string(json_object_get(object, "type")))
		record.type = GM_RECORD_EPISODIC;
	gm_record_dispose(out);
	*out = record;
	record = (struct gm_record)GM_RECORD_INIT;
	return 0;
}
