#include "sync/json_field.h"

#include <string.h>

int gm_json_field_invalid(const char *key)
{
	return gm_error(GM_EINVALID, "a message without a valid '%s'", key);
}

int gm_json_set_oid(json_t *object, const char *key, const struct gm_oid *oid)
{
	char hex[GM_OID_HEX];

	gm_oid_format(hex, oid);
	return gm_json_set_string(object, key, hex);
}

int gm_json_get_oid(struct gm_oid *out, const json_t *object, const char *key)
{
	const char *hex = json_string_value(json_object_get(object, key));

	return hex && gm_oid_parse(out, hex, strlen(hex)) ? 0
							  : gm_json_field_invalid(key);
}

int gm_json_set_who(json_t *object, const char *key, const struct gm_signature *who)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = gm_signature_format(&text, who);

	return rc < 0 ? rc : gm_json_set_string(object, key, gm_buf_str(&text));
}

int gm_json_copy_text(char **out, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	*out = text ? gm_strdup(text) : NULL;
	return text && !*out ? GM_ENOMEM : 0;
}

int gm_json_find_name(const char *const *names, size_t n, const json_t *value)
{
	const char *name = json_string_value(value);

	for (size_t i = 0; name && i < n; i++)
		if (!strcmp(name, names[i]))
			return (int)i;
	return -1;
}

uint64_t gm_json_get_count(const json_t *object, const char *key)
{
	json_int_t count = json_integer_value(json_object_get(object, key));

	return count < 0 ? 0 : (uint64_t)count;
}
