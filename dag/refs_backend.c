#include <string.h>

#include "dag/refs_internal.h"

int gm_refs_open_store(struct gm_refs **out, const char *gitdir, struct gm_store *store)
{
	int rc = gm_refs_open(out, gitdir);

	if (rc == 0 && gm_store_has_segments(store)) {
		(*out)->backend = &gm_ref_segments;
		(*out)->store = store;
	}
	return rc;
}

int gm_refs_each(
	struct gm_refs *refs, const char *prefix, gm_ref_each_fn each, void *payload)
{
	return refs->backend->each(refs, prefix, each, payload);
}

int gm_ref_update(
	struct gm_refs *refs, struct gm_lock *lock, const struct gm_ref_update *update)
{
	return refs->backend->update(refs, lock, NULL, update);
}

int gm_ref_update_with(struct gm_refs *refs, struct gm_lock *lock, struct gm_batch *batch,
	const struct gm_ref_update *update)
{
	return refs->backend->update(refs, lock, batch, update);
}

int gm_ref_check_symbolic(const char *name, const char *target)
{
	int rc = gm_ref_check_name(name);

	if (rc == 0)
		rc = gm_ref_check_name(target);
	if (rc == 0 && (strncmp(target, "refs/", 5) != 0 || !strcmp(name, target)))
		rc = gm_error(GM_EINVALID, "'%s' cannot point to '%s'", name, target);
	return rc;
}

int gm_ref_set_symbolic(struct gm_refs *refs, struct gm_lock *lock, const char *name,
	const char *target, const struct gm_signature *who, const char *message)
{
	int rc = gm_ref_check_symbolic(name, target);

	return rc < 0
		? rc
		: refs->backend->set_symbolic(refs, lock, name, target, who, message);
}

int gm_ref_log_each(
	struct gm_refs *refs, const char *ref, gm_reflog_each_fn each, void *payload)
{
	return refs->backend->log_each(refs, ref, each, payload);
}

int gm_ref_log_append(
	struct gm_refs *refs, const char *ref, const struct gm_reflog_entry *entry)
{
	return refs->backend->log_append(refs, ref, entry);
}

int gm_ref_rename(struct gm_refs *refs, struct gm_lock *lock,
	const struct gm_ref_renaming *renaming)
{
	int rc = gm_ref_check_name(renaming->from);

	if (rc == 0)
		rc = gm_ref_check_name(renaming->to);
	return rc < 0 ? rc : refs->backend->rename(refs, lock, renaming);
}
