#include "dag/record_superseding.h"

#include <string.h>

/* What is larger is no record (dag/record_diff.c), in bytes. */
#define MAX_BLOB ((size_t)32 << 20)

/* Few memories supersede any: those are read as bytes only. 1 when it may, with the record. */
static int read_superseding(struct gm_record *out, struct gm_buf *bytes,
	struct gm_store *store, const struct gm_oid *blob)
{
	int rc = GM_ENOTFOUND;

	gm_buf_reset(bytes);
	if (!gm_oid_is_zero(blob))
		rc = gm_store_read_type(bytes, store, blob, GM_OBJECT_BLOB);
	if (rc == 0 && !strstr(gm_buf_str(bytes), "\nsupersedes:"))
		return 0;
	if (rc == 0)
		rc = gm_record_decode(out, gm_buf_str(bytes), bytes->size);
	return rc == GM_ENOMEM || rc == GM_EINTERRUPTED ? rc : rc == 0;
}

static int find_of(
	struct gm_record_delta *delta, struct gm_buf *bytes, struct gm_store *store)
{
	gm_autorecord old = GM_RECORD_INIT;
	gm_autorecord new = GM_RECORD_INIT;
	int rc = read_superseding(&new, bytes, store, &delta->new_blob);

	if (rc > 0)
		rc = read_superseding(&old, bytes, store, &delta->old_blob);
	if (rc < 0)
		return rc;
	rc = 0;
	for (size_t i = 0; rc == 0 && i < new.supersedes.n; i++)
		if (!gm_strv_contains(&old.supersedes, new.supersedes.items[i]))
			rc = gm_strv_add(&delta->supersedes, new.supersedes.items[i]);
	return rc;
}

int gm_find_superseding(struct gm_record_deltas *deltas, struct gm_store *store)
{
	gm_autobuf bytes = GM_BUF_INIT(MAX_BLOB);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < deltas->n; i++)
		if (*deltas->items[i].id && deltas->items[i].status != 'D')
			rc = find_of(&deltas->items[i], &bytes, store);
	return rc;
}
