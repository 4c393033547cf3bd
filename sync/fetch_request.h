/*
 * Fetching, asked of gitmem-sync: which refs of a remote, and what became of each.
 *
 * What arrives is checked as a whole before any of it can be seen, and only then do refs move,
 * all at once, each with an entry in its log. A ref that moves away from commits it led to (the
 * remote was force-pushed, or its branch has gone and is pruned) leaves them a ref below
 * refs/gitmem/rescue/ (dag/rescue_ref.h). When it fails, no ref has moved and nothing is left.
 */
#ifndef GM_SYNC_FETCH_REQUEST_H
#define GM_SYNC_FETCH_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/strv.h"
#include "objstore/oid.h"

struct gm_remote;
struct gm_signature;
struct gm_sync;

enum gm_fetch_tags {
	GM_FETCH_TAGS_AUTO, /* new tags of what is here afterwards, when tracking refs are kept */
	GM_FETCH_TAGS_ALL,
	GM_FETCH_TAGS_NONE,
};

struct gm_fetch_request {
	const struct gm_remote *remote;
	/* `SOURCE` or `SOURCE:TARGET` as of git-fetch(1), short names too; NULL: the remote's. */
	const struct gm_strv *refspecs;
	enum gm_fetch_tags tags;
	bool prune;   /* remove the tracking refs of what the remote has no more */
	bool dry_run; /* tell what would be done; objects are sent, and dropped again */
	const struct gm_signature *who; /* for the refs' logs; NULL: none are written */
	const char *reflog_action;      /* "pull"; NULL: "fetch" */
};

enum gm_fetched {
	GM_FETCHED_UP_TO_DATE,
	GM_FETCHED_NEW,
	GM_FETCHED_FAST_FORWARD,
	GM_FETCHED_FORCED, /* moved, though its old value is not behind the new one */
	GM_FETCHED_PRUNED,
	GM_FETCHED_REJECTED, /* left alone; `reason` says why */
};

struct gm_fetched_ref {
	char *remote_ref; /* its name at the remote; NULL: pruned, or an id was asked for */
	char *local_ref;       /* the ref here; NULL: none was asked for */
	struct gm_oid old_oid; /* of `local_ref`; zero: it was not there */
	struct gm_oid new_oid; /* what the remote has; zero: nothing any more */
	enum gm_fetched kind;
	bool is_followed; /* a tag that came along with what it names */
	char *rescue_ref; /* where FORCED and PRUNED left the old commits; NULL: not needed */
	char *reason;     /* of REJECTED: "non-fast-forward"; else NULL */
};

/* In the order of the remote's names; tags that came along and what was pruned come behind. */
struct gm_fetch_result {
	struct gm_fetched_ref *refs;
	size_t n;
	char *head; /* the remote's branch that its HEAD leads to, in full; NULL: none */
	uint64_t n_objects; /* that arrived */
	uint64_t bytes;     /* of the pack they were in */
	bool is_empty;      /* the remote has no refs at all */
};

#define GM_FETCH_RESULT_INIT                        \
	{                                           \
		.refs = NULL, .n = 0, .head = NULL, \
	}
#define gm_autofetchresult gm_cleanup(gm_fetch_result_dispose) struct gm_fetch_result
void gm_fetch_result_dispose(struct gm_fetch_result *result);

/* "new", "fast-forward", ... */
const char *gm_fetched_name(enum gm_fetched kind);

/*
 * Fetch. What became of the refs is in `out`, which must be fresh; that some were REJECTED is
 * no error.
 *
 * GM_ENOTFOUND when a refspec names what the remote does not have, GM_EMISMATCH when what it
 * sent is damaged, incomplete or not allowed in a repository, GM_ETOOBIG over
 * `fetch.maxInputSize` or `fetch.maxObjects`; any other error is that of the connection.
 */
int gm_sync_fetch(struct gm_fetch_result *out, struct gm_sync *sync,
	const struct gm_fetch_request *request);

#endif
