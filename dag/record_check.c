#include "dag/record.h"

#include <string.h>

#include "base/utf8.h"
#include "dag/path_rule.h"
#include "dag/record_internal.h"

/* The largest whole number that every JSON reader keeps exactly. */
#define MAX_SEQ (INT64_C(1) << 53)

/* 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999Z. */
#define MIN_TIME (INT64_C(-62135596800) * GM_TIME_SECOND)
#define MAX_TIME (INT64_C(253402300800) * GM_TIME_SECOND - 1)

/* For words and names: one line that shows what it is. */
static bool has_control(const char *text)
{
	while (*text) {
		size_t size;
		uint32_t code_point = gm_utf8_decode(&size, text);

		if (gm_utf8_is_control(code_point) || code_point == 0x2028 ||
			code_point == 0x2029)
			return true;
		text += size;
	}
	return false;
}

static int check_word(const char *name, const char *word)
{
	if (!word)
		return 0;
	size_t size = strlen(word);
	if (!size)
		return gm_error(GM_EINVALID, "'%s' is empty", name);
	if (size > GM_RECORD_MAX_WORD)
		return gm_error(
			GM_ETOOBIG, "'%s' is over %zu bytes", name, GM_RECORD_MAX_WORD);
	if (!gm_utf8_valid(word, size))
		return gm_error(GM_EINVALID, "'%s' is not valid UTF-8", name);
	if (has_control(word))
		return gm_error(GM_EINVALID, "'%s' holds a control character", name);
	return 0;
}

static int check_time(const char *name, gm_time time)
{
	if (time == GM_TIME_NONE || (time >= MIN_TIME && time <= MAX_TIME))
		return 0;
	return gm_error(GM_EINVALID, "'%s' is not in the years 1 to 9999", name);
}

/* Bring a UUID to its canonical form, in place. */
static int normalise_uuid(char *text, const char *name)
{
	uint8_t uuid[GM_UUID_SIZE];

	if (!gm_uuid_parse(uuid, text, strlen(text)))
		return gm_error(GM_EINVALID, "'%s' is not a UUID", name);
	gm_uuid_format(text, uuid);
	return 0;
}

static int normalise_id(struct gm_record *record)
{
	if (!record->id[0])
		return gm_error(GM_EINVALID, "'id' is missing");
	return normalise_uuid(record->id, "id");
}

static int normalise_key(struct gm_record *record)
{
	gm_autobuf key = GM_BUF_INIT(GM_BUF_PATH);

	if (!record->key)
		return 0;
	int rc = gm_utf8_nfc(&key, record->key, strlen(record->key));
	if (rc < 0)
		return gm_error_prefix("'key'");
	rc = gm_key_check(gm_buf_str(&key));
	if (rc < 0)
		return rc;
	char *normal = gm_buf_detach(&key);
	if (!normal)
		return GM_ENOMEM;
	gm_free(record->key);
	record->key = normal;
	return 0;
}

static int check_words(const struct gm_record *record)
{
	int rc = check_word("agent", record->agent);

	if (rc == 0)
		rc = check_word("session", record->session);
	if (rc == 0)
		rc = check_word("role", record->role);
	if (rc == 0 && (record->seq < -1 || record->seq > MAX_SEQ))
		return gm_error(GM_EINVALID, "'seq' is not in 0 to 2^53");
	return rc;
}

static int check_times(const struct gm_record *record)
{
	if (record->created == GM_TIME_NONE)
		return gm_error(GM_EINVALID, "'created' is missing");
	int rc = check_time("created", record->created);
	if (rc == 0)
		rc = check_time("updated", record->updated);
	if (rc == 0)
		rc = check_time("valid_from", record->valid_from);
	return rc == 0 ? check_time("valid_until", record->valid_until) : rc;
}

static int normalise_importance(struct gm_record *record)
{
	if (!(record->importance >= 0 && record->importance <= 1))
		return gm_error(GM_EINVALID, "'importance' is not in 0 to 1");
	if (record->importance <= 0)
		record->importance = 0; /* also for the negative zero */
	return 0;
}

static int check_count(const char *name, const struct gm_strv *list)
{
	if (list->n <= GM_RECORD_MAX_TAGS)
		return 0;
	return gm_error(
		GM_ETOOBIG, "'%s' has more than %zu items", name, GM_RECORD_MAX_TAGS);
}

static int normalise_tags(struct gm_record *record)
{
	for (size_t i = 0; i < record->tags.n; i++) {
		int rc = check_word("tags", record->tags.items[i]);

		if (rc < 0)
			return rc;
	}
	gm_strv_make_set(&record->tags);
	return check_count("tags", &record->tags);
}

/* A memory neither supersedes nor contradicts itself; a merge can make it look so. */
static int normalise_links(struct gm_record *record)
{
	for (size_t i = 0; i < record->supersedes.n; i++) {
		int rc = normalise_uuid(record->supersedes.items[i], "supersedes");

		if (rc < 0)
			return rc;
	}
	gm_strv_make_set(&record->supersedes);
	(void)gm_strv_remove(
		&record->supersedes, record->id); /* fine when it is not there */
	if (record->conflicts_with[0]) {
		int rc = normalise_uuid(record->conflicts_with, "conflicts_with");

		if (rc < 0)
			return rc;
	}
	if (strcmp(record->conflicts_with, record->id) == 0)
		record->conflicts_with[0] = '\0';
	return check_count("supersedes", &record->supersedes);
}

static int check_name(const char *field, const char *name)
{
	size_t size = strlen(name);

	if (!size)
		return gm_error(GM_EINVALID, "'%s' has an empty key", field);
	if (size > GM_RECORD_MAX_NAME)
		return gm_error(GM_ETOOBIG, "'%s' has a key over %zu bytes", field,
			GM_RECORD_MAX_NAME);
	if (!gm_utf8_valid(name, size) || has_control(name))
		return gm_error(
			GM_EINVALID, "'%s' has a key with a control character", field);
	return 0;
}

static int check_string(const char *field, const json_t *value)
{
	const char *text = json_string_value(value);
	size_t size = json_string_length(value);

	if (!gm_utf8_valid(text, size))
		return gm_error(
			GM_EINVALID, "'%s' holds NUL or is not valid UTF-8", field);
	return 0;
}

/*
 * Check a value with what is in it; `depth` levels of lists and mappings are allowed. The
 * negative zero, which is equal to zero and yet written differently, becomes zero.
 */
static int normalise_value(const char *field, json_t *value, int depth)
{
	const char *name;
	json_t *item;
	size_t i;

	if (json_is_string(value))
		return check_string(field, value);
	if (json_is_real(value) && json_real_value(value) >= 0 &&
		json_real_value(value) <= 0)
		return json_real_set(value, 0.0);
	if (!json_is_object(value) && !json_is_array(value))
		return 0;
	if (!depth)
		return gm_error(GM_EINVALID, "'%s' has more than %d levels", field,
			GM_RECORD_MAX_DEPTH);
	json_object_foreach(value, name, item)
	{
		int rc = check_name(field, name);

		if (rc == 0)
			rc = normalise_value(field, item, depth - 1);
		if (rc < 0)
			return rc;
	}
	json_array_foreach(value, i, item)
	{
		int rc = normalise_value(field, item, depth - 1);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static int normalise_source(struct gm_record *record)
{
	if (!record->source)
		return 0;
	if (json_is_string(record->source) ? !json_string_length(record->source)
					   : !json_is_object(record->source))
		return gm_error(GM_EINVALID, "'source' is neither a text nor a mapping");
	return normalise_value("source", record->source, GM_RECORD_MAX_DEPTH);
}

static int normalise_extra(struct gm_record *record)
{
	const char *name;
	json_t *value;

	json_object_foreach(record->extra, name, value)
	{
		int rc = check_name("the record", name);

		if (rc == 0 && gm_record_name_is_taken(name))
			return gm_error(GM_EINVALID,
				"an unknown key cannot be called '%s'", name);
		if (rc == 0)
			rc = normalise_value(name, value, GM_RECORD_MAX_DEPTH);
		if (rc < 0)
			return rc;
	}
	if (record->extra && !json_object_size(record->extra)) {
		json_decref(record->extra);
		record->extra = NULL;
	}
	return 0;
}

static int check_content(const struct gm_record *record, size_t max_content)
{
	if (!record->content)
		return gm_error(GM_EINVALID, "'content' is missing");
	if (record->content_size > max_content)
		return gm_error(GM_ETOOBIG,
			"'content' has %zu bytes, and %zu are allowed",
			record->content_size, max_content);
	if (memchr(record->content, '\0', record->content_size))
		return gm_error(GM_EINVALID, "'content' holds a NUL byte");
	if (!gm_utf8_valid(record->content, record->content_size))
		return gm_error(GM_EINVALID, "'content' is not valid UTF-8");
	return 0;
}

static int check_front_matter(const struct gm_record *record)
{
	gm_autobuf front_matter = GM_BUF_INIT(GM_RECORD_MAX_FRONT_MATTER);
	int rc = gm_record_encode_front_matter(&front_matter, record);

	return rc < 0 ? gm_error_prefix("the front matter") : 0;
}

int gm_record_normalise(struct gm_record *record, size_t max_content)
{
	int rc = normalise_id(record);

	if (rc == 0)
		rc = normalise_key(record);
	if (rc == 0)
		rc = check_words(record);
	if (rc == 0)
		rc = check_times(record);
	if (rc == 0)
		rc = normalise_importance(record);
	if (rc == 0)
		rc = normalise_tags(record);
	if (rc == 0)
		rc = normalise_links(record);
	if (rc == 0)
		rc = normalise_source(record);
	if (rc == 0)
		rc = normalise_extra(record);
	if (rc == 0)
		rc = check_content(record, max_content);
	return rc == 0 ? check_front_matter(record) : rc;
}
