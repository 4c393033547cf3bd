#include "dag/packed_refs.h"
#include "dag/refs_internal.h"

static int read_packed(struct gm_oid *out, const struct gm_refs *refs, const char *name)
{
	struct gm_packed_refs packed;
	int rc = gm_packed_refs_open(&packed, refs->gitdir);

	if (rc < 0)
		return rc;
	rc = gm_packed_refs_find(out, &packed, name);
	gm_packed_refs_dispose(&packed);
	return rc;
}

/*
 * A file wins over packed-refs; who packs a ref removes its file last, so looking in this order
 * never misses one.
 */
static int read_ref(
	struct gm_loose_ref *out, const struct gm_refs *refs, const char *name)
{
	int rc = gm_loose_ref_read(out, refs, name);

	return rc ? rc : read_packed(&out->oid, refs, name);
}

/* The objects are durable before a ref leads to them. */
static int update_after(struct gm_refs *refs, struct gm_lock *lock,
	struct gm_batch *batch, const struct gm_ref_update *update)
{
	int rc = batch ? gm_batch_commit(batch) : 0;

	return rc < 0 ? rc : gm_ref_files_update(refs, lock, update);
}

/* Those that are removed, or the others. */
static int update_some(struct gm_refs *refs, struct gm_lock *lock,
	const struct gm_ref_update *updates, size_t n, bool removed, size_t *failed_out)
{
	for (size_t i = 0; i < n; i++) {
		if (gm_oid_is_zero(&updates[i].new_oid) != removed)
			continue;
		int rc = gm_ref_files_update(refs, lock, &updates[i]);
		if (rc < 0) {
			*failed_out = i;
			return rc;
		}
	}
	return 0;
}

static int update_all(struct gm_refs *refs, struct gm_lock *lock, struct gm_batch *batch,
	const struct gm_ref_update *updates, const struct gm_ref_group *group,
	size_t *failed_out)
{
	int rc = batch ? gm_batch_commit(batch) : 0;

	if (rc == 0)
		rc = update_some(refs, lock, updates, group->n, true, failed_out);
	return rc < 0 ? rc
		      : update_some(refs, lock, updates, group->n, false, failed_out);
}

static int log_each(
	struct gm_refs *refs, const char *ref, gm_reflog_each_fn each, void *payload)
{
	return gm_reflog_each(refs->gitdir, ref, each, payload);
}

static int log_append(
	struct gm_refs *refs, const char *ref, const struct gm_reflog_entry *entry)
{
	return gm_reflog_append(refs->gitdir, ref, &entry->old_oid, &entry->new_oid,
		&entry->who, entry->message);
}

/* Make the ref with the new name, and give it the log of the old one. */
static int copy_ref(struct gm_refs *refs, struct gm_lock *lock,
	const struct gm_ref_renaming *renaming)
{
	const struct gm_ref_update make = {.name = renaming->to,
		.new_oid = renaming->oid,
		.message = renaming->message};
	const struct gm_reflog_entry entry = {.old_oid = renaming->oid,
		.new_oid = renaming->oid,
		.who = *renaming->who, /* lent */
		.message = renaming->message};
	int rc = gm_ref_files_update(refs, lock, &make);

	if (rc == 0)
		rc = gm_reflog_rename(refs->gitdir, renaming->from, renaming->to);
	return rc < 0 ? rc : log_append(refs, renaming->to, &entry);
}

static int rename_ref(struct gm_refs *refs, struct gm_lock *lock,
	const struct gm_ref_renaming *renaming)
{
	const struct gm_ref_update drop = {
		.name = renaming->from, .old_oid = renaming->oid};
	int rc = copy_ref(refs, lock, renaming);

	if (rc == 0 && renaming->moves_head)
		rc = gm_ref_files_set_symbolic(
			refs, lock, "HEAD", renaming->to, NULL, NULL);
	return rc < 0 ? rc : gm_ref_files_update(refs, lock, &drop);
}

const struct gm_ref_backend gm_ref_files = {
	.read = read_ref,
	.each = gm_ref_files_each,
	.update = update_after,
	.update_all = update_all,
	.set_symbolic = gm_ref_files_set_symbolic,
	.log_each = log_each,
	.rename = rename_ref,
};
