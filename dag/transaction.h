/*
 * Making a commit of changes, whatever happened to the branch since they were made.
 *
 * Any number of processes may do this at once. Under the repository lock each change is laid
 * on the tip as it is now: where the file is still what the change was made on, it is taken
 * as it is; where another writer came first, the two are merged as records
 * (dag/record_merge.h). Nobody fails for it, and nothing that either wrote is lost: a version
 * of ours that gave way in a value, or whole, is kept by a commit of its own on the old tip,
 * which the new commit has as its last parent.
 */
#ifndef GM_DAG_TRANSACTION_H
#define GM_DAG_TRANSACTION_H

#include "dag/record_merge.h"
#include "dag/stage.h"
#include "dag/tree_changes.h"

struct gm_transaction_options {
	const char *ref; /* the branch to move; "HEAD" when detached */
	struct gm_oid
		start; /* the commit a branch that does not exist yet starts at; or zero */
	const struct gm_signature *author;
	const struct gm_signature *committer;
	const char *message;         /* the whole message */
	const char *reflog_action;   /* "commit", "import": begins the reflog's line */
	bool allow_empty;            /* make a commit also when the tree stays the same */
	const struct gm_oid *merged; /* a second parent; NULL: none */
};

/* What became of a change that met another writer's. */
struct gm_transaction_note {
	char *path;
	char *text; /* "kept: it was changed meanwhile", ... */
};

struct gm_transaction_result {
	bool committed;       /* false: nothing had changed, and nothing has to be kept */
	struct gm_oid commit; /* the branch's tip afterwards; zero when it has none */
	struct gm_oid parent; /* the tip before; zero when there was none */
	struct gm_oid tree;
	struct gm_transaction_note *notes;
	size_t n_notes;
};

#define GM_TRANSACTION_RESULT_INIT           \
	{                                    \
		.notes = NULL, .n_notes = 0, \
	}
#define gm_autotransaction \
	gm_cleanup(gm_transaction_result_dispose) struct gm_transaction_result
void gm_transaction_result_dispose(struct gm_transaction_result *result);

/*
 * Commit the changes on the branch and move it, durably. Each that sets a file carries its
 * bytes, or its blob is in the store already.
 *
 * GM_EMISMATCH when the data of a change are not what its blob names, GM_EEXISTS when another
 * writer has put a file where the folder of a memory belongs. A file that is no memory is
 * merged by its lines; where they do not merge theirs stays.
 */
int gm_transaction_commit(struct gm_transaction_result *out, struct gm_repo *repo,
	struct gm_lock *lock, const struct gm_change *changes, size_t n,
	const struct gm_transaction_options *options);

/*
 * The same for changes that are a whole tree, in the store already, made on the tree of the
 * commit `base` (zero: on nothing). It is taken as it is unless the branch has moved on; then
 * what differs between the two trees is laid on the tip.
 */
int gm_transaction_commit_tree(struct gm_transaction_result *out, struct gm_repo *repo,
	struct gm_lock *lock, const struct gm_oid *base, const struct gm_oid *tree,
	const struct gm_transaction_options *options);

/*
 * The tree that changes come to on a commit when they are laid on it like this, written to the
 * batch, which may be committed on the way. Only notes are added to `result`; `lost_out` gets
 * our versions that gave way and stand nowhere.
 */
int gm_transaction_lay(struct gm_oid *out, struct gm_tree_changes *lost_out,
	struct gm_transaction_result *result, struct gm_repo *repo,
	struct gm_batch *batch, const struct gm_stage_tip *tip,
	const struct gm_change *changes, size_t n);

#endif
