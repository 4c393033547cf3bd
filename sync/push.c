#include <string.h>

#include "dag/hook.h"
#include "sync/connection.h"
#include "sync/handler.h"
#include "sync/peer.h"
#include "sync/push_commands.h"
#include "sync/push_exchange.h"
#include "sync/push_json.h"
#include "sync/push_peer.h"
#include "sync/push_plan.h"
#include "sync/push_tracking.h"
#include "sync/remote.h"
#include "sync/scope_guard.h"
#include "sync/url.h"

/* How much of the names of memories fits an error. */
#define MAX_NAMES ((size_t)800)

/* A push, from the request to what came of it. */
struct push {
	struct gm_worker *worker;
	struct gm_repo *repo;
	struct gm_push_asked asked;
	struct gm_remote remote;
	struct gm_connection *connection; /* or else a repository of ours: */
	struct gm_repo *peer;
	struct gm_advertisement peer_refs;
	const struct gm_advertisement *advertisement;
	struct gm_push_result result;
	struct gm_outgoing *outgoing; /* NULL: nothing but removals */
};

static void push_dispose(struct push *push)
{
	gm_outgoing_free(push->outgoing);
	gm_push_result_dispose(&push->result);
	gm_advertisement_dispose(&push->peer_refs);
	gm_repo_free(push->peer);
	gm_connection_free(push->connection);
	gm_remote_dispose(&push->remote);
	gm_push_asked_dispose(&push->asked);
}

static int read_request(struct push *push, const json_t *request)
{
	int rc = gm_worker_repo(&push->repo, push->worker);

	if (rc == 0)
		rc = gm_push_request_from_json(&push->asked, request);
	if (rc == 0)
		rc = gm_remote_read(&push->remote, push->repo, push->asked.remote);
	push->asked.request.remote = &push->remote;
	return rc;
}

static int open_connection(struct push *push)
{
	const struct gm_connection_options options = {.url = push->remote.push_url,
		.service = GM_RECEIVE_PACK,
		.config = gm_worker_config(push->worker),
		.is_quiet = gm_worker_is_quiet(push->worker),
		.beat = gm_worker_beat_fn,
		.payload = push->worker};
	int rc = gm_connection_open(&push->connection, &options);

	if (rc == 0)
		push->advertisement = gm_connection_advertisement(push->connection);
	return rc;
}

static int open_remote(struct push *push)
{
	gm_autobuf gitdir = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_peer_of_remote(&gitdir, &push->remote, true);

	if (rc <= 0)
		return rc < 0 ? rc : open_connection(push);
	rc = gm_repo_open(&push->peer, gm_buf_str(&gitdir));
	if (rc == 0)
		rc = gm_peer_advertise(&push->peer_refs, push->peer);
	push->advertisement = &push->peer_refs;
	return rc;
}

static int plan(struct push *push)
{
	const struct gm_push_planning planning = {.repo = push->repo,
		.request = &push->asked.request,
		.advertisement = push->advertisement};
	int rc = gm_push_plan(&push->result, &planning);

	if (rc == 0 && push->connection && gm_push_n_sent(&push->result))
		rc = gm_push_check_remote(&push->result, push->advertisement,
			push->asked.request.is_atomic);
	return rc;
}

/* A remote without all of its history may lack what its refs lead to. */
static int add_haves(struct push *push)
{
	const struct gm_advertisement *advertisement = push->advertisement;
	int rc = 0;

	if (advertisement->is_shallow)
		return 0;
	for (size_t i = 0; rc == 0 && i < advertisement->n; i++)
		rc = gm_outgoing_have(push->outgoing, &advertisement->refs[i].oid);
	for (size_t i = 0; rc == 0 && i < advertisement->n_haves; i++)
		rc = gm_outgoing_have(push->outgoing, &advertisement->haves[i]);
	return rc;
}

static int tell_counting(size_t done, void *payload)
{
	return gm_worker_progress(payload, "Counting objects", done, 0);
}

static int tell_checking(size_t done, void *payload)
{
	return gm_worker_progress(payload, "Checking scopes", done, 0);
}

/* What the refs that are to be sent lead to and the remote lacks. */
static int find_outgoing(struct push *push)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < push->result.n; i++) {
		const struct gm_pushed_ref *ref = &push->result.refs[i];
		if (!gm_push_is_sent(ref) || gm_oid_is_zero(&ref->new_oid))
			continue;
		if (!push->outgoing)
			rc = gm_outgoing_new(&push->outgoing, gm_repo_store(push->repo));
		if (rc == 0)
			rc = gm_outgoing_want(push->outgoing, &ref->new_oid);
	}
	if (rc < 0 || !push->outgoing)
		return rc;
	rc = add_haves(push);
	return rc < 0 ? rc
		      : gm_outgoing_walk(push->outgoing, tell_counting, push->worker);
}

/* As many of the names as an error holds. */
static int put_names(struct gm_buf *out, const struct gm_strv *names)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < names->n; i++) {
		if (out->size + strlen(names->items[i]) > MAX_NAMES)
			return gm_buf_printf(out, ", and %zu more", names->n - i);
		rc = gm_buf_printf(out, "%s%s", i ? ", " : "", names->items[i]);
	}
	return rc;
}

static int guard_scope(struct push *push)
{
	gm_autostrv exceeding = GM_STRV_INIT;
	gm_autobuf names = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf remote = GM_BUF_INIT(GM_BUF_TEXT);

	if (!push->outgoing)
		return 0;
	int rc = gm_scope_guard(&exceeding, gm_repo_store(push->repo), push->outgoing,
		push->remote.scope, tell_checking, push->worker);
	if (rc != GM_ENO)
		return rc;
	rc = put_names(&names, &exceeding);
	if (rc == 0)
		rc = gm_remote_show(&remote, &push->remote);
	if (rc < 0)
		return rc;
	rc = gm_error(GM_EACCESS,
		"nothing is sent, for '%s' is for %s memories, and among what is new "
		"are: %s",
		gm_buf_str(&remote),
		push->remote.scope == GM_SCOPE_GLOBAL ? "global" : "shared and global",
		gm_buf_str(&names));
	gm_error_hint(
		"history keeps what was once committed: have memories that stay here "
		"on a branch of their own");
	return rc;
}

/* A line for each ref, as githooks(5) has it. */
static int put_hook_input(struct gm_buf *out, const struct gm_push_result *result)
{
	char old_hex[GM_OID_HEX], new_hex[GM_OID_HEX];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < result->n; i++) {
		const struct gm_pushed_ref *ref = &result->refs[i];
		if (!gm_push_is_sent(ref))
			continue;
		gm_oid_format(old_hex, &ref->old_oid);
		gm_oid_format(new_hex, &ref->new_oid);
		rc = gm_buf_printf(out, "%s %s %s %s\n",
			ref->local ? ref->local : "(delete)", new_hex, ref->remote_ref,
			old_hex);
	}
	return rc;
}

static void beat(void *worker)
{
	(void)gm_worker_beat(worker, 0); /* the hook is what is waited for */
}

static int run_hook(struct push *push)
{
	gm_autobuf input = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf url = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = put_hook_input(&input, &push->result);

	if (rc == 0)
		rc = gm_url_show(&url, push->remote.push_url);
	if (rc < 0 || push->asked.request.no_verify)
		return rc;
	const char *name = push->remote.name ? push->remote.name : gm_buf_str(&url);
	const char *const args[] = {name, gm_buf_str(&url), NULL};
	const struct gm_hook_options options = {
		.args = args, .input = &input, .beat = beat, .payload = push->worker};
	return gm_hook_run_with(push->repo, "pre-push", &options);
}

static int tell_writing(size_t done, void *payload)
{
	struct push *push = payload;

	return gm_worker_progress(
		push->worker, "Writing objects", done, gm_outgoing_n(push->outgoing));
}

static int send_to_connection(struct push *push)
{
	const struct gm_push_exchange exchange = {.plan = &push->result,
		.outgoing = push->outgoing,
		.is_atomic = push->asked.request.is_atomic,
		.is_quiet = gm_worker_is_quiet(push->worker),
		.progress = tell_writing,
		.payload = push};

	return gm_push_exchange(&exchange, push->connection);
}

static int send_to_peer(struct push *push)
{
	const struct gm_push_to_peer to_peer = {.plan = &push->result,
		.repo = push->repo,
		.peer = push->peer,
		.outgoing = push->outgoing,
		.who = &push->asked.who,
		.is_atomic = push->asked.request.is_atomic};

	return gm_push_to_peer(&to_peer, push->worker);
}

static int send_what_is_new(struct push *push)
{
	int rc = find_outgoing(push);

	if (rc == 0)
		rc = guard_scope(push);
	if (rc == 0)
		rc = run_hook(push);
	if (rc < 0 || push->asked.request.dry_run)
		return rc;
	return push->connection ? send_to_connection(push) : send_to_peer(push);
}

/* The remote has it: that we could not note so is no failure of the push. */
static void move_tracking(struct push *push)
{
	if (gm_push_move_tracking(
		    &push->result, push->repo, &push->remote, &push->asked.who) == 0)
		return;
	for (size_t i = 0; i < push->result.n; i++) {
		gm_free(push->result.refs[i].tracking_ref);
		push->result.refs[i].tracking_ref = NULL;
	}
}

int gm_handle_push(json_t **done_out, struct gm_worker *worker, const json_t *request)
{
	gm_cleanup(push_dispose) struct push push = {.worker = worker,
		.asked = GM_PUSH_ASKED_INIT,
		.remote = GM_REMOTE_INIT,
		.peer_refs = GM_ADVERTISEMENT_INIT,
		.result = GM_PUSH_RESULT_INIT};
	int rc = read_request(&push, request);

	if (rc == 0)
		rc = open_remote(&push);
	if (rc == 0)
		rc = plan(&push);
	if (rc == 0 && gm_push_n_sent(&push.result))
		rc = send_what_is_new(&push);
	if (rc < 0)
		return rc;
	if (!push.asked.request.dry_run)
		move_tracking(&push);
	return gm_push_result_to_json(done_out, &push.result);
}
