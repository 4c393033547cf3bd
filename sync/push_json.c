#include "sync/push_json.h"

#include <string.h>

#include "sync/json_field.h"
#include "sync/remote.h"

static const char *const kind_names[] = {
	[GM_PUSHED_UP_TO_DATE] = "up-to-date",
	[GM_PUSHED_NEW] = "new",
	[GM_PUSHED_FAST_FORWARD] = "fast-forward",
	[GM_PUSHED_DELETED] = "deleted",
	[GM_PUSHED_RESTORED] = "restored",
	[GM_PUSHED_BEHIND] = "behind",
	[GM_PUSHED_REJECTED] = "rejected",
};

#define N_KINDS (sizeof(kind_names) / sizeof(*kind_names))

const char *gm_pushed_name(enum gm_pushed kind)
{
	return kind_names[kind];
}

void gm_pushed_ref_dispose(struct gm_pushed_ref *ref)
{
	gm_free(ref->local);
	gm_free(ref->remote_ref);
	gm_free(ref->reason);
	gm_free(ref->tracking_ref);
}

void gm_push_result_dispose(struct gm_push_result *result)
{
	for (size_t i = 0; i < result->n; i++)
		gm_pushed_ref_dispose(&result->refs[i]);
	gm_free(result->refs);
	result->refs = NULL;
	result->n = 0;
}

static int get_text(const char **out, const json_t *object, const char *key)
{
	*out = json_string_value(json_object_get(object, key));
	return *out ? 0 : gm_json_field_invalid(key);
}

static json_t *update_to_json(const struct gm_push_update *update)
{
	gm_autojson *object = gm_json_object();
	int rc = object ? gm_json_set_string(object, "local", update->local) : GM_ENOMEM;

	if (rc == 0)
		rc = gm_json_set_oid(object, "oid", &update->oid);
	if (rc == 0)
		rc = gm_json_set_string(object, "remote_ref", update->remote_ref);
	return rc < 0 ? NULL : gm_steal(&object);
}

int gm_push_request_to_json(json_t *object, const struct gm_push_request *request)
{
	gm_autojson *updates = gm_json_array();
	int rc = updates ? 0 : GM_ENOMEM;

	for (size_t i = 0; rc == 0 && i < request->n; i++)
		rc = gm_json_append(updates, update_to_json(&request->updates[i]));
	if (rc == 0)
		rc = gm_json_set_string(object, "remote", gm_remote_key(request->remote));
	if (rc == 0)
		rc = gm_json_set_who(object, "who", request->who);
	if (rc == 0)
		rc = gm_json_set_bool(object, "dry_run", request->dry_run);
	if (rc == 0)
		rc = gm_json_set_bool(object, "no_verify", request->no_verify);
	if (rc == 0)
		rc = gm_json_set_bool(object, "atomic", request->is_atomic);
	return rc < 0 ? rc : gm_json_set(object, "updates", gm_steal(&updates));
}

void gm_push_asked_dispose(struct gm_push_asked *asked)
{
	gm_free(asked->updates);
	gm_signature_dispose(&asked->who);
	asked->updates = NULL;
}

static int update_from_json(struct gm_push_update *out, const json_t *object)
{
	int rc = get_text(&out->remote_ref, object, "remote_ref");

	out->local = json_string_value(json_object_get(object, "local"));
	return rc < 0 ? rc : gm_json_get_oid(&out->oid, object, "oid");
}

int gm_push_request_from_json(struct gm_push_asked *out, const json_t *object)
{
	const json_t *list = json_object_get(object, "updates");
	size_t n = json_array_size(list);
	const char *who;
	int rc = get_text(&out->remote, object, "remote");

	if (rc == 0)
		rc = get_text(&who, object, "who");
	if (rc == 0)
		rc = gm_signature_parse(&out->who, who, strlen(who));
	if (rc < 0)
		return rc;
	out->updates = gm_calloc(n + 1, sizeof(*out->updates));
	if (!out->updates)
		return GM_ENOMEM;
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = update_from_json(&out->updates[i], json_array_get(list, i));
	out->request = (struct gm_push_request){.updates = out->updates,
		.n = n,
		.who = &out->who,
		.dry_run = json_is_true(json_object_get(object, "dry_run")),
		.no_verify = json_is_true(json_object_get(object, "no_verify")),
		.is_atomic = json_is_true(json_object_get(object, "atomic"))};
	return rc;
}

static json_t *ref_to_json(const struct gm_pushed_ref *ref)
{
	gm_autojson *object = gm_json_object();
	int rc = object ? gm_json_set_string(object, "local", ref->local) : GM_ENOMEM;

	if (rc == 0)
		rc = gm_json_set_string(object, "remote_ref", ref->remote_ref);
	if (rc == 0)
		rc = gm_json_set_oid(object, "old", &ref->old_oid);
	if (rc == 0)
		rc = gm_json_set_oid(object, "new", &ref->new_oid);
	if (rc == 0)
		rc = gm_json_set_string(object, "kind", kind_names[ref->kind]);
	if (rc == 0)
		rc = gm_json_set_string(object, "reason", ref->reason);
	if (rc == 0)
		rc = gm_json_set_bool(object, "remote_reason", ref->is_remote_reason);
	if (rc == 0)
		rc = gm_json_set_string(object, "tracking_ref", ref->tracking_ref);
	return rc < 0 ? NULL : gm_steal(&object);
}

int gm_push_result_to_json(json_t **out, const struct gm_push_result *result)
{
	gm_autojson *object = gm_json_object();
	gm_autojson *refs = gm_json_array();
	int rc = object && refs ? 0 : GM_ENOMEM;

	for (size_t i = 0; rc == 0 && i < result->n; i++)
		rc = gm_json_append(refs, ref_to_json(&result->refs[i]));
	if (rc == 0)
		rc = gm_json_set_int(object, "objects", (long long)result->n_objects);
	if (rc == 0)
		rc = gm_json_set_int(object, "bytes", (long long)result->bytes);
	if (rc == 0)
		rc = gm_json_set(object, "refs", gm_steal(&refs));
	if (rc == 0)
		*out = gm_steal(&object);
	return rc;
}

static int ref_from_json(struct gm_pushed_ref *out, const json_t *object)
{
	const char *remote_ref;
	int kind =
		gm_json_find_name(kind_names, N_KINDS, json_object_get(object, "kind"));
	int rc = kind < 0 ? gm_json_field_invalid("kind")
			  : get_text(&remote_ref, object, "remote_ref");

	if (rc == 0)
		rc = gm_json_copy_text(&out->remote_ref, object, "remote_ref");
	if (rc == 0)
		rc = gm_json_copy_text(&out->local, object, "local");
	if (rc == 0)
		rc = gm_json_copy_text(&out->reason, object, "reason");
	if (rc == 0)
		rc = gm_json_copy_text(&out->tracking_ref, object, "tracking_ref");
	if (rc == 0)
		rc = gm_json_get_oid(&out->old_oid, object, "old");
	if (rc == 0)
		rc = gm_json_get_oid(&out->new_oid, object, "new");
	out->is_remote_reason = json_is_true(json_object_get(object, "remote_reason"));
	if (rc == 0)
		out->kind = (enum gm_pushed)kind;
	return rc;
}

int gm_push_result_from_json(struct gm_push_result *out, const json_t *object)
{
	const json_t *list = json_object_get(object, "refs");
	size_t n = json_array_size(list);
	struct gm_push_result result = GM_PUSH_RESULT_INIT;
	int rc = 0;

	result.refs = gm_calloc(n + 1, sizeof(*result.refs));
	if (!result.refs)
		return GM_ENOMEM;
	for (; rc == 0 && result.n < n; result.n++)
		rc = ref_from_json(
			&result.refs[result.n], json_array_get(list, result.n));
	if (rc < 0) {
		gm_push_result_dispose(&result);
		return rc;
	}
	result.n_objects = gm_json_get_count(object, "objects");
	result.bytes = gm_json_get_count(object, "bytes");
	*out = result;
	return 0;
}
