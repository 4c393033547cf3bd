#include "sync/push_tracking.h"

#include <string.h>

#include "dag/rescue_ref.h"
#include "sync/push_plan.h"

/* For each ref that was pushed: its tracking ref, what that led to, and what the remote had. */
#define MAX_UPDATES 3

/* Changes of refs, all to be made at once. */
struct moves {
	struct gm_repo *repo;
	const struct gm_remote *remote;
	const struct gm_signature *who;
	struct gm_ref_update *items;
	size_t n;
	struct gm_strv names; /* of the rescue refs */
};

static void moves_dispose(struct moves *moves)
{
	gm_free(moves->items);
	gm_strv_dispose(&moves->names);
}

static void add(struct moves *moves, const char *name, const struct gm_oid *old_oid,
	const struct gm_oid *new_oid)
{
	moves->items[moves->n++] = (struct gm_ref_update){.name = name,
		.old_oid = *old_oid,
		.new_oid = *new_oid,
		.who = moves->who,
		.message = "update by push"};
}

static int keep(struct moves *moves, const char *remote_ref, const struct gm_oid *oid)
{
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);
	const struct gm_rescue rescue = {
		.remote = moves->remote->name ? moves->remote->name : "",
		.ref = remote_ref,
		.oid = *oid,
		.time = gm_time_now()};
	int rc = gm_rescue_ref_name(&name, gm_repo_refs(moves->repo), &rescue);

	/* There already, or just added. */
	if (rc || gm_strv_contains(&moves->names, gm_buf_str(&name)))
		return rc < 0 ? rc : 0;
	rc = gm_strv_add(&moves->names, gm_buf_str(&name));
	if (rc == 0)
		add(moves, moves->names.items[moves->names.n - 1], &gm_oid_zero, oid);
	return rc;
}

/* 1 when the commits that a ref led to would be led to by nothing. */
static int loses(
	struct moves *moves, const struct gm_oid *old_oid, const struct gm_oid *new_oid)
{
	struct gm_store *store = gm_repo_store(moves->repo);
	enum gm_object_type type;
	size_t size;

	if (gm_oid_is_zero(old_oid) || gm_oid_equal(old_oid, new_oid))
		return 0;
	if (gm_oid_is_zero(new_oid))
		return 1;
	int rc = gm_store_read_header(&type, &size, store, old_oid);
	if (rc == GM_ENOTFOUND)
		return 0;
	if (rc < 0 || type != GM_OBJECT_COMMIT)
		return rc < 0 ? rc : 1;
	rc = gm_push_leads_to(store, old_oid, new_oid);
	return rc < 0 ? rc : !rc;
}

/* What the tracking ref is to be; it need not move. */
static int follow(struct moves *moves, struct gm_pushed_ref *ref)
{
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_oid old_oid = gm_oid_zero;
	int rc = gm_remote_tracking_ref(&name, moves->remote, ref->remote_ref);

	if (rc < 0 || !name.size)
		return rc;
	rc = gm_ref_read(&old_oid, NULL, gm_repo_refs(moves->repo), gm_buf_str(&name));
	if (rc < 0 && rc != GM_ENOTFOUND)
		return rc;
	gm_free(ref->tracking_ref);
	ref->tracking_ref = gm_buf_detach(&name);
	if (!ref->tracking_ref)
		return GM_ENOMEM;
	if (gm_oid_equal(&old_oid, &ref->new_oid))
		return 0;
	rc = loses(moves, &old_oid, &ref->new_oid);
	if (rc > 0)
		rc = keep(moves, ref->remote_ref, &old_oid);
	if (rc == 0)
		add(moves, ref->tracking_ref, &old_oid, &ref->new_oid);
	return rc;
}

static bool is_there(const struct gm_pushed_ref *ref)
{
	return gm_push_is_sent(ref) || ref->kind == GM_PUSHED_UP_TO_DATE;
}

static int collect(struct moves *moves, struct gm_push_result *result)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < result->n; i++) {
		struct gm_pushed_ref *ref = &result->refs[i];
		if (ref->kind == GM_PUSHED_DELETED)
			rc = keep(moves, ref->remote_ref, &ref->old_oid);
		if (rc == 0 && is_there(ref))
			rc = follow(moves, ref);
	}
	return rc;
}

static int run(struct moves *moves, struct gm_push_result *result)
{
	gm_cleanup(gm_lock_release_p) struct gm_lock *lock = NULL;
	int rc = collect(moves, result);

	if (rc < 0 || !moves->n)
		return rc;
	/* Once more, now that nobody can come between. */
	rc = gm_repo_lock(&lock, moves->repo, "push", NULL, NULL);
	gm_strv_dispose(&moves->names);
	moves->n = 0;
	if (rc == 0)
		rc = collect(moves, result);
	if (rc == 0 && moves->n)
		rc = gm_ref_update_all(
			gm_repo_refs(moves->repo), lock, moves->items, moves->n, NULL);
	return rc;
}

int gm_push_move_tracking(struct gm_push_result *result, struct gm_repo *repo,
	const struct gm_remote *remote, const struct gm_signature *who)
{
	gm_cleanup(moves_dispose) struct moves moves = {
		.repo = repo, .remote = remote, .who = who};

	moves.items = gm_calloc(MAX_UPDATES * result->n + 1, sizeof(*moves.items));
	return moves.items ? run(&moves, result) : GM_ENOMEM;
}
