#include <stdlib.h>
#include <string.h>

#include "dag/arrived.h"
#include "sync/connection.h"
#include "sync/fetch_download.h"
#include "sync/fetch_json.h"
#include "sync/fetch_refs.h"
#include "sync/handler.h"
#include "sync/incoming_publish.h"
#include "sync/peer.h"
#include "sync/remote.h"

/* One fetch, from what is asked for to what came of it. */
struct fetching {
	struct gm_worker *worker;
	struct gm_fetch_order order;
	struct gm_remote remote;
	struct gm_repo *repo; /* of its own: it sees what is on its way in */
	struct gm_connection *connection;
	struct gm_repo *peer; /* instead of a connection */
	struct gm_advertisement told_by_peer;
	struct gm_fetch_planning planning;
	struct gm_fetch_plan plan;
	struct gm_oid *tips; /* what refs are to lead to, and none of them does yet */
	size_t n_tips;
	size_t n_missing;       /* of them, which come first */
	struct gm_oid *partial; /* of these, what is here without all that it leads to */
	size_t n_partial;
	struct gm_incoming *incoming;
	struct gm_published published;
	struct gm_fetch_result result;
	uint64_t n_objects;
	uint64_t bytes;
};

static void fetching_dispose(struct fetching *fetching)
{
	gm_published_dispose(&fetching->published);
	gm_incoming_free(fetching->incoming);
	gm_connection_free(fetching->connection);
	gm_advertisement_dispose(&fetching->told_by_peer);
	gm_repo_free(fetching->peer);
	gm_fetch_plan_dispose(&fetching->plan);
	gm_fetch_result_dispose(&fetching->result);
	gm_free(fetching->tips);
	gm_free(fetching->partial);
	gm_repo_free(fetching->repo);
	gm_remote_dispose(&fetching->remote);
	gm_fetch_order_dispose(&fetching->order);
}

static int open_peer(struct fetching *fetching, const char *gitdir)
{
	int rc = gm_repo_open(&fetching->peer, gitdir);

	if (rc == 0)
		rc = gm_peer_advertise(&fetching->told_by_peer, fetching->peer);
	fetching->planning.advertisement = &fetching->told_by_peer;
	return rc;
}

static int connect_to(struct fetching *fetching)
{
	const struct gm_connection_options options = {.url = fetching->remote.url,
		.service = GM_UPLOAD_PACK,
		.config = gm_repo_config(fetching->repo),
		.is_quiet = gm_worker_is_quiet(fetching->worker),
		.beat = gm_worker_beat_fn,
		.payload = fetching->worker};
	int rc = gm_connection_open(&fetching->connection, &options);

	if (rc < 0)
		return rc;
	fetching->planning.advertisement =
		gm_connection_advertisement(fetching->connection);
	return 0;
}

static int refuse_shallow(const struct fetching *fetching)
{
	gm_autobuf name = GM_BUF_INIT(GM_BUF_TEXT);

	if (!fetching->planning.advertisement->is_shallow)
		return 0;
	int rc = gm_remote_show(&name, &fetching->remote);
	return rc < 0 ? rc
		      : gm_error(GM_ERROR,
				"'%s' is shallow: it does not have all of its history",
				gm_buf_str(&name));
}

/* Read what is asked for, and hear what the remote has. */
static int begin(struct fetching *fetching, const json_t *request)
{
	gm_autobuf peer = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_repo *repo;
	int rc = gm_fetch_order_from_json(&fetching->order, request);

	if (rc == 0)
		rc = gm_worker_repo(&repo, fetching->worker);
	if (rc == 0)
		rc = gm_repo_open(&fetching->repo, gm_repo_dir(repo));
	if (rc == 0)
		rc = gm_remote_read(
			&fetching->remote, fetching->repo, fetching->order.remote);
	if (rc < 0)
		return rc;
	fetching->order.request.remote = &fetching->remote;
	fetching->planning.repo = fetching->repo;
	fetching->planning.request = &fetching->order.request;
	rc = gm_peer_of_remote(&peer, &fetching->remote, false);
	if (rc >= 0)
		rc = rc ? open_peer(fetching, gm_buf_str(&peer)) : connect_to(fetching);
	return rc < 0 ? rc : refuse_shallow(fetching);
}

/* 1 when the ref is there already. */
static int is_there(const struct fetching *fetching, const struct gm_fetch_item *item)
{
	struct gm_oid oid;
	int rc = item->local_ref && gm_ref_check_name(item->local_ref) == 0
		? gm_ref_read(&oid, NULL, gm_repo_refs(fetching->repo), item->local_ref)
		: GM_ENOTFOUND;

	if (rc == 0)
		return gm_oid_equal(&oid, &item->oid);
	return rc == GM_ENOTFOUND ? 0 : rc;
}

static int compare_oids(const void *a, const void *b)
{
	return gm_oid_compare(a, b);
}

/* 1 when they are whole: gc may have taken what no ref led to in part. */
static int are_whole(const struct fetching *fetching, const struct gm_oid *tips, size_t n)
{
	const struct gm_arrived here = {
		.repo = fetching->repo, .tips = tips, .n_tips = n};
	int rc = n ? gm_arrived_check(&here) : 0;

	if (rc == GM_EMISMATCH || rc == GM_ENOTFOUND)
		return 0;
	return rc < 0 ? rc : 1;
}

static void move_to_front(struct fetching *fetching, size_t i)
{
	const struct gm_oid tip = fetching->tips[i];

	fetching->tips[i] = fetching->tips[fetching->n_missing];
	fetching->tips[fetching->n_missing++] = tip;
}

/* Those that are here without all they lead to are missing, too. */
static int split_partial(struct fetching *fetching)
{
	size_t first = fetching->n_missing;
	int rc = are_whole(fetching, fetching->tips + first, fetching->n_tips - first);

	if (rc)
		return rc < 0 ? rc : 0;
	fetching->partial = gm_calloc(fetching->n_tips + 1, sizeof(*fetching->partial));
	if (!fetching->partial)
		return GM_ENOMEM;
	for (size_t i = first; i < fetching->n_tips; i++) {
		rc = are_whole(fetching, &fetching->tips[i], 1);
		if (rc < 0)
			return rc;
		if (rc > 0)
			continue;
		fetching->partial[fetching->n_partial++] = fetching->tips[i];
		move_to_front(fetching, i);
	}
	return 0;
}

/* Put those that we do not have to the front. */
static int split_missing(struct fetching *fetching)
{
	fetching->n_missing = 0;
	for (size_t i = 0; i < fetching->n_tips; i++) {
		int rc = gm_store_exists(
			gm_repo_store(fetching->repo), &fetching->tips[i]);
		if (rc < 0)
			return rc;
		if (rc == 0)
			move_to_front(fetching, i);
	}
	return split_partial(fetching);
}

static int find_tips(struct fetching *fetching)
{
	const struct gm_fetch_plan *plan = &fetching->plan;
	struct gm_oid *tips = gm_calloc(plan->n + 1, sizeof(*tips));
	size_t n = 0, kept = 0;

	gm_free(fetching->tips);
	fetching->tips = tips;
	if (!tips)
		return GM_ENOMEM;
	for (size_t i = 0; i < plan->n; i++) {
		int rc = gm_oid_is_zero(&plan->items[i].oid)
			? 1
			: is_there(fetching, &plan->items[i]);
		if (rc < 0)
			return rc;
		if (!rc)
			tips[n++] = plan->items[i].oid;
	}
	qsort(tips, n, sizeof(*tips), compare_oids);
	for (size_t i = 0; i < n; i++)
		if (!kept || !gm_oid_equal(&tips[kept - 1], &tips[i]))
			tips[kept++] = tips[i];
	fetching->n_tips = kept;
	return 0;
}

static int plan(struct fetching *fetching)
{
	int rc = gm_fetch_plan_make(&fetching->plan, &fetching->planning);

	if (rc == 0)
		rc = gm_fetch_plan_follow_tags(
			&fetching->plan, &fetching->planning, true);
	if (rc == 0)
		rc = find_tips(fetching);
	return rc < 0 ? rc : split_missing(fetching);
}

static int beat_copying(size_t done, size_t total, size_t bytes, void *payload)
{
	int rc = gm_worker_progress(payload, "Copying objects", done, total);

	return rc < 0 ? rc : gm_worker_beat(payload, bytes);
}

static int copy_from_peer(struct fetching *fetching)
{
	const struct gm_peer_options options = {beat_copying, fetching->worker};
	struct gm_peer_copied copied = {.n_objects = 0};
	int rc = gm_peer_fetch(&fetching->published.batch, &copied, fetching->repo,
		fetching->peer, fetching->tips, fetching->n_missing, &options);

	fetching->n_objects = copied.n_objects;
	fetching->bytes = copied.bytes;
	return rc;
}

static bool is_partial(const struct fetching *fetching, const struct gm_oid *oid)
{
	for (size_t i = 0; i < fetching->n_partial; i++)
		if (gm_oid_equal(&fetching->partial[i], oid))
			return true;
	return false;
}

/* What is asked for by name: each of the remote's refs that leads to something we lack. */
static int find_names(struct gm_strv *out, const struct fetching *fetching)
{
	const struct gm_fetch_plan *plan = &fetching->plan;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < plan->n; i++) {
		const struct gm_fetch_item *item = &plan->items[i];
		if (gm_oid_is_zero(&item->oid))
			continue;
		int there = is_partial(fetching, &item->oid)
			? 0
			: gm_store_exists(gm_repo_store(fetching->repo), &item->oid);
		if (there <= 0)
			rc = there < 0 ? there : gm_strv_add(out, item->remote_ref);
	}
	return rc;
}

/* When another process has fetched the same meanwhile there is nothing left to ask for. */
static int ask_for(struct fetching *fetching, const struct gm_strv *names)
{
	gm_autostrv left = GM_STRV_INIT;
	int rc = gm_fetch_download(fetching->incoming, fetching->connection,
		fetching->repo, fetching->worker, names);

	if (rc != GM_ENOTFOUND)
		return rc;
	int found = find_names(&left, fetching);
	if (found < 0 || left.n)
		return found < 0 ? found : rc;
	gm_incoming_free(fetching->incoming);
	fetching->incoming = NULL;
	return 0;
}

static int download(struct fetching *fetching)
{
	gm_autostrv names = GM_STRV_INIT;
	int rc = find_names(&names, fetching);

	if (rc < 0 || !names.n)
		return rc;
	rc = gm_incoming_new(&fetching->incoming, fetching->repo);
	if (rc == 0)
		gm_incoming_want(
			fetching->incoming, fetching->partial, fetching->n_partial);
	if (rc == 0)
		rc = ask_for(fetching, &names);
	if (rc == 0 && fetching->incoming)
		rc = gm_incoming_open(fetching->incoming);
	if (rc < 0 || !fetching->incoming)
		return rc;
	fetching->n_objects = gm_incoming_n(fetching->incoming);
	fetching->bytes = gm_incoming_bytes(fetching->incoming);
	return 0;
}

static int tell_checked(size_t done, size_t total, void *payload)
{
	return gm_worker_progress(payload, "Checking objects", done, total);
}

static int tell_stored(size_t done, size_t total, void *payload)
{
	return gm_worker_progress(payload, "Storing objects", done, total);
}

/* Check all that is new, and make it ready to be seen. */
static int take_in(struct fetching *fetching)
{
	struct gm_arrived arrived = {.repo = fetching->repo,
		.objects =
			fetching->incoming ? gm_incoming_store(fetching->incoming) : NULL,
		.tips = fetching->tips,
		.n_tips = fetching->n_tips,
		.progress = tell_checked,
		.payload = fetching->worker};
	int rc = gm_arrived_check(&arrived);

	if (rc < 0 || !arrived.objects || fetching->order.request.dry_run)
		return rc;
	arrived.progress = tell_stored;
	return gm_incoming_publish(&fetching->published, fetching->incoming, &arrived);
}

static int obtain(struct fetching *fetching)
{
	int rc = 0;

	if (fetching->n_missing)
		rc = fetching->peer ? copy_from_peer(fetching) : download(fetching);
	if (rc == 0 && fetching->n_missing)
		rc = gm_fetch_plan_follow_tags(
			&fetching->plan, &fetching->planning, false);
	if (rc == 0 && fetching->n_missing)
		rc = find_tips(fetching);
	return rc < 0 || !fetching->n_tips ? rc : take_in(fetching);
}

static int move_refs(struct fetching *fetching)
{
	gm_cleanup(gm_lock_release_p) struct gm_lock *lock = NULL;
	bool dry_run = fetching->order.request.dry_run;
	int rc = dry_run
		? 0
		: gm_repo_lock(&lock, fetching->repo, "gitmem fetch", NULL, NULL);

	if (rc == 0)
		rc = gm_fetch_refs_judge(
			&fetching->result, &fetching->planning, &fetching->plan);
	if (rc == 0 && !dry_run)
		rc = gm_fetch_refs_move(&fetching->result, &fetching->planning, lock,
			fetching->published.batch);
	fetching->result.n_objects = fetching->n_objects;
	fetching->result.bytes = fetching->bytes;
	return rc;
}

static int fetch(struct fetching *fetching, const json_t *request)
{
	int rc = begin(fetching, request);

	if (rc == 0)
		rc = plan(fetching);
	if (rc == 0)
		rc = obtain(fetching);
	return rc < 0 ? rc : move_refs(fetching);
}

int gm_handle_fetch(json_t **done_out, struct gm_worker *worker, const json_t *request)
{
	struct fetching fetching = {.worker = worker,
		.order = GM_FETCH_ORDER_INIT,
		.remote = GM_REMOTE_INIT,
		.told_by_peer = GM_ADVERTISEMENT_INIT,
		.plan = GM_FETCH_PLAN_INIT,
		.published = GM_PUBLISHED_INIT,
		.result = GM_FETCH_RESULT_INIT};
	int rc = fetch(&fetching, request);

	if (rc == 0)
		rc = gm_fetch_result_to_json(done_out, &fetching.result);
	/* Taking leave of the remote may fail, too. */
	const struct gm_error error = *gm_error_last();
	fetching_dispose(&fetching);
	if (rc < 0) {
		(void)gm_error((enum gm_errcode)rc, "%s", error.message);
		gm_error_hint("%s", error.hint);
	}
	return rc;
}
