#include "dag/tree_merge_internal.h"

#include <string.h>

/* How much of a blob's id tells a file beside from others. */
#define ASIDE_DIGITS 12

int gm_merge_keep_sibling(
	struct gm_merging *merging, size_t of, const struct gm_record *record)
{
	struct gm_merge_sibling sibling = {.of = of};
	int rc = gm_merge_write_record(&sibling.version, merging, record, 0, NULL);

	if (rc == 0)
		rc = gm_grow(&merging->siblings, &merging->cap_siblings,
			merging->n_siblings + 1, sizeof(*merging->siblings));
	if (rc < 0)
		return rc;
	memcpy(sibling.id, record->id, GM_UUID_TEXT);
	merging->siblings[merging->n_siblings++] = sibling;
	return 0;
}

int gm_merge_aside(struct gm_buf *out, const struct gm_merge_version *version, size_t end)
{
	char hex[GM_OID_HEX];
	int rc = gm_buf_put(out, version->path, end);

	gm_oid_format(hex, &version->oid);
	if (rc == 0)
		rc = gm_buf_printf(out, "~%.*s", ASIDE_DIGITS, hex);
	return rc < 0 ? rc : gm_buf_puts(out, version->path + end);
}

int gm_merge_keep_beside(
	struct gm_merging *merging, size_t of, const struct gm_merge_version *version)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_TEXT);
	size_t at;
	int rc = gm_merge_aside(&path, version, strlen(version->path));

	if (rc == 0)
		rc = gm_merge_add_item(&at, merging, "");
	if (rc < 0)
		return rc;
	struct gm_merge_item *item = &merging->items[at];
	item->result = *version;
	item->result.path = gm_merge_keep_path(merging, gm_buf_str(&path));
	item->is_made = true;
	merging->items[of].sibling = at + 1;
	return item->result.path ? 0 : GM_ENOMEM;
}

/* No item has this id: the sibling stands in all three trees, or is new. */
static int add_sibling(struct gm_merging *merging, const struct gm_merge_sibling *sibling)
{
	struct gm_merge_version there;
	size_t at;
	int rc = gm_merge_add_item(&at, merging, sibling->id);

	if (rc < 0)
		return rc;
	struct gm_merge_item *item = &merging->items[at];
	item->is_made = true;
	item->result = sibling->version;
	merging->items[sibling->of].sibling = at + 1;
	rc = gm_merge_find_untouched(&there, merging, sibling->version.path);
	if (rc <= 0 || (there.mode & GM_MODE_TYPE) == GM_MODE_TREE)
		return rc == GM_EEXISTS || rc > 0 ? 0 : rc;
	gm_autorecord record = GM_RECORD_INIT;
	rc = gm_merge_read_record(&record, merging, &there);
	if (rc < 0 || strcmp(record.id, sibling->id) != 0)
		return rc == GM_EINVALID || rc == GM_ETOOBIG ? 0 : rc;
	for (int i = 0; i < GM_TREE_SIDES; i++)
		item->sides[i] = there;
	item->result = there;
	return gm_merge_know(&item->result, &record);
}

int gm_merge_add_siblings(struct gm_merging *merging)
{
	for (size_t i = 0; i < merging->n_siblings; i++) {
		const struct gm_merge_sibling *sibling = &merging->siblings[i];
		uint64_t at;
		if (!gm_map_get(&at, &merging->ids, sibling->id)) {
			int rc = add_sibling(merging, sibling);
			if (rc < 0)
				return rc;
			continue;
		}
		/* Somebody may have edited it since; it holds this text in history. */
		struct gm_merge_item *item = &merging->items[at];
		merging->items[sibling->of].sibling = at + 1;
		if (item->result.path || item->is_absorbed)
			continue;
		item->result = sibling->version;
		item->what = GM_MERGE_KEPT;
	}
	return 0;
}
