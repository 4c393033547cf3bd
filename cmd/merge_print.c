#include "cmd/merge_print.h"

#include "cmd/merge_report.h"

static int print_forward(const struct gm_merge_job *job, const struct gm_merge *merge)
{
	struct gm_store *store = gm_repo_store(job->call->repo);
	gm_autobuf from = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf to = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_oid_is_zero(&merge->tip) ? 0
					     : gm_abbreviate(&from, store, &merge->tip);

	if (rc == 0)
		rc = gm_abbreviate(&to, store, &job->merge.state.theirs);
	if (rc == 0 && from.size)
		rc = gm_print("%s %s..%s\n", job->is_dry ? "Would update" : "Updating",
			gm_buf_str(&from), gm_buf_str(&to));
	return rc < 0 ? rc : gm_print("Fast-forward\n");
}

int gm_merge_job_print(const struct gm_merge_job *job)
{
	const struct gm_merge *merge = &job->merge.merge;
	int rc = 0;

	if (job->call->quiet)
		return 0;
	if (merge->kind == GM_MERGE_UP_TO_DATE)
		return gm_print("Already up to date.\n");
	if (merge->kind == GM_MERGE_FAST_FORWARD)
		rc = print_forward(job, merge);
	else if (!gm_merge_job_waits(job))
		rc = gm_print("%s by the '%s' strategy.\n",
			job->is_dry ? "Merge would be made" : "Merge made",
			gm_merge_strategy_name(job->merge.options.strategy));
	return rc < 0 ? rc
		      : gm_print_decisions(job->call, merge, gm_merge_job_waits(job));
}

static int set_oid(json_t *object, const char *key, const struct gm_oid *oid)
{
	char hex[GM_OID_HEX];

	gm_oid_format(hex, oid);
	return gm_json_set_string(object, key, gm_oid_is_zero(oid) ? NULL : hex);
}

/* What the branch comes to have. */
static const struct gm_oid *tree_of(const struct gm_merge *merge)
{
	if (merge->kind == GM_MERGE_TRUE)
		return &merge->trees.tree;
	return merge->kind == GM_MERGE_FAST_FORWARD ? &merge->theirs_tree
						    : &merge->tip_tree;
}

int gm_merge_job_json(json_t *object, const struct gm_merge_job *job)
{
	const struct gm_merge *merge = &job->merge.merge;
	bool waits = gm_merge_job_waits(job);
	bool is_made = !job->is_dry && !waits;
	json_t *decisions = NULL;
	int rc = set_oid(object, "commit", is_made ? &job->result.commit : &gm_oid_zero);

	if (rc == 0)
		rc = gm_json_set_bool(
			object, "fast_forward", merge->kind == GM_MERGE_FAST_FORWARD);
	if (rc == 0)
		rc = gm_json_set_bool(
			object, "up_to_date", merge->kind == GM_MERGE_UP_TO_DATE);
	if (rc == 0)
		rc = set_oid(object, "tree", waits ? &gm_oid_zero : tree_of(merge));
	if (rc == 0)
		rc = gm_json_set_bool(object, "dry_run", job->is_dry);
	if (rc == 0)
		rc = gm_json_set_bool(object, "waiting", waits);
	if (rc == 0)
		rc = gm_json_set_int(
			object, "conflicts", (long long)merge->trees.n_conflicts);
	if (rc == 0)
		rc = gm_decisions_json(&decisions, job->call->repo, merge, waits);
	return rc < 0 ? rc : gm_json_set(object, "decisions", decisions);
}

int gm_merge_job_conclude(const struct gm_merge_job *job)
{
	const struct gm_merge *merge = &job->merge.merge;

	if (gm_merge_job_waits(job))
		return gm_unsettled(merge, job->is_dry);
	if (merge->trees.n_conflicts && !job->is_dry)
		gm_talk(job->call,
			"'gitmem list --conflicts' shows what both sides wrote");
	return 0;
}
