#include "objstore/segment_batch_refs.h"

#include <string.h>

#include "base/map.h"
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

static const uint8_t *end_of(const struct gm_batch_refs *refs)
{
	return (const uint8_t *)refs->changes.ptr + refs->changes.size;
}

/* Call `each` for the changes. */
typedef int (*change_fn)(const struct gm_ref_change *change, void *payload);

static int each_change(const struct gm_batch_refs *refs, change_fn each, void *payload)
{
	const uint8_t *at = (const uint8_t *)refs->changes.ptr;
	gm_autobuf texts = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_ref_change change;
	const uint8_t *bytes;
	size_t size;
	int rc = 0;

	while (rc == 0 && refs->n && gm_change_next(&bytes, &size, &at, end_of(refs))) {
		rc = gm_ref_change_parse(&change, &texts, bytes, size);
		if (rc == 0)
			rc = each(&change, payload);
	}
	return rc;
}

/* What the changes so far have made of refs. */
struct checking {
	const struct gm_ref_table *table;
	struct gm_map changed; /* from the hash of a name to its number in `oids` */
	struct gm_oid *oids;
	size_t n;
};

static void hash_name(uint8_t out[GM_SHA256_SIZE], const char *name)
{
	struct gm_sha256 sha256;

	gm_sha256_init(&sha256);
	gm_sha256_update(&sha256, name, strlen(name));
	gm_sha256_final(out, &sha256);
}

/* What the ref is; zero when it is not there. False for a symbolic one. */
static bool find_now(struct gm_oid *out, const struct checking *checking,
	const char *name, const uint8_t key[GM_SHA256_SIZE])
{
	const struct gm_ref_table *table = checking->table;
	uint64_t number;

	*out = gm_oid_zero;
	if (gm_map_get(&number, &checking->changed, key)) {
		*out = checking->oids[number];
		return true;
	}
	size_t at = gm_ref_table_lower_bound(table, name);
	if (at == table->n || strcmp(table->rows[at].name, name) != 0)
		return true;
	*out = table->rows[at].oid;
	return !table->rows[at].target;
}

/* The ids of the log of a symbolic ref are not compared. */
static int check_change(const struct gm_ref_change *change, void *payload)
{
	struct checking *checking = payload;
	uint8_t key[GM_SHA256_SIZE];
	struct gm_oid now;

	if (change->is_log_only || change->target)
		return 0;
	hash_name(key, change->name);
	if (!find_now(&now, checking, change->name, key))
		return 0;
	if (!gm_oid_equal(&now, &change->old_oid))
		return gm_error(GM_EMODIFIED, "ref '%s' was changed by someone else",
			change->name);
	checking->oids[checking->n] = change->new_oid;
	return gm_map_put(&checking->changed, key, checking->n++);
}

int gm_batch_refs_check(const struct gm_batch_refs *refs, struct gm_segments *segments)
{
	gm_autofree struct gm_oid *oids = NULL;
	struct checking checking = {.changed = GM_MAP_INIT(GM_SHA256_SIZE)};
	int rc = refs->n ? gm_ref_table_get(&checking.table, segments) : 0;

	if (rc < 0 || !refs->n)
		return rc;
	checking.oids = oids = gm_calloc(refs->n, sizeof(*oids));
	rc = oids ? each_change(refs, check_change, &checking) : GM_ENOMEM;
	gm_map_dispose(&checking.changed);
	return rc;
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
