/*
 * Pushing, asked of gitmem-sync: what is to be where, and what became of each ref.
 *
 * Nothing is forced. A ref is sent only where its value at the remote leads up to the new one,
 * and the remote takes it only if it still has that value. Whatever is in the way is told ref
 * by ref; the refs that were taken are taken for good, and their tracking refs moved.
 */
#ifndef GM_SYNC_PUSH_REQUEST_H
#define GM_SYNC_PUSH_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "objstore/oid.h"

struct gm_remote;
struct gm_signature;
struct gm_sync;

struct gm_push_update {
	const char *local; /* what is sent, as it is shown: a ref's name, a revision; NULL
				   to delete */
	struct gm_oid oid; /* zero to delete */
	const char *remote_ref; /* its full name at the remote */
};

struct gm_push_request {
	const struct gm_remote *remote;
	const struct gm_push_update *updates;
	size_t n;
	const struct gm_signature *who; /* for reflogs, here and at a remote of ours */
	bool dry_run;                   /* say what would be done; nothing is sent */
	bool no_verify;                 /* run no pre-push hook */
	bool is_atomic; /* all refs or none; GM_ERROR when the remote cannot do that */
};

enum gm_pushed {
	GM_PUSHED_UP_TO_DATE,
	GM_PUSHED_NEW,
	GM_PUSHED_FAST_FORWARD,
	GM_PUSHED_DELETED,
	GM_PUSHED_RESTORED, /* it had vanished from the remote (attached remotes) and is back */
	GM_PUSHED_BEHIND,   /* the remote has moved: fetch, merge and push again */
	GM_PUSHED_REJECTED, /* asking again will not help */
};

struct gm_pushed_ref {
	char *local; /* as in the update; NULL: deleted */
	char *remote_ref;
	struct gm_oid old_oid; /* what the remote had; zero: nothing */
	/*
	 * What it has now; of one that was not taken, what it was to have. A ref that had vanished
	 * with commits that are not in what was to be sent is restored as it was, to be merged.
	 */
	struct gm_oid new_oid;
	enum gm_pushed kind;
	char *reason; /* of BEHIND and REJECTED: "fetch first", the remote's words; else NULL */
	bool is_remote_reason; /* it was the remote that refused */
	char *tracking_ref;    /* the tracking ref that moved along; NULL: none */
};
void gm_pushed_ref_dispose(struct gm_pushed_ref *ref);

/* "up-to-date", "new", "fast-forward" ...: as --json tells it. */
const char *gm_pushed_name(enum gm_pushed kind);

/* In the order of the updates; refs that were restored besides come behind. */
struct gm_push_result {
	struct gm_pushed_ref *refs;
	size_t n;
	uint64_t n_objects; /* that were sent */
	uint64_t bytes;     /* of the pack */
};

#define GM_PUSH_RESULT_INIT           \
	{                             \
		.refs = NULL, .n = 0, \
	}
#define gm_autopushresult gm_cleanup(gm_push_result_dispose) struct gm_push_result
void gm_push_result_dispose(struct gm_push_result *result);

/*
 * Push. What became of the refs is in `out` (which must be fresh), also when none of them was
 * taken: 0 says that the remote was asked.
 *
 * GM_EACCESS with their names when memories would be sent that this remote is not to have
 * (gm_remote.scope), GM_ENO when the pre-push hook refused: nothing was sent then. Any other
 * error is that of the connection; when it broke after the pack was sent the remote may have
 * taken it, which the next push finds out.
 */
int gm_sync_push(struct gm_push_result *out, struct gm_sync *sync,
	const struct gm_push_request *request);

#endif
