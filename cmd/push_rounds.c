#include "cmd/push_rounds.h"

#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/interrupt.h"
#include "cmd/public_warning.h"
#include "cmd/pull_merge.h"
#include "sync/fetch_request.h"

#define HEADS "refs/heads/"

/* The longest pause before the second round, in nanoseconds; each later one may be longer by it. */
#define PAUSE_NS 10000000

/* How often the remote may refuse a ref that has not moved, before it is taken at its word. */
#define MAX_STUCK 3

/* A ref on its way. */
struct item {
	struct gm_push_update update;
	bool is_pending;
	struct gm_oid last_old; /* what the remote had when it refused it last */
	int n_stuck;
};

struct job {
	struct gm_push_result *out;
	struct gm_call *call;
	struct gm_sync *sync;
	const struct gm_push_rounds *rounds;
	struct item *items;
	size_t n;
	size_t cap; /* of the refs in `out` */
	struct gm_signature who;
};

static void job_dispose(struct job *job)
{
	gm_signature_dispose(&job->who);
}

/* The branch of ours that an update sends; NULL when it sends none. */
static const char *branch_of(const struct gm_push_update *update)
{
	return update->local && !strncmp(update->local, HEADS, strlen(HEADS))
		? update->local + strlen(HEADS)
		: NULL;
}

/* Whether commits of the remote have to be merged before it can have all of ours. */
static bool needs_merge(const struct gm_pushed_ref *ref, const struct item *item)
{
	if (!branch_of(&item->update) || item->n_stuck >= MAX_STUCK)
		return false;
	return ref->kind == GM_PUSHED_BEHIND ||
		(ref->kind == GM_PUSHED_RESTORED &&
			!gm_oid_equal(&ref->new_oid, &item->update.oid));
}

/* The refusals of an atomic push that are only for the others' sake count for nobody. */
static void count_stuck(struct item *item, const struct gm_pushed_ref *ref)
{
	if (ref->kind != GM_PUSHED_BEHIND)
		return;
	bool same = gm_oid_equal(&item->last_old, &ref->old_oid);
	item->n_stuck = ref->is_remote_reason && same ? item->n_stuck + 1 : 0;
	item->last_old = ref->old_oid;
}

static int add_extra(struct job *job, struct gm_pushed_ref *ref)
{
	struct gm_push_result *out = job->out;
	int rc = gm_grow(&out->refs, &job->cap, out->n + 1, sizeof(*out->refs));

	if (rc == 0) {
		out->refs[out->n++] = *ref;
		*ref = (struct gm_pushed_ref){.local = NULL};
	}
	return rc;
}

/* What was brought back first, and has moved on since, was restored all the same. */
static void replace(struct gm_pushed_ref *ref, struct gm_pushed_ref *by)
{
	bool was_restored = ref->kind == GM_PUSHED_RESTORED && ref->remote_ref;

	gm_pushed_ref_dispose(ref);
	*ref = *by;
	*by = (struct gm_pushed_ref){.local = NULL};
	if (was_restored && ref->kind == GM_PUSHED_FAST_FORWARD) {
		ref->kind = GM_PUSHED_RESTORED;
		ref->old_oid = gm_oid_zero;
	}
}

/* What became of the pending ones, in their order, and of what was restored besides. */
static int take(struct job *job, struct gm_push_result *result)
{
	size_t k = 0;
	int rc = 0;

	for (size_t i = 0; i < job->n && k < result->n; i++) {
		struct gm_pushed_ref *ref = &job->out->refs[i];
		if (!job->items[i].is_pending)
			continue;
		replace(ref, &result->refs[k++]);
		count_stuck(&job->items[i], ref);
	}
	for (; rc == 0 && k < result->n; k++)
		rc = add_extra(job, &result->refs[k]);
	job->out->n_objects += result->n_objects;
	job->out->bytes += result->bytes;
	return rc;
}

/* Push what is pending. */
static int push(struct job *job)
{
	const struct gm_push_rounds *rounds = job->rounds;
	gm_autofree struct gm_push_update *updates =
		gm_calloc(job->n + 1, sizeof(*updates));
	gm_autopushresult result = GM_PUSH_RESULT_INIT;
	struct gm_push_request request = {.remote = rounds->remote,
		.updates = updates,
		.who = &job->who,
		.dry_run = rounds->dry_run,
		.no_verify = rounds->no_verify,
		.is_atomic = rounds->is_atomic};

	if (!updates)
		return GM_ENOMEM;
	for (size_t i = 0; i < job->n; i++)
		if (job->items[i].is_pending)
			updates[request.n++] = job->items[i].update;
	int rc = gm_sync_push(&result, job->sync, &request);
	if (rc == 0 && result.n < request.n)
		rc = gm_error(GM_ERROR, "not all refs were told of");
	return rc < 0 ? rc : take(job, &result);
}

/* Only what has to be merged stays pending; of an atomic push, then all. Returns how many. */
static size_t choose_pending(struct job *job)
{
	size_t n = 0;

	for (size_t i = 0; i < job->n; i++)
		n += job->items[i].is_pending &&
			needs_merge(&job->out->refs[i], &job->items[i]);
	for (size_t i = 0; i < job->n; i++)
		job->items[i].is_pending = job->items[i].is_pending &&
			(needs_merge(&job->out->refs[i], &job->items[i]) ||
				(n && job->rounds->is_atomic));
	return n;
}

/* "+REF:TRACKING" of each branch that the remote has moved. */
static int put_refspecs(struct gm_strv *out, const struct job *job)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf tracking = GM_BUF_INIT(GM_BUF_PATH);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < job->n; i++) {
		const struct gm_pushed_ref *ref = &job->out->refs[i];
		if (!job->items[i].is_pending || ref->kind != GM_PUSHED_BEHIND ||
			gm_oid_is_zero(&ref->old_oid))
			continue;
		gm_buf_reset(&text);
		gm_buf_reset(&tracking);
		rc = gm_remote_tracking_ref(
			&tracking, job->rounds->remote, ref->remote_ref);
		if (rc == 0 && tracking.size)
			rc = gm_buf_printf(
				&text, "+%s:%s", ref->remote_ref, gm_buf_str(&tracking));
		else if (rc == 0)
			rc = gm_buf_puts(&text, ref->remote_ref);
		if (rc == 0)
			rc = gm_strv_add(out, gm_buf_str(&text));
	}
	return rc;
}

/* A branch that has gone from the remote since is for the next round, which makes it anew. */
static int fetch(struct gm_fetch_result *out, struct job *job)
{
	gm_autostrv refspecs = GM_STRV_INIT;
	const struct gm_fetch_request request = {.remote = job->rounds->remote,
		.refspecs = &refspecs,
		.who = &job->who,
		.tags = GM_FETCH_TAGS_NONE};
	int rc = put_refspecs(&refspecs, job);

	if (rc == 0 && refspecs.n)
		rc = gm_sync_fetch(out, job->sync, &request);
	return rc == GM_ENOTFOUND ? 0 : rc;
}

/* What is to be merged into a branch of ours; zero when nothing is. */
static struct gm_oid find_theirs(
	const struct gm_pushed_ref *ref, const struct gm_fetch_result *fetched)
{
	if (ref->kind == GM_PUSHED_RESTORED)
		return ref->new_oid;
	for (size_t i = 0; i < fetched->n; i++)
		if (fetched->refs[i].remote_ref &&
			!strcmp(fetched->refs[i].remote_ref, ref->remote_ref))
			return fetched->refs[i].new_oid;
	return gm_oid_zero;
}

static int merge(struct job *job, const struct item *item,
	const struct gm_pushed_ref *ref, const struct gm_oid *theirs)
{
	gm_automergejob merged = GM_MERGE_JOB_INIT;
	const struct gm_pull_request request = {.remote = job->rounds->remote,
		.branch = branch_of(&item->update),
		.remote_ref = ref->remote_ref,
		.theirs = *theirs,
		.action = job->rounds->action,
		.strategy = GM_STRATEGY_AUTO};
	int rc = gm_pull_merge(&merged, job->call, &request);

	if (rc < 0 && merged.merge.merge.is_unrelated)
		gm_error_hint("'gitmem pull --allow-unrelated-histories' merges them all "
			      "the same");
	if (rc == 0 && job->rounds->merged)
		rc = job->rounds->merged(&merged, job->rounds->payload);
	return rc;
}

static int merge_all(struct job *job)
{
	gm_autofetchresult fetched = GM_FETCH_RESULT_INIT;
	int rc = fetch(&fetched, job);

	for (size_t i = 0; rc == 0 && i < job->n; i++) {
		struct item *item = &job->items[i];
		const struct gm_pushed_ref *ref = &job->out->refs[i];
		if (!item->is_pending || !needs_merge(ref, item))
			continue;
		struct gm_oid theirs = find_theirs(ref, &fetched);
		if (!gm_oid_is_zero(&theirs))
			rc = merge(job, item, ref, &theirs);
		if (rc == 0)
			rc = gm_ref_read(&item->update.oid, NULL,
				gm_repo_refs(job->call->repo), item->update.local);
	}
	return rc;
}

/* Some time, at random, so that those who push at once do not meet again and again. */
static int pause_before(unsigned round)
{
	uint32_t random = 0;

	(void)!getrandom(&random, sizeof(random), GRND_NONBLOCK); /* any number is fine */
	const struct timespec pause = {
		.tv_nsec = (long)((uint64_t)random * PAUSE_NS * round >> 32)};
	(void)nanosleep(&pause, NULL); /* a signal that ends it early is seen at once */
	return gm_interrupted();
}

static int run(struct job *job)
{
	gm_autosignature author = GM_SIGNATURE_INIT;
	int rc = gm_call_signatures(&author, &job->who, job->call);

	if (rc == 0 && job->n)
		rc = gm_warn_public(job->call, job->rounds->remote, job->rounds->dry_run);
	if (rc == 0)
		rc = push(job);
	for (unsigned round = 1; rc == 0 && choose_pending(job) &&
		!job->rounds->dry_run && round < GM_PUSH_MAX_ROUNDS;
		round++) {
		rc = pause_before(round);
		if (rc == 0)
			rc = merge_all(job);
		if (rc == 0)
			rc = push(job);
	}
	return rc;
}

int gm_push_rounds(struct gm_push_result *out, struct gm_call *call, struct gm_sync *sync,
	const struct gm_push_rounds *rounds)
{
	size_t n = rounds->list->n;
	gm_autofree struct item *items = gm_calloc(n + 1, sizeof(*items));
	gm_autopushresult result = GM_PUSH_RESULT_INIT;
	gm_cleanup(job_dispose) struct job job = {.out = &result,
		.call = call,
		.sync = sync,
		.rounds = rounds,
		.items = items,
		.n = n,
		.cap = n + 1,
		.who = GM_SIGNATURE_INIT};

	result.refs = gm_calloc(n + 1, sizeof(*result.refs));
	if (!items || !result.refs)
		return GM_ENOMEM;
	result.n = n;
	for (size_t i = 0; i < n; i++)
		items[i] = (struct item){
			.update = rounds->list->items[i], .is_pending = true};
	int rc = run(&job);
	*out = result;
	result = (struct gm_push_result)GM_PUSH_RESULT_INIT;
	return rc;
}
