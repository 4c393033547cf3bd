#include "sync/fetch_refs.h"

#include <string.h>

#include "dag/rescue_ref.h"
#include "dag/walk.h"
#include "sync/fetch_json.h"
#include "sync/remote.h"

static bool begins_with(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

static int refuse(struct gm_fetched_ref *ref, const char *reason)
{
	gm_free(ref->reason);
	ref->kind = GM_FETCHED_REJECTED;
	ref->reason = gm_strdup(reason);
	return ref->reason ? 0 : GM_ENOMEM;
}

/* The commit behind a ref; zero when it leads to something else, or to nothing. */
static int find_commit(
	struct gm_oid *out, struct gm_store *store, const struct gm_oid *oid)
{
	enum gm_object_type type;
	int rc = gm_object_peel(out, &type, store, oid);

	if (rc < 0 && rc != GM_ENOTFOUND && rc != GM_EMISMATCH)
		return rc;
	if (rc < 0 || type != GM_OBJECT_COMMIT)
		*out = gm_oid_zero;
	return 0;
}

/* 1 when the new value leads to the old one. */
static int is_fast_forward(struct gm_store *store, const struct gm_fetched_ref *ref)
{
	gm_cleanup(gm_walk_free_p) struct gm_walk *walk = NULL;
	gm_autocommit commit = GM_COMMIT_INIT;
	struct gm_oid from, to;
	int rc = find_commit(&from, store, &ref->old_oid);

	if (rc == 0)
		rc = find_commit(&to, store, &ref->new_oid);
	if (rc < 0 || gm_oid_is_zero(&from) || gm_oid_is_zero(&to))
		return rc;
	rc = gm_walk_new(&walk, store, GM_WALK_BY_DATE);
	if (rc == 0)
		rc = gm_walk_push(walk, &from);
	if (rc == 0)
		rc = gm_walk_hide(walk, &to);
	if (rc == 0)
		rc = gm_walk_next(&commit, walk);
	return rc < 0 ? rc : !rc;
}

/* Branches, here and there, are commits. */
static int is_branch_of_nothing(struct gm_store *store, const struct gm_fetched_ref *ref)
{
	enum gm_object_type type;
	size_t size;

	if (!begins_with(ref->local_ref, "refs/heads/") &&
		!begins_with(ref->local_ref, "refs/remotes/"))
		return 0;
	int rc = gm_store_read_header(&type, &size, store, &ref->new_oid);
	return rc < 0 ? rc : type != GM_OBJECT_COMMIT;
}

/* A ref that exists and is to move. */
static int judge_move(struct gm_fetched_ref *ref, const struct gm_fetch_item *item,
	struct gm_store *store)
{
	if (begins_with(ref->local_ref, "refs/tags/") && !item->is_forced)
		return refuse(ref, "would clobber existing tag");
	int rc = is_fast_forward(store, ref);
	if (rc < 0)
		return rc;
	if (!rc && !item->is_forced)
		return refuse(ref, "non-fast-forward");
	ref->kind = rc ? GM_FETCHED_FAST_FORWARD : GM_FETCHED_FORCED;
	return 0;
}

static int read_old(struct gm_fetched_ref *ref, struct gm_refs *refs)
{
	int rc = gm_ref_read(&ref->old_oid, NULL, refs, ref->local_ref);

	return rc == GM_ENOTFOUND ? 0 : rc;
}

/* 1 when a ref of this name is not for a remote to change. */
static int is_out_of_bounds(struct gm_refs *refs, const char *name)
{
	gm_autobuf target = GM_BUF_INIT(GM_BUF_PATH);

	if (gm_ref_check_name(name) < 0 || !begins_with(name, "refs/"))
		return 1;
	/* "origin/HEAD" leads to another, which would be changed in its place. */
	int rc = gm_ref_read_symbolic(&target, refs, name);
	return rc == GM_ENOTFOUND ? 0 : rc < 0 ? rc : 1;
}

static int judge(struct gm_fetched_ref *ref, const struct gm_fetch_item *item,
	struct gm_repo *repo)
{
	struct gm_store *store = gm_repo_store(repo);
	int rc;

	ref->kind = GM_FETCHED_NEW;
	if (!ref->local_ref)
		return 0;
	rc = is_out_of_bounds(gm_repo_refs(repo), ref->local_ref);
	if (rc)
		return rc < 0 ? rc : refuse(ref, "funny refname");
	rc = read_old(ref, gm_repo_refs(repo));
	if (rc < 0)
		return rc;
	if (gm_oid_equal(&ref->old_oid, &ref->new_oid)) {
		ref->kind = GM_FETCHED_UP_TO_DATE;
		return 0;
	}
	if (gm_oid_is_zero(&ref->new_oid)) {
		ref->kind = GM_FETCHED_PRUNED;
		return 0;
	}
	rc = is_branch_of_nothing(store, ref);
	if (rc)
		return rc < 0 ? rc : refuse(ref, "not a commit");
	return gm_oid_is_zero(&ref->old_oid) ? 0 : judge_move(ref, item, store);
}

static int judge_item(struct gm_fetch_result *out, const struct gm_fetch_item *item,
	struct gm_repo *repo)
{
	struct gm_fetched_ref *ref = &out->refs[out->n++];

	ref->new_oid = item->oid;
	ref->is_followed = item->is_followed;
	ref->remote_ref = item->remote_ref ? gm_strdup(item->remote_ref) : NULL;
	ref->local_ref = item->local_ref ? gm_strdup(item->local_ref) : NULL;
	if ((item->remote_ref && !ref->remote_ref) ||
		(item->local_ref && !ref->local_ref))
		return GM_ENOMEM;
	return judge(ref, item, repo);
}

int gm_fetch_refs_judge(struct gm_fetch_result *out,
	const struct gm_fetch_planning *planning, const struct gm_fetch_plan *plan)
{
	gm_autofetchresult result = GM_FETCH_RESULT_INIT;
	const char *head = planning->advertisement->head_target;
	int rc = 0;

	result.is_empty = !planning->advertisement->n;
	result.head = head ? gm_strdup(head) : NULL;
	result.refs = gm_calloc(plan->n + 1, sizeof(*result.refs));
	if (!result.refs || (head && !result.head))
		return GM_ENOMEM;
	for (size_t i = 0; rc == 0 && i < plan->n; i++)
		rc = judge_item(&result, &plan->items[i], planning->repo);
	if (rc < 0)
		return rc;
	*out = result;
	result = (struct gm_fetch_result)GM_FETCH_RESULT_INIT;
	return 0;
}

/* The changes, and whose they are; those of rescue refs and FETCH_HEAD are nobody's. */
struct moving {
	const struct gm_fetch_planning *planning;
	struct gm_fetch_result *result;
	struct gm_ref_update *updates;
	struct gm_fetched_ref **owners;
	char **messages;
	size_t n;
	gm_time now;
};

static void moving_dispose(struct moving *moving)
{
	for (size_t i = 0; i < moving->n; i++)
		gm_free(moving->messages[i]);
	gm_free(moving->updates);
	gm_free(moving->owners);
	gm_free(moving->messages);
}

static void add(struct moving *moving, const struct gm_ref_update *update,
	struct gm_fetched_ref *owner, char *message)
{
	moving->updates[moving->n] = *update;
	moving->updates[moving->n].who = moving->planning->request->who;
	moving->updates[moving->n].message = message;
	moving->owners[moving->n] = owner;
	moving->messages[moving->n++] = message;
}

static bool changes(const struct gm_fetched_ref *ref)
{
	return ref->local_ref && ref->kind != GM_FETCHED_UP_TO_DATE &&
		ref->kind != GM_FETCHED_REJECTED;
}

static const char *verb_of(const struct gm_fetched_ref *ref)
{
	switch (ref->kind) {
	case GM_FETCHED_FAST_FORWARD:
		return "fast-forward";
	case GM_FETCHED_FORCED:
		return "forced-update";
	case GM_FETCHED_PRUNED:
		return "pruned";
	case GM_FETCHED_NEW:
	case GM_FETCHED_UP_TO_DATE:
	case GM_FETCHED_REJECTED:
	default:
		return begins_with(ref->local_ref, "refs/tags/") ? "storing tag"
								 : "storing head";
	}
}

static char *message_of(const struct moving *moving, const struct gm_fetched_ref *ref)
{
	const struct gm_fetch_request *request = moving->planning->request;
	gm_autobuf remote = GM_BUF_INIT(GM_BUF_TEXT);

	if (gm_remote_show(&remote, request->remote) < 0)
		return NULL;
	return gm_format("%s %s: %s",
		request->reflog_action ? request->reflog_action : "fetch",
		gm_buf_str(&remote), verb_of(ref));
}

/* Keep what no ref would lead to any more. */
static int add_rescue(struct moving *moving, struct gm_fetched_ref *ref)
{
	const struct gm_fetch_planning *planning = moving->planning;
	const char *name = planning->request->remote->name;
	gm_autobuf rescue_ref = GM_BUF_INIT(GM_BUF_PATH);
	const struct gm_rescue rescue = {.remote = name ? name : "",
		.ref = ref->remote_ref ? ref->remote_ref : ref->local_ref,
		.oid = ref->old_oid,
		.time = moving->now};
	int there =
		gm_rescue_ref_name(&rescue_ref, gm_repo_refs(planning->repo), &rescue);

	if (there < 0)
		return there;
	gm_free(ref->rescue_ref);
	ref->rescue_ref = gm_buf_detach(&rescue_ref);
	char *message = there ? NULL : message_of(moving, ref);
	if (!ref->rescue_ref || (!there && !message))
		return GM_ENOMEM;
	const struct gm_ref_update update = {
		.name = ref->rescue_ref, .new_oid = ref->old_oid};
	if (!there)
		add(moving, &update, NULL, message);
	return 0;
}

/* Where refs are files, those before one that failed have moved. */
static int has_moved(const struct moving *moving, const struct gm_fetched_ref *ref)
{
	struct gm_oid oid = gm_oid_zero;
	int rc = gm_ref_read(
		&oid, NULL, gm_repo_refs(moving->planning->repo), ref->local_ref);

	if (rc < 0 && rc != GM_ENOTFOUND)
		return rc;
	return gm_oid_equal(&oid, &ref->new_oid);
}

static int add_change(struct moving *moving, struct gm_fetched_ref *ref)
{
	const struct gm_ref_update update = {
		.name = ref->local_ref, .old_oid = ref->old_oid, .new_oid = ref->new_oid};
	int rc = has_moved(moving, ref);

	if (rc)
		return rc < 0 ? rc : 0;

	if (ref->kind == GM_FETCHED_FORCED || ref->kind == GM_FETCHED_PRUNED)
		rc = add_rescue(moving, ref);
	if (rc < 0)
		return rc;
	char *message = message_of(moving, ref);
	if (!message)
		return GM_ENOMEM;
	add(moving, &update, ref, message);
	return 0;
}

/* The first that was named and has no ref here is FETCH_HEAD. */
static int add_fetch_head(struct moving *moving)
{
	struct gm_ref_update update = {.name = "FETCH_HEAD"};
	const struct gm_fetch_result *result = moving->result;
	size_t i = 0;

	while (i < result->n && result->refs[i].local_ref)
		i++;
	if (i == result->n)
		return 0;
	update.new_oid = result->refs[i].new_oid;
	int rc = gm_ref_read(
		&update.old_oid, NULL, gm_repo_refs(moving->planning->repo), update.name);
	if (rc < 0 && rc != GM_ENOTFOUND)
		return rc;
	if (!gm_oid_equal(&update.old_oid, &update.new_oid))
		add(moving, &update, NULL, NULL);
	return 0;
}

static int gather(struct moving *moving)
{
	struct gm_fetch_result *result = moving->result;
	size_t max = 2 * result->n + 1;
	int rc = 0;

	moving->updates = gm_calloc(max, sizeof(*moving->updates));
	moving->owners = gm_calloc(max, sizeof(*moving->owners));
	moving->messages = gm_calloc(max, sizeof(*moving->messages));
	if (!moving->updates || !moving->owners || !moving->messages)
		return GM_ENOMEM;
	for (size_t i = 0; rc == 0 && i < result->n; i++)
		if (changes(&result->refs[i]))
			rc = add_change(moving, &result->refs[i]);
	return rc < 0 ? rc : add_fetch_head(moving);
}

/* Another ref is in the way of this one, or somebody was faster. */
static int refuse_failed(struct moving *moving, size_t failed, int rc)
{
	struct gm_fetched_ref *ref = failed < moving->n ? moving->owners[failed] : NULL;

	if (!ref || (rc != GM_EEXISTS && rc != GM_EMODIFIED && rc != GM_ELOCKED))
		return rc;
	gm_free(ref->rescue_ref);
	ref->rescue_ref = NULL;
	return refuse(ref, gm_error_last()->message);
}

static int move(struct gm_fetch_result *result, const struct gm_fetch_planning *planning,
	struct gm_lock *lock, struct gm_batch *batch, bool *again_out)
{
	gm_cleanup(moving_dispose) struct moving moving = {
		.planning = planning, .result = result, .now = gm_time_now()};
	size_t failed = 0;
	int rc = gather(&moving);

	*again_out = false;
	if (rc < 0)
		return rc;
	rc = gm_ref_update_all_with(gm_repo_refs(planning->repo), lock, batch,
		moving.updates, moving.n, &failed);
	if (rc == 0)
		return 0;
	rc = refuse_failed(&moving, failed, rc);
	*again_out = rc == 0;
	return rc;
}

int gm_fetch_refs_move(struct gm_fetch_result *result,
	const struct gm_fetch_planning *planning, struct gm_lock *lock,
	struct gm_batch *batch)
{
	bool again;
	int rc;

	do
		rc = move(result, planning, lock, batch, &again);
	while (again);
	return rc;
}
