#include "cmd/fork_status.h"

#include <string.h>

#include "cmd/commit_json.h"
#include "cmd/fork_point.h"
#include "cmd/memory.h"
#include "cmd/text.h"
#include "dag/walk.h"
#include "sync/fetch_request.h"
#include "sync/process.h"
#include "sync/remote.h"
#include "sync/url.h"

/* So many memories are named for people; programs get all. */
#define NAMED_MAX 20

/* Digits of a commit's id. */
#define SHOWN 7

struct standing {
	struct gm_fork_point point;
	struct gm_remote remote;
	struct gm_buf url;      /* as it may be shown */
	struct gm_buf tracking; /* the ref of the upstream's branch here */
	struct gm_head head;
	struct gm_oid upstream; /* zero: it has no such branch (any more) */
	size_t ahead;
	size_t behind;
	struct gm_record_deltas missing; /* what changed there since the two parted */
};

static void standing_dispose(struct standing *standing)
{
	gm_remote_dispose(&standing->remote);
	gm_buf_dispose(&standing->url);
	gm_buf_dispose(&standing->tracking);
	gm_head_dispose(&standing->head);
	gm_record_deltas_dispose(&standing->missing);
}

static int fetch(struct gm_call *call, const struct gm_remote *remote)
{
	gm_cleanup(gm_sync_free_p) struct gm_sync *sync = NULL;
	gm_autofetchresult result = GM_FETCH_RESULT_INIT;
	gm_autosignature author = GM_SIGNATURE_INIT;
	gm_autosignature committer = GM_SIGNATURE_INIT;
	const struct gm_sync_options options = {
		.progress = gm_call_progress(call), .is_quiet = call->quiet};
	const struct gm_fetch_request request = {
		.remote = remote, .prune = true, .who = &committer};
	int rc = gm_call_signatures(&author, &committer, call);

	if (rc == 0)
		rc = gm_sync_start(&sync, gm_repo_dir(call->repo),
			gm_repo_config(call->repo), &options);
	if (rc == 0)
		rc = gm_sync_fetch(&result, sync, &request);
	if (rc < 0)
		gm_error_hint("--no-fetch tells how it stood at the last fetch");
	return rc;
}

/* The tree of the commit at which the two parted; without one all of it is new. */
static int find_base(
	struct gm_oid *out, const struct standing *standing, struct gm_store *store)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	struct gm_oid base;
	int n = gm_merge_bases(
		&base, 1, store, &standing->head.commit, &standing->upstream);

	*out = gm_oid_zero;
	if (n <= 0)
		return n;
	int rc = gm_commit_read(&commit, store, &base);
	if (rc == 0)
		*out = commit.tree;
	return rc;
}

static int compare(struct standing *standing, struct gm_repo *repo)
{
	struct gm_store *store = gm_repo_store(repo);
	gm_autocommit upstream = GM_COMMIT_INIT;
	struct gm_oid base = gm_oid_zero;
	int rc = gm_commit_read(&upstream, store, &standing->upstream);

	if (rc == 0 && standing->head.exists)
		rc = gm_ahead_behind(&standing->ahead, &standing->behind, store,
			&standing->head.commit, &standing->upstream);
	if (rc == 0 && standing->head.exists)
		rc = find_base(&base, standing, store);
	return rc < 0 ? rc
		      : gm_record_diff(&standing->missing, store, &base, &upstream.tree);
}

static int read_upstream(struct standing *standing, struct gm_repo *repo)
{
	gm_autobuf remote_ref = GM_BUF_INIT(GM_BUF_PATH);
	gm_autofree char *branch = gm_format("refs/heads/%s", standing->point.branch);
	int rc = branch ? gm_remote_ref_of(&remote_ref, &standing->remote, branch)
			: GM_ENOMEM;

	if (rc == 0)
		rc = gm_remote_tracking_ref(
			&standing->tracking, &standing->remote, gm_buf_str(&remote_ref));
	if (rc == 0)
		rc = standing->tracking.size
			? gm_ref_read(&standing->upstream, NULL, gm_repo_refs(repo),
				  gm_buf_str(&standing->tracking))
			: GM_ENOTFOUND;
	if (rc != GM_ENOTFOUND)
		return rc;
	standing->upstream = gm_oid_zero;
	return 0;
}

static int read_standing(struct standing *out, struct gm_call *call, bool no_fetch)
{
	int rc = gm_call_open(call);

	if (rc == 0)
		rc = gm_fork_point_read(&out->point, call->repo);
	if (rc == GM_ENOTFOUND)
		gm_error_hint("'gitmem fork <url>' makes one");
	if (rc == 0)
		rc = gm_remote_read(&out->remote, call->repo, out->point.remote);
	if (rc == 0)
		rc = gm_url_show(&out->url, out->remote.given_url);
	if (rc == 0 && !no_fetch)
		rc = fetch(call, &out->remote);
	if (rc == 0)
		rc = gm_call_head(&out->head, call);
	if (rc == 0)
		rc = read_upstream(out, call->repo);
	if (rc < 0 || gm_oid_is_zero(&out->upstream))
		return rc;
	return compare(out, call->repo);
}

static int set_oid(json_t *object, const char *key, const struct gm_oid *oid)
{
	char hex[GM_OID_HEX];

	gm_oid_format(hex, oid);
	return gm_json_set_string(object, key, gm_oid_is_zero(oid) ? NULL : hex);
}

static int missing_json(json_t **out, const struct standing *standing)
{
	gm_autojson *list = gm_json_array();
	int rc = list ? 0 : GM_ENOMEM;

	for (size_t i = 0; rc == 0 && i < standing->missing.n; i++) {
		json_t *item = NULL;
		rc = gm_delta_json(&item, &standing->missing.items[i]);
		if (rc == 0)
			rc = gm_json_append(list, item);
	}
	if (rc == 0)
		*out = gm_steal(&list);
	return rc;
}

static int print_json(const struct standing *standing)
{
	gm_autojson *object = gm_json_object();
	json_t *missing = NULL;
	int rc = object ? gm_json_set_string(object, "remote", standing->point.remote)
			: GM_ENOMEM;

	if (rc == 0)
		rc = gm_json_set_string(object, "url", gm_buf_str(&standing->url));
	if (rc == 0)
		rc = gm_json_set_string(
			object, "upstream_branch", standing->point.branch);
	if (rc == 0)
		rc = set_oid(object, "forked_from", &standing->point.commit);
	if (rc == 0)
		rc = set_oid(object, "upstream", &standing->upstream);
	if (rc == 0)
		rc = gm_json_set_string(object, "branch", standing->head.branch);
	if (rc == 0)
		rc = gm_json_set_int(object, "ahead", (long long)standing->ahead);
	if (rc == 0)
		rc = gm_json_set_int(object, "behind", (long long)standing->behind);
	if (rc == 0)
		rc = missing_json(&missing, standing);
	if (rc == 0)
		rc = gm_json_set(object, "missing", missing);
	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

static int print_missing(const struct gm_record_deltas *missing)
{
	gm_autobuf line = GM_BUF_INIT(GM_BUF_LARGE);
	size_t n = missing->n < NAMED_MAX ? missing->n : NAMED_MAX;
	int rc = missing->n ? gm_print("What it has that we do not:\n") : 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		const struct gm_record_delta *delta = &missing->items[i];
		gm_buf_reset(&line);
		rc = gm_puts_safe(&line, delta->path);
		if (rc == 0)
			rc = gm_print("  %c %s\n", delta->status, gm_buf_str(&line));
	}
	if (rc == 0 && n < missing->n)
		rc = gm_print("  ... and %zu more\n", missing->n - n);
	return rc;
}

static int print_numbers(const struct standing *standing)
{
	const char *ours = standing->head.branch ? standing->head.branch : "HEAD";

	if (gm_oid_is_zero(&standing->upstream))
		return gm_print("It has no branch '%s'.\n", standing->point.branch);
	if (!standing->ahead && !standing->behind)
		return gm_print("'%s' is up to date with it.\n", ours);
	return gm_print("'%s' is ahead by %zu, and behind by %zu.\n", ours,
		standing->ahead, standing->behind);
}

static int print_text(const struct standing *standing)
{
	gm_autobuf url = GM_BUF_INIT(GM_BUF_LARGE);
	char hex[GM_OID_HEX];
	int rc = gm_puts_safe(&url, gm_buf_str(&standing->url));

	gm_oid_format(hex, &standing->point.commit);
	hex[SHOWN] = '\0';
	if (rc == 0)
		rc = gm_print("Fork of %s, branch '%s', %s%s\n", gm_buf_str(&url),
			standing->point.branch,
			gm_oid_is_zero(&standing->point.commit) ? "which was empty"
								: "at ",
			gm_oid_is_zero(&standing->point.commit) ? "" : hex);
	if (rc == 0)
		rc = print_numbers(standing);
	return rc < 0 ? rc : print_missing(&standing->missing);
}

int gm_fork_status(struct gm_call *call, bool no_fetch)
{
	gm_cleanup(standing_dispose) struct standing standing = {
		.remote = GM_REMOTE_INIT,
		.url = GM_BUF_INIT(GM_BUF_PATH),
		.tracking = GM_BUF_INIT(GM_BUF_PATH),
		.head = GM_HEAD_INIT,
		.missing = GM_RECORD_DELTAS_INIT,
	};
	int rc = read_standing(&standing, call, no_fetch);

	if (rc < 0)
		return rc;
	return call->json ? print_json(&standing) : print_text(&standing);
}
