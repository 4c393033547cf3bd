#include "sync/message.h"

int gm_message_of_error(json_t **out)
{
	struct gm_error last = *gm_error_last();
	gm_autojson *message = gm_json_object();
	gm_autojson *error = gm_json_object();
	int rc = message && error ? gm_json_set_int(error, "code", last.code) : GM_ENOMEM;

	if (rc == 0)
		rc = gm_json_set_string(error, "message", last.message);
	if (rc == 0 && *last.hint)
		rc = gm_json_set_string(error, "hint", last.hint);
	if (rc == 0)
		rc = gm_json_set(message, "error", gm_steal(&error));
	if (rc == 0)
		*out = gm_steal(&message);
	return rc;
}

int gm_message_to_error(const json_t *error)
{
	json_int_t code = json_integer_value(json_object_get(error, "code"));
	const char *message = json_string_value(json_object_get(error, "message"));
	const char *hint = json_string_value(json_object_get(error, "hint"));
	/* GM_EPIPE would say that nobody reads our own output: here it was a remote. */
	int rc = code < 0 && code > GM_EPIPE ? (int)code : GM_ERROR;

	gm_error(rc, "%s", message && *message ? message : "gitmem-sync failed");
	if (hint)
		gm_error_hint("%s", hint);
	return rc;
}
