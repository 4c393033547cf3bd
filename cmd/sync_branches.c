#include "cmd/sync_branches.h"

#include <string.h>

#include "cmd/pull_merge.h"
#include "dag/upstream.h"

#define HEADS "refs/heads/"

static void branch_dispose(struct gm_sync_branch *branch)
{
	gm_merge_job_dispose(&branch->job);
	gm_free(branch->name);
	gm_free(branch->remote_ref);
	gm_free(branch->tracking_ref);
}

void gm_sync_branches_dispose(struct gm_sync_branches *branches)
{
	for (size_t i = 0; i < branches->n; i++)
		branch_dispose(&branches->items[i]);
	gm_free(branches->items);
	*branches = (struct gm_sync_branches)GM_SYNC_BRANCHES_INIT;
}

static int add(struct gm_sync_branches *list, const struct gm_remote *remote,
	const char *name, const char *followed, const struct gm_oid *oid)
{
	gm_autobuf remote_ref = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf tracking = GM_BUF_INIT(GM_BUF_PATH);
	gm_autofree char *ref = gm_format(HEADS "%s", name);
	int rc = ref
		? gm_grow(&list->items, &list->cap, list->n + 1, sizeof(*list->items))
		: GM_ENOMEM;

	if (rc == 0)
		rc = gm_remote_ref_of(&remote_ref, remote, *followed ? followed : ref);
	if (rc == 0)
		rc = gm_remote_tracking_ref(&tracking, remote, gm_buf_str(&remote_ref));
	if (rc < 0)
		return rc;
	struct gm_sync_branch *branch = &list->items[list->n];
	*branch = (struct gm_sync_branch){.name = gm_strdup(name),
		.remote_ref = gm_strdup(gm_buf_str(&remote_ref)),
		.tracking_ref = gm_strdup(gm_buf_str(&tracking)),
		.is_followed = *followed != '\0',
		.ours = *oid,
		.job = GM_MERGE_JOB_INIT};
	list->n++;
	return branch->name && branch->remote_ref && branch->tracking_ref ? 0 : GM_ENOMEM;
}

struct search {
	struct gm_sync_branches *list;
	struct gm_call *call;
	const struct gm_head *head; /* the call's */
	const struct gm_remote *remote;
};

static bool is_own(const struct search *search, const char *name)
{
	return search->head->branch && !strcmp(search->head->branch, name);
}

/* One that follows another remote's, or a branch of ours, stays out of it. */
static int consider(struct search *search, const char *name, const struct gm_oid *oid)
{
	const struct gm_config *config = gm_repo_config(search->call->repo);
	gm_autobuf ref = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_upstream_at(&ref, config, name, search->remote->name);

	if (rc < 0 || ref.size)
		return rc < 0
			? rc
			: add(search->list, search->remote, name, gm_buf_str(&ref), oid);
	if (!is_own(search, name))
		return 0;
	rc = gm_upstream_ref(&ref, config, name);
	return rc < 0 || ref.size ? rc : add(search->list, search->remote, name, "", oid);
}

static int consider_ref(const char *ref, const struct gm_oid *oid, void *payload)
{
	struct search *search = payload;
	const char *name = ref + strlen(HEADS);

	if (search->call->branch && !is_own(search, name))
		return 0;
	return consider(search, name, oid);
}

int gm_sync_branches_find(struct gm_sync_branches *out, struct gm_call *call,
	const struct gm_head *head, const struct gm_remote *remote)
{
	struct search search = {out, call, head, remote};
	int rc = gm_refs_each(gm_repo_refs(call->repo), HEADS, consider_ref, &search);

	if (rc == 0 && head->branch && !head->exists)
		rc = consider(&search, head->branch, &gm_oid_zero);
	return rc;
}

static const struct gm_oid *find_fetched(
	const struct gm_fetch_result *fetched, const char *remote_ref)
{
	for (size_t i = 0; i < fetched->n; i++)
		if (fetched->refs[i].remote_ref &&
			!strcmp(fetched->refs[i].remote_ref, remote_ref))
			return &fetched->refs[i].new_oid;
	return &gm_oid_zero;
}

/* The remote has none of it. What somebody took away there is not to come back by itself. */
static int judge_missing(struct gm_sync_branch *branch, struct gm_call *call,
	const struct gm_remote *remote, const struct gm_fetch_result *fetched)
{
	struct gm_oid known;
	int rc = GM_ENOTFOUND;

	if (*branch->tracking_ref)
		rc = gm_ref_read(
			&known, NULL, gm_repo_refs(call->repo), branch->tracking_ref);
	if (rc < 0 && rc != GM_ENOTFOUND)
		return rc;
	const bool was_there = rc == 0 || branch->is_followed;
	/* One that is empty was made anew, and a project's `push --mirror` means no harm. */
	branch->state = was_there && !remote->is_attached && !fetched->is_empty
		? GM_SYNC_GONE
		: GM_SYNC_NEW;
	return 0;
}

static int merge(struct gm_sync_branch *branch, struct gm_call *call,
	const struct gm_remote *remote, bool no_verify)
{
	const struct gm_pull_request request = {.remote = remote,
		.branch = branch->name,
		.remote_ref = branch->remote_ref,
		.theirs = branch->theirs,
		.action = "sync",
		.strategy = GM_STRATEGY_AUTO,
		.no_verify = no_verify};
	int rc = gm_pull_merge(&branch->job, call, &request);

	if (rc == GM_ENOMEM || rc == GM_ENOSPC || rc == GM_EINTERRUPTED)
		return rc;
	if (rc < 0) {
		branch->failure = *gm_error_last();
		branch->state = GM_SYNC_FAILED;
		return 0;
	}
	branch->ours = branch->job.result.commit;
	branch->state = branch->job.merge.merge.kind == GM_MERGE_UP_TO_DATE
		? GM_SYNC_AHEAD
		: GM_SYNC_MERGED;
	return 0;
}

int gm_sync_branches_merge(struct gm_sync_branches *branches, struct gm_call *call,
	const struct gm_remote *remote, const struct gm_fetch_result *fetched,
	bool no_verify)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < branches->n; i++) {
		struct gm_sync_branch *branch = &branches->items[i];
		branch->theirs = *find_fetched(fetched, branch->remote_ref);
		if (gm_oid_equal(&branch->ours, &branch->theirs))
			branch->state = GM_SYNC_EQUAL;
		else if (gm_oid_is_zero(&branch->theirs))
			rc = judge_missing(branch, call, remote, fetched);
		else
			rc = merge(branch, call, remote, no_verify);
	}
	return rc;
}

bool gm_sync_is_ahead(const struct gm_sync_branch *branch)
{
	if (branch->state == GM_SYNC_MERGED)
		return !gm_oid_equal(&branch->ours, &branch->theirs);
	return (branch->state == GM_SYNC_NEW || branch->state == GM_SYNC_AHEAD) &&
		!gm_oid_is_zero(&branch->ours);
}
