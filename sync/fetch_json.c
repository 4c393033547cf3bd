#include "sync/fetch_json.h"

#include <string.h>

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

static int invalid(const char *what)
{
	return gm_error(GM_EINVALID, "a fetch without a valid '%s'", what);
}

/* The number of the name in a list; -1 when it is none of them. */
static int find_name(const char *const *names, size_t n, const json_t *value)
{
	const char *name = json_string_value(value);

	for (size_t i = 0; name && i < n; i++)
		if (!strcmp(name, names[i]))
			return (int)i;
	return -1;
}

static json_t *list_to_json(const struct gm_strv *list)
{
	gm_autojson *array = gm_json_array();
	int rc = array ? 0 : GM_ENOMEM;

	for (size_t i = 0; rc == 0 && i < list->n; i++)
		rc = gm_json_append(array, gm_json_string(list->items[i]));
	return rc < 0 ? NULL : gm_steal(&array);
}

static int put_who(json_t *object, const struct gm_signature *who)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = gm_signature_format(&text, who);

	return rc < 0 ? rc : gm_json_set_string(object, "who", gm_buf_str(&text));
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
		rc = put_who(object, request->who);
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
		int rc = text ? gm_strv_add(&out->refspecs, text) : invalid("refspecs");
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
	return text ? gm_signature_parse(&out->who, text, strlen(text)) : invalid("who");
}

int gm_fetch_order_from_json(struct gm_fetch_order *out, const json_t *object)
{
	json_t *refspecs = json_object_get(object, "refspecs");
	const json_t *who = json_object_get(object, "who");
	int tags = find_name(
		tags_names, N_NAMES(tags_names), json_object_get(object, "tags"));
	int rc = refspecs ? read_refspecs(out, refspecs) : 0;

	if (rc == 0 && who)
		rc = read_who(out, who);
	if (rc < 0)
		return rc;
	if (tags < 0)
		return invalid("tags");
	out->request.tags = (enum gm_fetch_tags)tags;
	out->request.prune = json_is_true(json_object_get(object, "prune"));
	out->request.dry_run = json_is_true(json_object_get(object, "dry_run"));
	out->request.reflog_action = json_string_value(json_object_get(object, "action"));
	out->remote = json_string_value(json_object_get(object, "remote"));
	return out->remote ? 0 : invalid("remote");
}

static int set_oid(json_t *object, const char *key, const struct gm_oid *oid)
{
	char hex[GM_OID_HEX];

	gm_oid_format(hex, oid);
	return gm_json_set_string(object, key, hex);
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
		rc = set_oid(object, "old", &ref->old_oid);
	if (rc == 0)
		rc = set_oid(object, "new", &ref->new_oid);
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

/* A copy of one that may be null. */
static int copy_text(char **out, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	*out = text ? gm_strdup(text) : NULL;
	return text && !*out ? GM_ENOMEM : 0;
}

static int get_oid(struct gm_oid *out, const json_t *object, const char *key)
{
	const char *hex = json_string_value(json_object_get(object, key));

	return hex && gm_oid_parse(out, hex, strlen(hex)) ? 0 : invalid(key);
}

static int ref_from_json(struct gm_fetched_ref *out, const json_t *object)
{
	int kind = find_name(
		kind_names, N_NAMES(kind_names), json_object_get(object, "kind"));
	int rc = kind < 0 ? invalid("kind") : 0;

	if (rc == 0)
		rc = copy_text(&out->remote_ref, object, "remote_ref");
	if (rc == 0)
		rc = copy_text(&out->local_ref, object, "local_ref");
	if (rc == 0)
		rc = get_oid(&out->old_oid, object, "old");
	if (rc == 0)
		rc = get_oid(&out->new_oid, object, "new");
	if (rc == 0)
		rc = copy_text(&out->rescue_ref, object, "rescue_ref");
	if (rc == 0)
		rc = copy_text(&out->reason, object, "reason");
	if (rc == 0)
		out->kind = (enum gm_fetched)kind;
	out->is_followed = json_is_true(json_object_get(object, "followed"));
	return rc;
}

static int read_result(struct gm_fetch_result *out, const json_t *object)
{
	const json_t *refs = json_object_get(object, "refs");
	size_t n = json_array_size(refs);
	int rc = copy_text(&out->head, object, "head");

	if (!json_is_array(refs))
		return invalid("refs");
	out->n_objects = (uint64_t)json_integer_value(json_object_get(object, "objects"));
	out->bytes = (uint64_t)json_integer_value(json_object_get(object, "bytes"));
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
