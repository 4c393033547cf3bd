#include "sync/push_plan.h"

#include <string.h>

#include "dag/rescue_ref.h"
#include "dag/walk.h"
#include "sync/remote.h"

/* Where an attached remote keeps our branches, and other refs of ours. */
#define ATTACHED "refs/gitmem/"
#define ATTACHED_HEADS ATTACHED "heads/"

static bool begins_with(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

static bool is_branch(const char *ref)
{
	return begins_with(ref, "refs/heads/") || begins_with(ref, ATTACHED_HEADS);
}

static bool is_tag(const char *ref)
{
	return begins_with(ref, "refs/tags/") || begins_with(ref, ATTACHED "tags/");
}

bool gm_push_is_sent(const struct gm_pushed_ref *ref)
{
	return ref->kind == GM_PUSHED_NEW || ref->kind == GM_PUSHED_FAST_FORWARD ||
		ref->kind == GM_PUSHED_DELETED || ref->kind == GM_PUSHED_RESTORED;
}

size_t gm_push_n_sent(const struct gm_push_result *plan)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->n; i++)
		n += gm_push_is_sent(&plan->refs[i]);
	return n;
}

int gm_push_refuse(struct gm_pushed_ref *ref, enum gm_pushed kind, const char *reason)
{
	char *copy = gm_strdup(reason);

	if (!copy)
		return GM_ENOMEM;
	gm_free(ref->reason);
	ref->reason = copy;
	ref->kind = kind;
	return 0;
}

int gm_push_leads_to(
	struct gm_store *store, const struct gm_oid *oid, const struct gm_oid *tip)
{
	struct gm_oid base;

	if (gm_oid_equal(oid, tip))
		return 1;
	int n = gm_merge_bases(&base, 1, store, oid, tip);
	return n < 0 ? n : n && gm_oid_equal(&base, oid);
}

/* The type of an object; GM_OBJECT_NONE when it is not here. */
static int type_of(
	enum gm_object_type *out, struct gm_store *store, const struct gm_oid *oid)
{
	size_t size;
	int rc = gm_store_read_header(out, &size, store, oid);

	if (rc == GM_ENOTFOUND)
		*out = GM_OBJECT_NONE;
	return rc == GM_ENOTFOUND ? 0 : rc;
}

/* The remote has the ref, at another object than it is to have. */
static int judge_move(
	struct gm_pushed_ref *ref, struct gm_store *store, enum gm_object_type new_type)
{
	enum gm_object_type old_type;
	int rc = type_of(&old_type, store, &ref->old_oid);

	if (rc < 0)
		return rc;
	if (is_tag(ref->remote_ref))
		return gm_push_refuse(ref, GM_PUSHED_REJECTED, "already exists");
	if (old_type == GM_OBJECT_NONE)
		return gm_push_refuse(ref, GM_PUSHED_BEHIND, "fetch first");
	if (old_type != GM_OBJECT_COMMIT || new_type != GM_OBJECT_COMMIT)
		return gm_push_refuse(ref, GM_PUSHED_REJECTED, "needs force");
	rc = gm_push_leads_to(store, &ref->old_oid, &ref->new_oid);
	if (rc < 0)
		return rc;
	ref->kind = GM_PUSHED_FAST_FORWARD;
	return rc ? 0 : gm_push_refuse(ref, GM_PUSHED_BEHIND, "non-fast-forward");
}

/* What an attached remote had of a ref that it has no longer; zero when that is not known. */
static int read_vanished(struct gm_oid *out, const struct gm_push_planning *planning,
	const char *remote_ref)
{
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);
	const struct gm_remote *remote = planning->request->remote;

	*out = gm_oid_zero;
	if (!remote->is_attached)
		return 0;
	int rc = gm_remote_tracking_ref(&name, remote, remote_ref);
	if (rc == 0 && name.size)
		rc = gm_ref_read(
			out, NULL, gm_repo_refs(planning->repo), gm_buf_str(&name));
	return rc == GM_ENOTFOUND ? 0 : rc;
}

static int judge_new(struct gm_pushed_ref *ref, const struct gm_push_planning *planning,
	enum gm_object_type type)
{
	struct gm_oid vanished;
	int rc = read_vanished(&vanished, planning, ref->remote_ref);

	ref->kind = GM_PUSHED_NEW;
	if (rc < 0 || gm_oid_is_zero(&vanished) || type != GM_OBJECT_COMMIT)
		return rc;
	ref->kind = GM_PUSHED_RESTORED;
	rc = gm_push_leads_to(gm_repo_store(planning->repo), &vanished, &ref->new_oid);
	if (rc == 0)
		ref->new_oid = vanished;
	return rc < 0 ? rc : 0;
}

static int judge_delete(struct gm_pushed_ref *ref, struct gm_store *store)
{
	ref->kind = GM_PUSHED_DELETED;
	if (gm_oid_is_zero(&ref->old_oid))
		return gm_push_refuse(
			ref, GM_PUSHED_REJECTED, "remote ref does not exist");
	int rc = gm_store_exists(store, &ref->old_oid);
	if (rc < 0)
		return rc;
	return rc ? 0 : gm_push_refuse(ref, GM_PUSHED_REJECTED, "fetch first");
}

static int judge(struct gm_pushed_ref *ref, const struct gm_push_planning *planning)
{
	struct gm_store *store = gm_repo_store(planning->repo);
	enum gm_object_type type;

	if (gm_oid_is_zero(&ref->new_oid))
		return judge_delete(ref, store);
	int rc = type_of(&type, store, &ref->new_oid);
	if (rc < 0)
		return rc;
	if (type == GM_OBJECT_NONE)
		return gm_error(GM_ENOTFOUND, "'%s' leads to an object that is missing",
			ref->local);
	if (gm_oid_equal(&ref->old_oid, &ref->new_oid)) {
		ref->kind = GM_PUSHED_UP_TO_DATE;
		return 0;
	}
	if (is_branch(ref->remote_ref) && type != GM_OBJECT_COMMIT)
		return gm_push_refuse(
			ref, GM_PUSHED_REJECTED, "a branch must be a commit");
	return gm_oid_is_zero(&ref->old_oid) ? judge_new(ref, planning, type)
					     : judge_move(ref, store, type);
}

static int check_name(const char *ref)
{
	int rc = gm_ref_check_name(ref);

	if (rc < 0)
		return rc;
	if (!begins_with(ref, "refs/"))
		return gm_error(GM_EINVALID, "'%s' is not the full name of a ref", ref);
	if (begins_with(ref, GM_RESCUE_REFS))
		return gm_error(GM_EINVALID, "'%s' would be a ref that is local", ref);
	return 0;
}

static int fill(struct gm_pushed_ref *out, const struct gm_push_planning *planning,
	const struct gm_push_update *update)
{
	int rc = check_name(update->remote_ref);

	if (rc < 0)
		return rc;
	const struct gm_advertised_ref *found =
		gm_advertisement_find(planning->advertisement, update->remote_ref);
	out->remote_ref = gm_strdup(update->remote_ref);
	out->local = update->local ? gm_strdup(update->local) : NULL;
	if (!out->remote_ref || (update->local && !out->local))
		return GM_ENOMEM;
	out->old_oid = found ? found->oid : gm_oid_zero;
	out->new_oid = update->oid;
	return judge(out, planning);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int check_each_once(const struct gm_push_request *request)
{
	gm_autofree const char **names = gm_calloc(request->n + 1, sizeof(*names));

	if (!names)
		return GM_ENOMEM;
	for (size_t i = 0; i < request->n; i++)
		names[i] = request->updates[i].remote_ref;
	qsort(names, request->n, sizeof(*names), compare_names);
	for (size_t i = 1; i < request->n; i++)
		if (!strcmp(names[i - 1], names[i]))
			return gm_error(GM_EINVALID,
				"'%s' of the remote would get more than one value",
				names[i]);
	return 0;
}

/* The refs of a remote that were there once. */
struct restoring {
	struct gm_push_result *out;
	size_t cap;
	const struct gm_push_planning *planning;
};

static bool is_planned(const struct gm_push_result *plan, const char *remote_ref)
{
	for (size_t i = 0; i < plan->n; i++)
		if (!strcmp(plan->refs[i].remote_ref, remote_ref))
			return true;
	return false;
}

static int restore_one(const char *name, const struct gm_oid *oid, void *payload)
{
	struct restoring *restoring = payload;
	struct gm_push_result *out = restoring->out;
	gm_autobuf remote_ref = GM_BUF_INIT(GM_BUF_PATH);
	const struct gm_remote *remote = restoring->planning->request->remote;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < remote->n_fetch; i++)
		rc = gm_refspec_map_back(&remote_ref, &remote->fetch[i], name);
	if (rc <= 0 || !begins_with(gm_buf_str(&remote_ref), ATTACHED_HEADS) ||
		!strcmp(strrchr(name, '/'), "/HEAD") ||
		is_planned(out, gm_buf_str(&remote_ref)))
		return rc < 0 ? rc : 0;
	rc = gm_grow(&out->refs, &restoring->cap, out->n + 1, sizeof(*out->refs));
	if (rc < 0)
		return rc;
	const struct gm_push_update update = {
		.local = name, .oid = *oid, .remote_ref = gm_buf_str(&remote_ref)};
	struct gm_pushed_ref *ref = &out->refs[out->n++];
	*ref = (struct gm_pushed_ref){.local = NULL};
	return fill(ref, restoring->planning, &update);
}

/* Somebody's `git push --mirror` took all of them: bring back what we know of. */
static int restore(struct gm_push_result *out, const struct gm_push_planning *planning)
{
	const struct gm_advertisement *advertisement = planning->advertisement;
	const struct gm_remote *remote = planning->request->remote;
	struct restoring restoring = {.out = out, .cap = out->n, .planning = planning};
	gm_autofree char *prefix = NULL;

	if (!remote->is_attached || !remote->name)
		return 0;
	for (size_t i = 0; i < advertisement->n; i++)
		if (begins_with(advertisement->refs[i].name, ATTACHED))
			return 0;
	prefix = gm_format("refs/remotes/%s/", remote->name);
	return prefix ? gm_refs_each(gm_repo_refs(planning->repo), prefix, restore_one,
				&restoring)
		      : GM_ENOMEM;
}

/* All or none: those that could be sent are refused along with the others. */
static int bind_together(struct gm_push_result *plan)
{
	size_t n_behind = 0, n_rejected = 0;
	int rc = 0;

	for (size_t i = 0; i < plan->n; i++) {
		n_behind += plan->refs[i].kind == GM_PUSHED_BEHIND;
		n_rejected += plan->refs[i].kind == GM_PUSHED_REJECTED;
	}
	if (!n_behind && !n_rejected)
		return 0;
	for (size_t i = 0; rc == 0 && i < plan->n; i++)
		if (gm_push_is_sent(&plan->refs[i]) ||
			(n_rejected && plan->refs[i].kind == GM_PUSHED_BEHIND))
			rc = gm_push_refuse(&plan->refs[i],
				n_rejected ? GM_PUSHED_REJECTED : GM_PUSHED_BEHIND,
				"atomic push failed");
	return rc;
}

int gm_push_plan(struct gm_push_result *out, const struct gm_push_planning *planning)
{
	const struct gm_push_request *request = planning->request;
	struct gm_push_result plan = GM_PUSH_RESULT_INIT;
	int rc = check_each_once(request);

	if (rc < 0)
		return rc;
	plan.refs = gm_calloc(request->n + 1, sizeof(*plan.refs));
	if (!plan.refs)
		return GM_ENOMEM;
	for (; rc == 0 && plan.n < request->n; plan.n++)
		rc = fill(&plan.refs[plan.n], planning, &request->updates[plan.n]);
	if (rc == 0)
		rc = restore(&plan, planning);
	if (rc == 0 && request->is_atomic)
		rc = bind_together(&plan);
	if (rc < 0) {
		gm_push_result_dispose(&plan);
		return rc;
	}
	*out = plan;
	return 0;
}
