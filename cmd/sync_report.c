#include "cmd/sync_report.h"

#include <string.h>

#include "cmd/fetch_print.h"
#include "cmd/merge_print.h"
#include "cmd/pull_merge.h"

int gm_sync_print_merges(struct gm_call *call, const struct gm_sync_branches *branches)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < branches->n; i++) {
		const struct gm_sync_branch *branch = &branches->items[i];
		if (branch->state != GM_SYNC_MERGED || call->quiet)
			continue;
		if (branches->n > 1)
			rc = gm_print("%s:\n", branch->name);
		if (rc == 0)
			rc = gm_merge_job_print(&branch->job);
		if (rc == 0)
			rc = gm_merge_job_conclude(&branch->job);
	}
	return rc;
}

static const char *state_name(const struct gm_sync_branch *branch)
{
	static const char *const names[] = {
		[GM_SYNC_EQUAL] = "equal",
		[GM_SYNC_MERGED] = "merged",
		[GM_SYNC_AHEAD] = "ahead",
		[GM_SYNC_NEW] = "new",
		[GM_SYNC_GONE] = "gone",
		[GM_SYNC_FAILED] = "failed",
	};

	return names[branch->state];
}

static int merge_json(json_t **out, const struct gm_sync_branch *branch)
{
	gm_autojson *object = NULL;
	int rc;

	if (branch->state != GM_SYNC_MERGED) {
		*out = json_null();
		return 0;
	}
	object = gm_json_object();
	rc = object ? gm_merge_job_json(object, &branch->job) : GM_ENOMEM;
	if (rc == 0)
		*out = gm_steal(&object);
	return rc;
}

static int push_json(json_t **out, const struct gm_sync_branch *branch,
	const struct gm_push_told *told, const struct gm_push_result *pushed)
{
	for (size_t i = 0; i < pushed->n; i++)
		if (pushed->refs[i].remote_ref &&
			!strcmp(pushed->refs[i].remote_ref, branch->remote_ref))
			return gm_pushed_json(out, told, &pushed->refs[i]);
	*out = json_null();
	return 0;
}

static int give(json_t *object, const struct gm_sync_branch *branch,
	const struct gm_push_told *told, const struct gm_push_result *pushed)
{
	json_t *merge = NULL, *rescue = NULL, *push = NULL;
	int rc = gm_json_set_string(object, "branch", branch->name);

	if (rc == 0)
		rc = gm_json_set_string(object, "remote", told->remote->name);
	if (rc == 0)
		rc = gm_json_set_string(object, "remote_ref", branch->remote_ref);
	if (rc == 0)
		rc = gm_json_set_string(object, "state", state_name(branch));
	if (rc == 0)
		rc = merge_json(&merge, branch);
	if (rc == 0)
		rc = gm_json_set(object, "merge", merge);
	if (rc == 0)
		rc = gm_merge_job_rescue_json(&rescue, &branch->job);
	if (rc == 0)
		rc = gm_json_set(object, "rescue", rescue);
	if (rc == 0)
		rc = push_json(&push, branch, told, pushed);
	if (rc == 0)
		rc = gm_json_set(object, "push", push);
	return rc < 0
		? rc
		: gm_json_set_string(object, "error",
			  *branch->failure.message ? branch->failure.message : NULL);
}

int gm_sync_print_json(const struct gm_sync_branches *branches,
	const struct gm_push_told *told, const struct gm_push_result *pushed)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < branches->n; i++) {
		gm_autojson *object = gm_json_object();
		rc = object ? give(object, &branches->items[i], told, pushed) : GM_ENOMEM;
		if (rc == 0)
			rc = gm_print_json(gm_steal(&object));
	}
	return rc;
}

static int judge_one(const struct gm_sync_branch *branch)
{
	int rc;

	if (branch->state == GM_SYNC_FAILED) {
		rc = gm_error(branch->failure.code, "'%s' was not merged: %s",
			branch->name, branch->failure.message);
		if (*branch->failure.hint)
			gm_error_hint("%s", branch->failure.hint);
		return rc;
	}
	rc = gm_error(GM_ENO, "the remote has no branch '%s' any more",
		gm_short_ref(branch->remote_ref));
	gm_error_hint("'gitmem push' brings '%s' back, 'gitmem branch -d' lets go of it",
		branch->name);
	return rc;
}

/* Each is told, the last one as the error that it is; one that failed comes behind others. */
int gm_sync_judge(const struct gm_sync_branches *branches)
{
	const struct gm_sync_branch *worst = NULL;

	for (size_t i = 0; i < branches->n; i++) {
		const struct gm_sync_branch *branch = &branches->items[i];
		if (branch->state != GM_SYNC_FAILED && branch->state != GM_SYNC_GONE)
			continue;
		const struct gm_sync_branch *told = worst;
		if (!worst || branch->state >= worst->state)
			worst = branch;
		else
			told = branch;
		if (told && judge_one(told) < 0)
			gm_warn("%s", gm_error_last()->message);
	}
	return worst ? judge_one(worst) : 0;
}
