#include "dag/reflog_expire.h"

#include "base/interrupt.h"
#include "dag/object_set.h"
#include "dag/walk.h"

struct expiry {
	struct gm_repo *repo;
	const struct gm_reflog_expire_options *options;
	struct gm_object_set reachable; /* commits; of use when `has_walked` */
	bool has_walked;
	struct gm_reflog_expire_result result;
};

static int push_ref(const char *name, const struct gm_oid *oid, void *payload)
{
	struct gm_walk *walk = payload;
	(void)name;
	int rc = gm_walk_push(walk, oid);

	/* A tag of something else than a commit. */
	return rc == GM_EMISMATCH ? 0 : rc;
}

/* What any ref leads to, HEAD among them. */
static int walk_all(struct expiry *expiry)
{
	gm_cleanup(gm_walk_free_p) struct gm_walk *walk = NULL;
	gm_autocommit commit = GM_COMMIT_INIT;
	struct gm_refs *refs = gm_repo_refs(expiry->repo);
	struct gm_oid head;
	uint32_t number;
	int rc = gm_walk_new(&walk, gm_repo_store(expiry->repo), GM_WALK_BY_DATE);

	if (rc == 0)
		rc = gm_refs_each(refs, "refs/", push_ref, walk);
	if (rc == 0) {
		rc = gm_ref_read(&head, NULL, refs, "HEAD");
		rc = rc == 0 ? gm_walk_push(walk, &head) : rc == GM_ENOTFOUND ? 0 : rc;
	}
	while (rc == 0 && (rc = gm_walk_next(&commit, walk)) > 0) {
		rc = gm_object_set_add(&number, &expiry->reachable, &commit.oid);
		rc = rc < 0 ? rc : gm_interrupted();
	}
	expiry->has_walked = rc == 0;
	return rc;
}

static bool is_reachable(const struct expiry *expiry, const struct gm_oid *oid)
{
	return gm_oid_is_zero(oid) ||
		gm_object_set_find(&expiry->reachable, oid) != GM_OBJECT_SET_NONE;
}

static int keep(const char *ref, const struct gm_reflog_entry *entry, void *payload)
{
	struct expiry *expiry = payload;
	const struct gm_reflog_expire_options *options = expiry->options;
	bool goes = entry->who.time < options->expire;

	(void)ref;
	if (!goes && entry->who.time < options->expire_unreachable) {
		int rc = expiry->has_walked ? 0 : walk_all(expiry);
		if (rc < 0)
			return rc;
		goes = !is_reachable(expiry, &entry->old_oid) ||
			!is_reachable(expiry, &entry->new_oid);
	}
	expiry->result.n_expired += goes;
	expiry->result.n_kept += !goes;
	return !goes;
}

static int count_entry(const struct gm_reflog_entry *entry, void *payload)
{
	int rc = keep(NULL, entry, payload);

	return rc < 0 ? rc : 0;
}

static int count_ref(const char *name, const struct gm_oid *oid, void *payload)
{
	struct expiry *expiry = payload;

	(void)oid;
	return gm_ref_log_each(gm_repo_refs(expiry->repo), name, count_entry, expiry);
}

static int count(struct expiry *expiry)
{
	const char *ref = expiry->options->ref;
	int rc = count_ref(ref ? ref : "HEAD", NULL, expiry);

	return rc < 0 || ref
		? rc
		: gm_refs_each(gm_repo_refs(expiry->repo), "refs/", count_ref, expiry);
}

int gm_reflogs_expire(struct gm_reflog_expire_result *out, struct gm_repo *repo,
	struct gm_lock *lock, const struct gm_reflog_expire_options *options)
{
	struct expiry expiry = {.repo = repo, .options = options};
	int rc = options->is_dry ? count(&expiry)
				 : gm_ref_logs_filter(gm_repo_refs(repo), lock,
					   options->ref, keep, &expiry);

	gm_object_set_dispose(&expiry.reachable);
	if (rc == 0)
		*out = expiry.result;
	return rc;
}
