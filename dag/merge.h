/*
 * Merging a commit into a branch: nothing to do, a fast-forward, or a commit with two parents.
 *
 * A merge is planned without the lock, by gm_merge_plan(), which leaves no trace; so a plan that
 * is dropped was a dry run. It is made under the lock by gm_merge_make(), which plans anew when
 * the branch has moved meanwhile: other writers may do what they want.
 */
#ifndef GM_DAG_MERGE_H
#define GM_DAG_MERGE_H

#include "dag/merge_state.h"
#include "dag/transaction.h"
#include "dag/tree_merge.h"

enum gm_merge_kind {
	GM_MERGE_UP_TO_DATE,   /* the branch has it already */
	GM_MERGE_FAST_FORWARD, /* the branch is moved to it */
	GM_MERGE_TRUE,         /* a commit with two parents */
};

/* All lent. */
struct gm_merge_options {
	const char *ref;      /* the branch; "HEAD" when detached */
	struct gm_oid start;  /* where a branch that does not exist yet starts; or zero */
	struct gm_oid theirs; /* the commit to merge */
	enum gm_merge_strategy strategy;
	const struct gm_settlement *settlements;
	size_t n_settlements;
	bool no_ff;   /* a commit also where the branch could just be moved */
	bool ff_only; /* no commit */
	bool allow_unrelated;
	bool no_tree; /* only to be told: the result is not written, and cannot be made */
	bool only_both; /* nobody wants to be told what one side alone changed */
};

struct gm_merge {
	enum gm_merge_kind kind;
	struct gm_oid at;           /* the branch; zero when it does not exist */
	struct gm_oid tip;          /* what is merged into; zero: nothing */
	struct gm_oid tip_tree;     /* its tree */
	struct gm_oid base;         /* what they have in common; zero: not one commit */
	struct gm_oid theirs_tree;  /* that of the other commit */
	struct gm_tree_merge trees; /* with GM_MERGE_TRUE */
	struct gm_batch *batch;     /* what it wrote */
	bool is_unrelated;          /* why it was refused */
	bool *stale; /* of the settlements: its memory was changed since; it does not count */
};

#define GM_MERGE_INIT                                       \
	{                                                   \
		.trees = GM_TREE_MERGE_INIT, .batch = NULL, \
	}
#define gm_automerge gm_cleanup(gm_merge_dispose) struct gm_merge
void gm_merge_dispose(struct gm_merge *merge);

/*
 * Find out what is to be done; `out` must be fresh. GM_ERROR when it cannot be as the options
 * say; then `is_unrelated` tells that the two have no commit in common.
 */
int gm_merge_plan(struct gm_merge *out, struct gm_repo *repo,
	const struct gm_merge_options *options);

/* Whether conflicts are left that somebody has to settle first. */
bool gm_merge_is_unsettled(
	const struct gm_merge *merge, const struct gm_merge_options *options);

/* What is to be said of a merge. */
struct gm_merge_record {
	const struct gm_signature *author;
	const struct gm_signature *committer;
	const char *message;   /* of the commit */
	const char *moved;     /* the reflog's line for a fast-forward */
	const char *committed; /* and for a commit */
};

/*
 * Do what is planned, and move the branch; `out->committed` says whether it was moved. A merge
 * with conflicts that are not settled is not made. The batch is spent.
 */
int gm_merge_make(struct gm_transaction_result *out, struct gm_merge *merge,
	struct gm_repo *repo, struct gm_lock *lock,
	const struct gm_merge_options *options, const struct gm_merge_record *record);

#endif
