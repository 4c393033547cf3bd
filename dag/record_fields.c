#include "dag/record_diff.h"

#include <string.h>

static bool text_equal(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool json_same(const json_t *a, const json_t *b)
{
	return a && b ? json_equal(a, b) : a == b;
}

static bool content_equal(const struct gm_record *a, const struct gm_record *b)
{
	return a->content_size == b->content_size &&
		(!a->content_size ||
			memcmp(a->content, b->content, a->content_size) == 0);
}

static int add_fields(
	struct gm_strv *out, const struct gm_record *a, const struct gm_record *b)
{
	const struct {
		const char *name;
		bool same;
	} fields[] = {
		{"id", strcmp(a->id, b->id) == 0},
		{"type", a->type == b->type},
		{"key", text_equal(a->key, b->key)},
		{"agent", text_equal(a->agent, b->agent)},
		{"session", text_equal(a->session, b->session)},
		{"role", text_equal(a->role, b->role)},
		{"seq", a->seq == b->seq},
		{"created", a->created == b->created},
		{"updated", a->updated == b->updated},
		{"importance", a->importance == b->importance},
		{"tags", gm_strv_equal(&a->tags, &b->tags)},
		{"scope", a->scope == b->scope},
		{"supersedes", gm_strv_equal(&a->supersedes, &b->supersedes)},
		{"valid_from", a->valid_from == b->valid_from},
		{"valid_until", a->valid_until == b->valid_until},
		{"conflicts_with", strcmp(a->conflicts_with, b->conflicts_with) == 0},
		{"source", json_same(a->source, b->source)},
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(fields) / sizeof(fields[0]); i++)
		if (!fields[i].same)
			rc = gm_strv_add(out, fields[i].name);
	return rc;
}

/* Keys of `from` that `other` lacks or has otherwise. jansson reads through a plain pointer. */
static int add_extra(struct gm_strv *out, json_t *from, const json_t *other)
{
	const char *name;
	json_t *value;

	json_object_foreach(from, name, value)
	{
		if (json_same(value, json_object_get(other, name)))
			continue;
		int rc = gm_strv_add(out, name);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int add_all(
	struct gm_strv *out, const struct gm_record *a, const struct gm_record *b)
{
	gm_autostrv extra = GM_STRV_INIT;
	int rc = add_fields(out, a, b);

	if (rc == 0)
		rc = add_extra(&extra, a->extra, b->extra);
	if (rc == 0)
		rc = add_extra(&extra, b->extra, a->extra);
	gm_strv_make_set(&extra);
	for (size_t i = 0; rc == 0 && i < extra.n; i++)
		rc = gm_strv_add(out, extra.items[i]);
	if (rc == 0 && !content_equal(a, b))
		rc = gm_strv_add(out, "content");
	return rc;
}

int gm_record_changed_fields(
	struct gm_strv *out, const struct gm_record *a, const struct gm_record *b)
{
	gm_autostrv names = GM_STRV_INIT;
	int rc = add_all(&names, a, b);

	if (rc < 0)
		return rc;
	gm_strv_dispose(out);
	*out = names;
	names = (struct gm_strv)GM_STRV_INIT;
	return 0;
}
