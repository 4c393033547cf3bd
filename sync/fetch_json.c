#include "sync/fetch_json.h"

#include <string.h>

#include "sync/json_field.h"

static const char *const kind_names[] = {
	[GM_FETCHED_UP_TO_DATE] = "up-to-date",
	[GM_FETCHED_NEW] = "new",
	[GM_FETCHED_FAST_FORWARD] = "fast-forward",
	[GM_FETCHED_FORCED] = "forced",
	[GM_FETCHED_PRUNED] = "pruned",
	[GM_FETCHED_REJECTED] = "rejected",
};

static const char *const tags_names[] = {
	[GM_FETCH_TAGS_AUTO] = "auto",
	[GM_FETCH_TAGS_ALL] = "all",
	[GM_FETCH_TAGS_NONE] = "none",
};

#define N_NAMES(names) (sizeof(names) / sizeof(*(names)))

const char *gm_fetched_name(enum gm_fetched kind)
{
	return kind_names[kind];
}

void gm_fetched_ref_dispose(struct gm_fetched_ref *ref)
{
	gm_free(ref->remote_ref);
	gm_free(ref->local_ref);
	gm_free(ref->rescue_ref);
	gm_free(ref->reason);
}

void gm_fetch_result_dispose(struct gm_fetch_result *result)
{
	for (size_t i = 0; i < result->n; i++)
		gm_fetched_ref_dispose(&result->refs[i]);
	gm_free(result->refs);
	gm_free(result->head);
	*result = (struct gm_fetch_result)GM_FETCH_RESULT_INIT;
}

static json_t *list_to_json(const struct gm_strv *list)
{
	gm_autojson *array = gm_json_array();
	int rc = array ? 0 : GM_ENOMEM;

	for (size_t i = 0; rc == 0 && i < list->n; i++)
		rc = gm_json_append(array, gm_json_string(list->items[i]));
	return rc < 0 ? NULL : gm_steal(&array);
}

int gm_fetch_request_put(
	json_t *object, const struct gm_fetch_request *request, const char *remote)
{
	int rc = gm_json_set_string(object, "remote", remote);

	if (rc == 0)
		rc = gm_json_set_string(object, "tags", tags_names[request->tags]);
	if (rc == 0)
		rc = gm_json_set_bool(object, "prune", request->prune);
	if (rc == 0)
		rc = gm_json_set_bool(object, "dry_run", request->dry_run);
	if (rc == 0 && request->refspecs)
		rc = gm_json_set(object, "refspecs", list_to_json(request->refspecs));
	if (rc == 0 && request->who)
		rc = gm_json_set_who(object, "who", request->who);
	if (rc == 0)
		rc = gm_json_set_string(object, "action", request->reflog_action);
	return rc;
}

void gm_fetch_order_dispose(struct gm_fetch_order *order)
{
	gm_strv_dispose(&order->refspecs);
	gm_signature_dispose(&order->who);
}

static int read_refspecs(struct gm_fetch_order *out, json_t *array)
{
	size_t i;
	json_t *value;

	json_array_foreach(array, i, value)
	{
		const char *text = json_string_value(value);
		int rc = text ? gm_strv_add(&out->refspecs, text)
			      : gm_json_field_invalid("refspecs");
		if (rc < 0)
			return rc;
	}
	out->request.refspecs = &out->refspecs;
	return 0;
}

static int read_who(struct gm_fetch_order *out, const json_t *value)
{
	const char *text = json_string_value(value);

	out->request.who = &out->who;
	return text ? gm_signature_parse(&out->who, text, strlen(text))
		    : gm_json_field_invalid("who");
}

int gm_fetch_order_from_json(struct gm_fetch_order *out, const json_t *object)
{
	json_t *refspecs = json_object_get(object, "refspecs");
	const json_t *who = json_object_get(object, "who");
	int tags = gm_json_find_name(
		tags_names, N_NAMES(tags_names), json_object_get(object, "tags"));
	int rc = refspecs ? read_refspecs(out, refspecs) : 0;

	if (rc == 0 && who)
		rc = read_who(out, who);
	if (rc < 0)
		return rc;
	if (tags < 0)
		return gm_json_field_invalid("tags");
	out->request.tags = (enum gm_fetch_tags)tags;
	out->request.prune = json_is_true(json_object_get(object, "prune"));
	out->request.dry_run = json_is_true(json_object_get(object, "dry_run"));
	out->request.reflog_action = json_string_value(json_object_get(object, "action"));
	out->remote = json_string_value(json_object_get(object, "remote"));
	return out->remote ? 0 : gm_json_field_invalid("remote");
}

static json_t *ref_to_json(const struct gm_fetched_ref *ref)
{
	gm_autojson *object = gm_json_object();
	int rc = object ? gm_json_set_string(object, "kind", kind_names[ref->kind])
			: GM_ENOMEM;

	if (rc == 0)
		rc = gm_json_set_string(object, "remote_ref", ref->remote_ref);
	if (rc == 0)
		rc = gm_json_set_string(object, "local_ref", ref->local_ref);
	if (rc == 0)
		rc = gm_json_set_oid(object, "old", &ref->old_oid);
	if (rc == 0)
		rc = gm_json_set_oid(object, "new", &ref->new_oid);
	if (rc == 0)
		rc = gm_json_set_bool(object, "followed", ref->is_followed);
	if (rc == 0)
		rc = gm_json_set_string(object, "rescue_ref", ref->rescue_ref);
	if (rc == 0)
		rc = gm_json_set_string(object, "reason", ref->reason);
	return rc < 0 ? NULL : gm_steal(&object);
}

int gm_fetch_result_to_json(json_t **out, const struct gm_fetch_result *result)
{
	gm_autojson *object = gm_json_object();
	gm_autojson *refs = gm_json_array();
	int rc = object && refs ? 0 : GM_ENOMEM;

	for (size_t i = 0; rc == 0 && i < result->n; i++)
		rc = gm_json_append(refs, ref_to_json(&result->refs[i]));
	if (rc == 0)
		rc = gm_json_set_string(object, "head", result->head);
	if (rc == 0)
		rc = gm_json_set_int(object, "objects", (long long)result->n_objects);
	if (rc == 0)
		rc = gm_json_set_int(object, "bytes", (long long)result->bytes);
	if (rc == 0)
		rc = gm_json_set_bool(object, "empty", result->is_empty);
	if (rc == 0)
		rc = gm_json_set(object, "refs", gm_steal(&refs));
	if (rc == 0)
		*out = gm_steal(&object);
	return rc;
}

static int ref_from_json(struct gm_fetched_ref *out, const json_t *object)
{
	int kind = gm_json_find_name(
		kind_names, N_NAMES(kind_names), json_object_get(object, "kind"));
	int rc = kind < 0 ? gm_json_field_invalid("kind") : 0;

	if (rc == 0)
		rc = gm_json_copy_text(&out->remote_ref, object, "remote_ref");
	if (rc == 0)
		rc = gm_json_copy_text(&out->local_ref, object, "local_ref");
	if (rc == 0)
		rc = gm_json_get_oid(&out->old_oid, object, "old");
	if (rc == 0)
		rc = gm_json_get_oid(&out->new_oid, object, "new");
	if (rc == 0)
		rc = gm_json_copy_text(&out->rescue_ref, object, "rescue_ref");
	if (rc == 0)
		rc = gm_json_copy_text(&out->reason, object, "reason");
	if (rc == 0)
		out->kind = (enum gm_fetched)kind;
	out->is_followed = json_is_true(json_object_get(object, "followed"));
	return rc;
}

static int read_result(struct gm_fetch_result *out, const json_t *object)
{
	const json_t *refs = json_object_get(object, "refs");
	size_t n = json_array_size(refs);
	int rc = gm_json_copy_text(&out->head, object, "head");

	if (!json_is_array(refs))
		return gm_json_field_invalid("refs");
	out->n_objects = gm_json_get_count(object, "objects");
	out->bytes = gm_json_get_count(object, "bytes");
	out->is_empty = json_is_true(json_object_get(object, "empty"));
	out->refs = gm_calloc(n + 1, sizeof(*out->refs));
	if (!out->refs)
		return GM_ENOMEM;
	for (; rc == 0 && out->n < n; out->n++)
		rc = ref_from_json(&out->refs[out->n], json_array_get(refs, out->n));
	return rc;
}

int gm_fetch_result_from_json(struct gm_fetch_result *out, const json_t *object)
{
	gm_autofetchresult result = GM_FETCH_RESULT_INIT;
	int rc = read_result(&result, object);

	if (rc < 0)
		return rc;
	*out = result;
	result = (struct gm_fetch_result)GM_FETCH_RESULT_INIT;
	return 0;
}
