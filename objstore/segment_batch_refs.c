#include "objstore/segment_batch_refs.h"

#include <string.h>

#include "objstore/segment_ref_table.h"

void gm_batch_refs_reset(struct gm_batch_refs *refs)
{
	gm_buf_reset(&refs->changes);
	refs->n = 0;
}

void gm_batch_refs_dispose(struct gm_batch_refs *refs)
{
	gm_buf_dispose(&refs->changes);
	refs->n = 0;
}

static bool fits(const char *text, size_t max)
{
	return !text || strlen(text) <= max;
}

int gm_batch_refs_add(struct gm_batch_refs *refs, const struct gm_ref_change *change)
{
	if (!*change->name || !fits(change->name, GM_REF_NAME_MAX) ||
		!fits(change->target, GM_REF_NAME_MAX))
		return gm_error(GM_EINVALID, "the name of a ref is empty or too long");
	if (!fits(change->who, GM_REF_TEXT_MAX) ||
		!fits(change->message, GM_REF_TEXT_MAX))
		return gm_error(GM_ETOOBIG, "an entry for the log of '%s' is too long",
			change->name);
	int rc = gm_change_append(&refs->changes, change);
	refs->n += rc == 0;
	return rc;
}

/* Call `each` for the changes in [0, end). */
typedef int (*change_fn)(
	const struct gm_ref_change *change, const uint8_t *place, void *payload);

static int each_change(const struct gm_batch_refs *refs, const uint8_t *end,
	change_fn each, void *payload)
{
	const uint8_t *at = (const uint8_t *)refs->changes.ptr;
	gm_autobuf texts = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_ref_change change;
	const uint8_t *bytes;
	size_t size;
	int rc = 0;

	while (rc == 0 && at < end && gm_change_next(&bytes, &size, &at, end)) {
		rc = gm_ref_change_parse(&change, &texts, bytes, size);
		if (rc == 0)
			rc = each(&change, bytes, payload);
	}
	return rc;
}

static const uint8_t *end_of(const struct gm_batch_refs *refs)
{
	return (const uint8_t *)refs->changes.ptr + refs->changes.size;
}

struct earlier {
	const char *name;
	const uint8_t *before;
	struct gm_oid oid;
	bool is_found;
};

static int note_earlier(
	const struct gm_ref_change *change, const uint8_t *place, void *payload)
{
	struct earlier *earlier = payload;

	if (place < earlier->before && !change->is_log_only &&
		!strcmp(change->name, earlier->name)) {
		earlier->oid = change->new_oid;
		earlier->is_found = true;
	}
	return 0;
}

struct checking {
	const struct gm_batch_refs *refs;
	const struct gm_ref_table *table;
};

/* Zero for what is not there or symbolic, whose log's ids are not compared. */
static int check_change(
	const struct gm_ref_change *change, const uint8_t *place, void *payload)
{
	const struct checking *checking = payload;
	const struct gm_ref_table *table = checking->table;
	struct earlier earlier = {.name = change->name, .before = place};

	if (change->is_log_only || change->target)
		return 0;
	size_t at = gm_ref_table_lower_bound(table, change->name);
	if (at < table->n && !strcmp(table->rows[at].name, change->name)) {
		if (table->rows[at].target)
			return 0;
		earlier.oid = table->rows[at].oid;
	}
	int rc = each_change(checking->refs, place, note_earlier, &earlier);
	if (rc < 0 || gm_oid_equal(&earlier.oid, &change->old_oid))
		return rc;
	return gm_error(
		GM_EMODIFIED, "ref '%s' was changed by someone else", change->name);
}

int gm_batch_refs_check(const struct gm_batch_refs *refs, struct gm_segments *segments)
{
	struct checking checking = {refs, NULL};
	int rc = refs->n ? gm_ref_table_get(&checking.table, segments) : 0;

	if (rc < 0 || !refs->n)
		return rc;
	return each_change(refs, end_of(refs), check_change, &checking);
}

int gm_batch_refs_check_now(
	const struct gm_batch_refs *refs, struct gm_segments *segments)
{
	int rc = gm_segments_refresh(segments);

	return rc < 0 ? rc : gm_batch_refs_check(refs, segments);
}

int gm_batch_refs_put(struct gm_buf *out, const struct gm_batch_refs *refs)
{
	const uint8_t *at = (const uint8_t *)refs->changes.ptr;
	const uint8_t *bytes;
	size_t size;
	int rc = 0;

	while (rc == 0 && refs->n && gm_change_next(&bytes, &size, &at, end_of(refs))) {
		const struct gm_record record = {.class = GM_RECORD_REF,
			.raw_size = size,
			.stored_size = size,
			.payload = bytes};
		rc = gm_record_put(out, &record);
	}
	return rc;
}
