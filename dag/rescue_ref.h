/*
 * Rescue refs: what a branch was before sync merged it, or what a remote's branch was before it
 * was rewritten or removed there, `refs/gitmem/rescue/ours/BRANCH/TIME-ID` and
 * `refs/gitmem/rescue/theirs/REMOTE/BRANCH/TIME-ID`. They are local and never sent. gc forgets
 * them when they are old.
 */
#ifndef GM_DAG_RESCUE_REF_H
#define GM_DAG_RESCUE_REF_H

#include "base/time.h"
#include "dag/refs.h"

/* All refs that keep something begin so; also those of fsck and of reset, which do not age. */
#define GM_RESCUE_REFS "refs/gitmem/rescue/"

/* What is to be kept. All lent. */
struct gm_rescue {
	const char *remote; /* its name; "" for one that has none; NULL: a ref of ours */
	const char *ref;    /* the ref's full name, there or here: "refs/heads/main" */
	struct gm_oid oid;  /* what it was; in the store already */
	gm_time time;       /* now */
};

/*
 * Append the name of the ref that is to keep it, for who changes many refs at once. Returns 0
 * when that has to be made, 1 when it is there and keeps it already.
 */
int gm_rescue_ref_name(
	struct gm_buf *out, struct gm_refs *refs, const struct gm_rescue *rescue);

/* The same, and keep it, durably. */
int gm_rescue_ref_keep(struct gm_buf *ref_out, struct gm_refs *refs, struct gm_lock *lock,
	const struct gm_rescue *rescue);

/* Keep both sides of what is to be joined, at once. Appended as above. */
int gm_rescue_refs_keep(struct gm_buf *ours_out, struct gm_buf *theirs_out,
	struct gm_refs *refs, struct gm_lock *lock, const struct gm_rescue *ours,
	const struct gm_rescue *theirs);

/*
 * Forget those whose time is before `before`; `*n_out` is how many. With `lock` NULL they are
 * only counted. GM_ELOCKED when others are in the way.
 */
int gm_rescue_refs_expire(
	size_t *n_out, struct gm_refs *refs, struct gm_lock *lock, gm_time before);

#endif
