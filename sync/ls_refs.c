#include "sync/ls_refs.h"

#include <string.h>

#include "base/mem.h"

void gm_remote_refs_dispose(struct gm_remote_refs *refs)
{
	for (size_t i = 0; i < refs->n; i++)
		gm_free(refs->refs[i].name);
	gm_free(refs->refs);
	gm_free(refs->head);
}

static int damaged(void)
{
	return gm_error(GM_EINVALID, "the refs of the remote came damaged");
}

static int read_oid(struct gm_oid *out, const json_t *hex)
{
	const char *text = json_string_value(hex);

	return text && gm_oid_parse(out, text, strlen(text)) ? 0 : damaged();
}

/* [name, oid], and what a tag leads to */
static int read_ref(struct gm_remote_ref *out, const json_t *row)
{
	const char *name = json_string_value(json_array_get(row, 0));
	int rc = name ? read_oid(&out->oid, json_array_get(row, 1)) : damaged();

	if (rc == 0 && json_array_size(row) > 2)
		rc = read_oid(&out->peeled, json_array_get(row, 2));
	if (rc < 0)
		return rc;
	out->name = gm_strdup(name);
	return out->name ? 0 : GM_ENOMEM;
}

static int read_refs(struct gm_remote_refs *out, const json_t *done)
{
	const json_t *rows = json_object_get(done, "refs");
	const char *head = json_string_value(json_object_get(done, "head"));
	size_t n = json_array_size(rows);
	int rc = 0;

	out->refs = gm_calloc(n + 1, sizeof(*out->refs));
	out->head = head ? gm_strdup(head) : NULL;
	if (!out->refs || (head && !out->head))
		return GM_ENOMEM;
	for (; rc == 0 && out->n < n; out->n++)
		rc = read_ref(&out->refs[out->n], json_array_get(rows, out->n));
	return rc;
}

int gm_sync_ls_refs(struct gm_remote_refs *out, struct gm_sync *sync,
	const struct gm_remote *remote, bool for_push)
{
	gm_autojson *request = gm_sync_request("ls-refs");
	gm_autojson *done = NULL;
	struct gm_remote_refs refs = GM_REMOTE_REFS_INIT;
	int rc = request ? gm_json_set_string(request, "remote", gm_remote_key(remote))
			 : GM_ENOMEM;

	if (rc == 0)
		rc = gm_json_set_bool(request, "push", for_push);
	if (rc == 0)
		rc = gm_sync_ask(&done, sync, gm_steal(&request));
	if (rc == 0)
		rc = read_refs(&refs, done);
	if (rc < 0) {
		gm_remote_refs_dispose(&refs);
		return rc;
	}
	*out = refs;
	return 0;
}

const struct gm_remote_ref *gm_remote_refs_find(
	const struct gm_remote_refs *refs, const char *name)
{
	size_t low = 0, high = refs->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(name, refs->refs[middle].name);
		if (order == 0)
			return &refs->refs[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}
