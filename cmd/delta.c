#include "cmd/delta.h"

#include <string.h>

#include "cmd/commit_json.h"
#include "dag/path_rule.h"

/* A commit of another repository (git submodules): there are no bytes of it here. */
#define MODE_GITLINK 0160000u

static void dispose_side(struct gm_delta_side *side)
{
	gm_buf_dispose(&side->bytes);
	gm_record_dispose(&side->record);
}

void gm_delta_sides_dispose(struct gm_delta_sides *sides)
{
	dispose_side(&sides->old_side);
	dispose_side(&sides->new_side);
}

static int read_bytes(struct gm_buf *out, struct gm_repo *repo, const struct gm_oid *blob,
	unsigned mode)
{
	char hex[GM_OID_HEX];

	if ((mode & GM_MODE_TYPE) != MODE_GITLINK)
		return gm_store_read_type(out, gm_repo_store(repo), blob, GM_OBJECT_BLOB);
	gm_oid_format(hex, blob);
	return gm_buf_printf(out, "Subproject commit %s\n", hex);
}

static int look_into(struct gm_delta_side *side, const char *path)
{
	side->exists = true;
	side->is_binary =
		side->bytes.size && memchr(side->bytes.ptr, '\0', side->bytes.size);
	if (!gm_path_may_be_record(path))
		return 0;
	int rc = gm_record_decode(
		&side->record, gm_buf_str(&side->bytes), side->bytes.size);
	side->is_record = rc == 0;
	return rc == GM_EINVALID ? 0 : rc;
}

static int read_old(struct gm_delta_side *side, struct gm_repo *repo,
	const struct gm_record_delta *delta)
{
	if (delta->status == 'A')
		return 0;
	int rc = read_bytes(&side->bytes, repo, &delta->old_blob, delta->old_mode);
	if (rc < 0)
		return rc;
	return look_into(side, delta->old_path ? delta->old_path : delta->path);
}

static int read_new(struct gm_delta_side *side, struct gm_repo *repo,
	const struct gm_stage *stage, const struct gm_record_delta *delta)
{
	const struct gm_change *change = stage ? gm_stage_find(stage, delta->path) : NULL;
	int rc;

	if (delta->status == 'D')
		return 0;
	if (change && change->data)
		rc = gm_buf_put(&side->bytes, change->data, change->size);
	else
		rc = read_bytes(&side->bytes, repo, &delta->new_blob, delta->new_mode);
	return rc < 0 ? rc : look_into(side, delta->path);
}

int gm_delta_sides_read(struct gm_delta_sides *out, struct gm_repo *repo,
	const struct gm_stage *stage, const struct gm_record_delta *delta)
{
	int rc = read_old(&out->old_side, repo, delta);

	return rc < 0 ? rc : read_new(&out->new_side, repo, stage, delta);
}

static bool same_bytes(const struct gm_buf *a, const struct gm_buf *b)
{
	return a->size == b->size && (!a->size || !memcmp(a->ptr, b->ptr, a->size));
}

int gm_delta_fields(struct gm_strv *out, const struct gm_delta_sides *sides)
{
	const struct gm_delta_side *a = &sides->old_side, *b = &sides->new_side;

	if (!a->exists || !b->exists)
		return 0;
	if (a->is_record && b->is_record)
		return gm_record_changed_fields(out, &a->record, &b->record);
	return same_bytes(&a->bytes, &b->bytes) ? 0 : gm_strv_add(out, "content");
}

static int set_blob(json_t *object, const char *key, const struct gm_oid *blob)
{
	char hex[GM_OID_HEX];

	if (gm_oid_is_zero(blob))
		return gm_json_set_string(object, key, NULL);
	gm_oid_format(hex, blob);
	return gm_json_set_string(object, key, hex);
}

static int set_mode(json_t *object, const char *key, unsigned mode)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%06o", mode);
	return gm_json_set_string(object, key, text);
}

static int set_modes(json_t *object, const struct gm_record_delta *delta)
{
	if (delta->status != 'M' || delta->old_mode == delta->new_mode)
		return 0;
	int rc = set_mode(object, "old_mode", delta->old_mode);
	return rc < 0 ? rc : set_mode(object, "new_mode", delta->new_mode);
}

/* What a field is in the JSON of a record; null when it is nothing. */
static json_t *value_of(const json_t *record, const char *field)
{
	json_t *value = json_object_get(record, field);

	return value ? json_incref(value) : json_null();
}

static int add_change(json_t *changes, const char *field, const json_t *old_json,
	const json_t *new_json)
{
	gm_autojson *change = gm_json_object();
	int rc = gm_json_set_string(change, "field", field);

	if (rc == 0)
		rc = gm_json_set(change, "old", value_of(old_json, field));
	if (rc == 0)
		rc = gm_json_set(change, "new", value_of(new_json, field));
	return rc < 0 ? rc : gm_json_append(changes, gm_steal(&change));
}

static int set_changes(
	json_t *object, const struct gm_delta_sides *sides, const struct gm_strv *fields)
{
	gm_autojson *changes = gm_json_array();
	gm_autojson *old_json = NULL;
	gm_autojson *new_json = NULL;
	int rc = 0;

	if (sides->old_side.is_record && sides->new_side.is_record) {
		rc = gm_record_to_json(&old_json, &sides->old_side.record);
		if (rc == 0)
			rc = gm_record_to_json(&new_json, &sides->new_side.record);
		for (size_t i = 0; rc == 0 && i < fields->n; i++)
			rc = add_change(changes, fields->items[i], old_json, new_json);
	}
	return rc < 0 ? rc : gm_json_set(object, "changes", gm_steal(&changes));
}

struct gm_record_delta gm_delta_join(const struct gm_record_delta *added)
{
	struct gm_record_delta joined = *added;

	joined.status = 'M';
	joined.old_path = added->reworded->path;
	joined.old_blob = added->reworded->old_blob;
	joined.old_mode = added->reworded->old_mode;
	return joined;
}

int gm_delta_diff_json(json_t **out, const struct gm_record_delta *delta,
	const struct gm_delta_sides *sides)
{
	gm_autojson *object = NULL;
	gm_autojson *names = gm_json_array();
	gm_autostrv fields = GM_STRV_INIT;
	int rc = gm_delta_json(&object, delta);

	if (rc == 0)
		rc = set_blob(object, "old", &delta->old_blob);
	if (rc == 0)
		rc = set_blob(object, "new", &delta->new_blob);
	if (rc == 0)
		rc = gm_delta_fields(&fields, sides);
	for (size_t i = 0; rc == 0 && i < fields.n; i++)
		rc = gm_json_append(names, gm_json_string(fields.items[i]));
	if (rc == 0)
		rc = gm_json_set(object, "fields", gm_steal(&names));
	if (rc == 0)
		rc = set_changes(object, sides, &fields);
	if (rc == 0)
		rc = set_modes(object, delta);
	if (rc < 0)
		return rc;
	*out = gm_steal(&object);
	return 0;
}
