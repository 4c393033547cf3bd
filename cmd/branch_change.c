#include "cmd/branch_change.h"

#include <string.h>

#include "base/config.h"
#include "dag/merge_state.h"
#include "dag/stage.h"
#include "dag/upstream.h"
#include "dag/walk.h"

static int signature_of(struct gm_signature *out, struct gm_call *call)
{
	gm_autosignature author = GM_SIGNATURE_INIT;

	return gm_call_signatures(&author, out, call);
}

static int refuse_current(const char *name)
{
	return gm_error(GM_ERROR, "HEAD is on branch '%s'", name);
}

/* Whether HEAD is on the branch: 1 or 0. */
static int is_current(struct gm_call *call, const char *ref)
{
	gm_autohead current = GM_HEAD_INIT;
	int rc = gm_head_read(&current, call->repo, NULL);

	return rc < 0 ? rc : !strcmp(current.ref, ref);
}

/* A branch that is there: GM_EEXISTS, or with `force` GM_ERROR when HEAD is on it. */
static int check_new(struct gm_call *call, const struct gm_head *head, bool force)
{
	if (!head->exists)
		return 0;
	if (!force)
		return gm_error(
			GM_EEXISTS, "a branch named '%s' exists already", head->branch);
	int rc = is_current(call, head->ref);
	return rc > 0 ? refuse_current(head->branch) : rc;
}

static int create(
	struct gm_call *call, const char *name, const char *revision, bool force)
{
	gm_cleanup(gm_lock_release_p) struct gm_lock *lock = NULL;
	gm_autosignature who = GM_SIGNATURE_INIT;
	gm_autohead head = GM_HEAD_INIT;
	struct gm_oid commit;
	int rc = signature_of(&who, call);

	if (rc == 0)
		rc = gm_call_lock(&lock, call);
	if (rc == 0)
		rc = gm_head_read(&head, call->repo, name);
	if (rc == 0)
		rc = check_new(call, &head, force);
	if (rc == 0)
		rc = gm_revision_commit(
			&commit, call->repo, revision ? revision : "HEAD", call->branch);
	if (rc < 0 || (head.exists && gm_oid_equal(&head.commit, &commit)))
		return rc;
	gm_autofree char *message = gm_format("branch: %s %s",
		head.exists ? "Reset to" : "Created from", revision ? revision : "HEAD");
	const struct gm_ref_update update = {.name = head.ref,
		.old_oid = head.commit,
		.new_oid = commit,
		.who = &who,
		.message = message};
	return message ? gm_ref_update(gm_repo_refs(call->repo), lock, &update)
		       : GM_ENOMEM;
}

int gm_branch_create(struct gm_call *call, const char *name, const char *revision)
{
	return create(call, name, revision, false);
}

int gm_branch_create_or_move(struct gm_call *call, const char *name, const char *revision)
{
	return create(call, name, revision, true);
}

/* The settings of one branch: their keys, "remote", and values. */
struct settings {
	const char *prefix; /* "branch.NAME." */
	struct gm_strv keys;
	struct gm_strv values;
};

static int collect_setting(const char *name, const char *value, void *payload)
{
	struct settings *settings = payload;
	size_t size = strlen(settings->prefix);

	/* Behind another dot it is a setting of the branch `NAME.x`. */
	if (strncmp(name, settings->prefix, size) != 0 || strchr(name + size, '.'))
		return 0;
	int rc = gm_strv_add(&settings->keys, name + size);
	return rc < 0 ? rc : gm_strv_add(&settings->values, value);
}

static int move_setting(
	const char *file, const char *from, const char *to, const char *value)
{
	int rc = to ? gm_config_set_file(file, to, value) : 0;

	if (rc == 0)
		rc = gm_config_set_file(file, from, NULL);
	/* It may stand in the user's own file, which is not ours to change. */
	return rc == GM_ENOTFOUND ? 0 : rc;
}

/* What is set for one branch becomes another's, or goes when `to` is NULL. */
static int move_settings(struct gm_call *call, const char *from, const char *to)
{
	gm_autofree char *prefix = gm_format("branch.%s.", from);
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	struct settings settings = {.prefix = prefix};
	int rc = prefix ? gm_repo_path(&path, call->repo, "config") : GM_ENOMEM;

	if (rc == 0)
		rc = gm_config_each(
			gm_repo_config(call->repo), collect_setting, &settings);
	for (size_t i = 0; rc == 0 && i < settings.keys.n; i++) {
		const char *key = settings.keys.items[i];
		gm_autofree char *old = gm_format("%s%s", prefix, key);
		gm_autofree char *new = to ? gm_format("branch.%s.%s", to, key) : NULL;
		rc = old && (new || !to) ? move_setting(gm_buf_str(&path), old, new,
						   settings.values.items[i])
					 : GM_ENOMEM;
	}
	gm_strv_dispose(&settings.keys);
	gm_strv_dispose(&settings.values);
	return rc;
}

static int check_no_merge(struct gm_call *call, const struct gm_head *branch)
{
	gm_automergestate state = GM_MERGE_STATE_INIT;
	int rc = gm_merge_state_read(&state, call->repo, branch->ref);

	if (rc == GM_ENOTFOUND)
		return 0;
	if (rc < 0)
		return rc;
	rc = gm_error(GM_ERROR, "a merge waits on branch '%s'", branch->branch);
	gm_error_hint("'gitmem --branch %s merge --abort' gives it up", branch->branch);
	return rc;
}

/* How many commits HEAD lacks of the branch. */
static int count_beyond_head(
	size_t *out, struct gm_call *call, const struct gm_head *branch)
{
	gm_autohead head = GM_HEAD_INIT;
	size_t behind;
	int rc = gm_head_read(&head, call->repo, NULL);

	*out = 1;
	if (rc < 0 || !head.exists)
		return rc;
	return gm_ahead_behind(
		out, &behind, gm_repo_store(call->repo), &branch->commit, &head.commit);
}

/* As git: the branch must be merged into the one it follows, or into HEAD if it follows none. */
static int check_merged(struct gm_call *call, const struct gm_head *branch)
{
	gm_autotracking tracking = GM_TRACKING_INIT;
	size_t beyond = 0;
	int rc = count_beyond_head(&beyond, call, branch);

	if (rc == 0)
		rc = gm_tracking_read(
			&tracking, call->repo, branch->branch, &branch->commit);
	if (rc < 0)
		return rc;
	bool follows = tracking.ref.size && !tracking.is_gone;
	if (follows ? tracking.ahead > 0 : beyond > 0) {
		rc = gm_error(GM_ERROR, "branch '%s' is not fully merged%s%s",
			branch->branch, follows ? " to " : "",
			follows ? gm_upstream_name(gm_buf_str(&tracking.ref)) : "");
		gm_error_hint(
			"'gitmem branch -D %s' deletes it all the same", branch->branch);
		return rc;
	}
	if (beyond)
		gm_warn("branch '%s' is merged to '%s', but not to HEAD", branch->branch,
			gm_upstream_name(gm_buf_str(&tracking.ref)));
	return 0;
}

/* Whether others have all of the branch's commits, nothing is staged, and no merge waits. */
static int check_expendable(struct gm_call *call, const struct gm_head *branch)
{
	gm_cleanup(gm_stage_free_p) struct gm_stage *stage = NULL;
	int rc = gm_stage_load(&stage, call->repo, branch->ref);

	if (rc == 0 && gm_stage_size(stage)) {
		rc = gm_error(GM_ERROR, "branch '%s' has staged changes", branch->branch);
		gm_error_hint(
			"'gitmem branch -D %s' deletes them with it", branch->branch);
	}
	if (rc == 0)
		rc = check_no_merge(call, branch);
	return rc < 0 ? rc : check_merged(call, branch);
}

/* The branch with all that is its own. */
static int drop_branch(
	struct gm_call *call, struct gm_lock *lock, const struct gm_head *branch)
{
	const struct gm_ref_update update = {
		.name = branch->ref, .old_oid = branch->commit};
	int rc = gm_ref_update(gm_repo_refs(call->repo), lock, &update);

	if (rc == 0)
		rc = gm_stage_clear(call->repo, lock, branch->ref);
	if (rc == 0)
		rc = gm_merge_state_clear(call->repo, lock, branch->ref);
	return rc < 0 ? rc : move_settings(call, branch->branch, NULL);
}

static int delete_one(
	struct gm_call *call, struct gm_lock *lock, const char *name, bool force)
{
	gm_autohead branch = GM_HEAD_INIT;
	gm_autobuf abbreviated = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_head_read(&branch, call->repo, name);

	if (rc == 0 && !branch.exists)
		rc = gm_error(GM_ENOTFOUND, "branch '%s' does not exist", name);
	if (rc == 0)
		rc = is_current(call, branch.ref);
	if (rc > 0)
		return refuse_current(name);
	if (rc == 0 && !force)
		rc = check_expendable(call, &branch);
	if (rc == 0)
		rc = gm_abbreviate(
			&abbreviated, gm_repo_store(call->repo), &branch.commit);
	if (rc == 0)
		rc = drop_branch(call, lock, &branch);
	if (rc == 0)
		gm_talk(call, "Deleted branch %s (was %s).", name,
			gm_buf_str(&abbreviated));
	return rc;
}

int gm_branches_delete(
	struct gm_call *call, const char *const *names, size_t n, bool force)
{
	gm_cleanup(gm_lock_release_p) struct gm_lock *lock = NULL;
	int rc = gm_call_lock(&lock, call);

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = delete_one(call, lock, names[i], force);
	return rc;
}

static int rename_ref(struct gm_call *call, struct gm_lock *lock,
	const struct gm_head *from, const char *to_ref, bool moves_head)
{
	gm_autosignature who = GM_SIGNATURE_INIT;
	gm_autofree char *message =
		gm_format("branch: renamed %s to %s", from->ref, to_ref);
	int rc = message ? signature_of(&who, call) : GM_ENOMEM;

	if (rc < 0)
		return rc;
	const struct gm_ref_renaming renaming = {.from = from->ref,
		.to = to_ref,
		.oid = from->commit,
		.moves_head = moves_head,
		.who = &who,
		.message = message};
	rc = gm_ref_rename(gm_repo_refs(call->repo), lock, &renaming);
	if (rc == GM_EEXISTS)
		gm_error_hint("rename it to a third name first");
	return rc;
}

static int move_branch(struct gm_call *call, struct gm_lock *lock,
	const struct gm_head *from, const char *to_ref, bool moves_head)
{
	int rc = from->exists ? rename_ref(call, lock, from, to_ref, moves_head) : 0;

	if (rc == 0)
		rc = gm_stage_rename(call->repo, lock, from->ref, to_ref);
	if (rc == 0)
		rc = gm_merge_state_rename(call->repo, lock, from->ref, to_ref);
	return rc < 0 || from->exists ? rc
				      : gm_ref_set_symbolic(gm_repo_refs(call->repo),
						lock, "HEAD", to_ref, NULL, NULL);
}

/*
 * The new name must be free, or is made so. Others may have staged on a branch that has no
 * commit yet, or let a merge wait.
 */
static int make_room(struct gm_call *call, struct gm_lock *lock,
	const struct gm_head *branch, bool force)
{
	gm_cleanup(gm_stage_free_p) struct gm_stage *stage = NULL;
	int rc = check_new(call, branch, force);

	if (rc == 0 && branch->exists)
		return drop_branch(call, lock, branch);
	if (rc == 0)
		rc = gm_stage_load(&stage, call->repo, branch->ref);
	if (rc == 0 && gm_stage_size(stage))
		return gm_error(
			GM_EEXISTS, "branch '%s' has staged changes", branch->branch);
	return rc < 0 ? rc : check_no_merge(call, branch);
}

int gm_branch_rename(struct gm_call *call, const char *from, const char *to, bool force)
{
	gm_cleanup(gm_lock_release_p) struct gm_lock *lock = NULL;
	gm_autohead old = GM_HEAD_INIT;
	gm_autohead new = GM_HEAD_INIT;
	gm_autohead current = GM_HEAD_INIT;
	int rc = gm_call_lock(&lock, call);

	if (rc == 0)
		rc = gm_head_read(&current, call->repo, NULL);
	if (rc == 0 && !from && !current.branch)
		rc = gm_error(GM_ERROR, "HEAD is on no branch");
	if (rc == 0)
		rc = gm_head_read(&old, call->repo, from ? from : current.branch);
	if (rc == 0)
		rc = gm_head_read(&new, call->repo, to);
	if (rc < 0 || !strcmp(old.ref, new.ref))
		return rc;
	bool moves_head = !strcmp(old.ref, current.ref);
	if (!old.exists && !moves_head)
		return gm_error(GM_ENOTFOUND, "branch '%s' does not exist", from);
	rc = make_room(call, lock, &new, force);
	if (rc == 0)
		rc = move_branch(call, lock, &old, new.ref, moves_head);
	return rc < 0 ? rc : move_settings(call, old.branch, new.branch);
}
