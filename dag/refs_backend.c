#include <string.h>

#include "dag/refs_internal.h"

int gm_refs_open_store(struct gm_refs **out, const char *gitdir, struct gm_store *store)
{
	int rc = gm_refs_open(out, gitdir);

	if (rc == 0)
		(*out)->store = store;
	return rc;
}

const struct gm_ref_backend *gm_refs_backend(const struct gm_refs *refs)
{
	return refs->store && gm_store_has_segments(refs->store) ? &gm_ref_segments
								 : &gm_ref_files;
}

/* 1 when there is reason to look again, after this answer. */
static int follow(const struct gm_refs *refs, int rc)
{
	if (!refs->store || (rc != 0 && rc != GM_EMISMATCH && rc != GM_ERROR))
		return 0;
	return gm_store_follow(refs->store);
}

int gm_refs_read_one(
	struct gm_loose_ref *out, const struct gm_refs *refs, const char *name)
{
	int rc = gm_refs_backend(refs)->read(out, refs, name);
	int followed = follow(refs, rc);

	if (followed <= 0)
		return followed < 0 ? followed : rc;
	return gm_refs_backend(refs)->read(out, refs, name);
}

int gm_refs_each(
	struct gm_refs *refs, const char *prefix, gm_ref_each_fn each, void *payload)
{
	return gm_refs_backend(refs)->each(refs, prefix, each, payload);
}

int gm_ref_update(
	struct gm_refs *refs, struct gm_lock *lock, const struct gm_ref_update *update)
{
	return gm_refs_backend(refs)->update(refs, lock, NULL, update);
}

int gm_ref_update_with(struct gm_refs *refs, struct gm_lock *lock, struct gm_batch *batch,
	const struct gm_ref_update *update)
{
	return gm_refs_backend(refs)->update(refs, lock, batch, update);
}

int gm_ref_update_all(struct gm_refs *refs, struct gm_lock *lock,
	const struct gm_ref_update *updates, size_t n, size_t *failed_out)
{
	return gm_ref_update_all_with(refs, lock, NULL, updates, n, failed_out);
}

int gm_ref_update_all_with(struct gm_refs *refs, struct gm_lock *lock,
	struct gm_batch *batch, const struct gm_ref_update *updates, size_t n,
	size_t *failed_out)
{
	gm_autorefgroup group = {.removed = NULL};
	size_t failed = n;
	int rc = gm_ref_group_read(&group, updates, n);

	if (rc == 0)
		rc = gm_refs_backend(refs)->update_all(
			refs, lock, batch, updates, &group, &failed);
	if (rc < 0 && failed_out)
		*failed_out = failed;
	return rc;
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

	return rc < 0 ? rc
		      : gm_refs_backend(refs)->set_symbolic(
				refs, lock, name, target, who, message);
}

int gm_ref_log_each(
	struct gm_refs *refs, const char *ref, gm_reflog_each_fn each, void *payload)
{
	return gm_refs_backend(refs)->log_each(refs, ref, each, payload);
}

int gm_ref_rename(struct gm_refs *refs, struct gm_lock *lock,
	const struct gm_ref_renaming *renaming)
{
	int rc = gm_ref_check_name(renaming->from);

	if (rc == 0)
		rc = gm_ref_check_name(renaming->to);
	return rc < 0 ? rc : gm_refs_backend(refs)->rename(refs, lock, renaming);
}
