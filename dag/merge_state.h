/*
 * A merge that waits for somebody to settle its conflicts (gitmem-format(5), "MERGE").
 *
 * There is at most one a branch, in the file `merge/BRANCH`: the commit that is to be merged,
 * the message, and what was settled so far. The ref `refs/gitmem/merge/BRANCH` keeps the commit.
 * The branch itself is not held up: the merge is computed anew on the tip that it has when
 * everything is settled.
 *
 * Reading needs no lock. What is read is checked; nothing in it is trusted.
 */
#ifndef GM_DAG_MERGE_STATE_H
#define GM_DAG_MERGE_STATE_H

#include "dag/repository.h"
#include "dag/tree_merge.h"

/* Limits of what is read, in bytes. */
#define GM_MERGE_MAX_NAME ((size_t)1 << 20)
#define GM_MERGE_MAX_MESSAGE ((size_t)1 << 20)
#define GM_MERGE_MAX_FILE \
	((size_t)32 << 20) /* of one that a person settled a conflict with */

/* The refs that keep what is to be merged begin so. */
#define GM_MERGE_REFS "refs/gitmem/merge/"

/*
 * How one conflict was settled. It holds as long as both sides are what they were then: what
 * another writer made of a memory since nobody has looked at.
 */
struct gm_settlement {
	char *name; /* the id of a memory, or the path of a file that is none */
	enum gm_resolution_take take;
	struct gm_buf bytes;        /* GM_TAKE_BYTES: those of the file */
	struct gm_oid ours, theirs; /* the blobs then; zero where there was none */
};

struct gm_merge_state {
	char *ref; /* the branch that waits; "HEAD" when detached */
	struct gm_oid theirs;
	char *name;    /* what was asked for: "x", "origin/main~2" */
	char *message; /* the whole message of the commit to come */
	bool allow_unrelated;
	struct gm_settlement *settlements;
	size_t n;
	size_t cap;
};

#define GM_MERGE_STATE_INIT                       \
	{                                         \
		.ref = NULL, .settlements = NULL, \
	}
#define gm_automergestate gm_cleanup(gm_merge_state_dispose) struct gm_merge_state
void gm_merge_state_dispose(struct gm_merge_state *state);

/*
 * Settle a conflict, in the place of what was settled about it before. `bytes` are copied;
 * NULL unless a file is taken.
 */
int gm_merge_state_settle(struct gm_merge_state *state, const struct gm_settlement *how);

/*
 * Read what waits on the branch `ref` into `out`, which is replaced. GM_ENOTFOUND, without a
 * message worth showing, when nothing does; GM_EMISMATCH when the file is damaged. What a
 * newer gitmem wrote counts as damaged.
 */
int gm_merge_state_read(
	struct gm_merge_state *out, struct gm_repo *repo, const char *ref);

/* Let the merge wait, or replace what is said of one that waits already: durably. */
int gm_merge_state_write(
	struct gm_repo *repo, struct gm_lock *lock, const struct gm_merge_state *state);

/* Nothing waits any longer, not even what is damaged. Fine when nothing did. */
int gm_merge_state_clear(struct gm_repo *repo, struct gm_lock *lock, const char *ref);

/* What waits follows its branch to a new name. Fine when nothing does. */
int gm_merge_state_rename(
	struct gm_repo *repo, struct gm_lock *lock, const char *from, const char *to);

/* The same of a file, whatever branch it is of; and of its contents, GM_EINVALID. */
int gm_merge_state_read_file(struct gm_merge_state *out, const char *path);
int gm_merge_state_parse(struct gm_merge_state *out, const char *text, size_t size);

/*
 * Append the name of the ref that keeps the commit for the branch `ref`, and of the file in
 * the repository's folder ("merge/main").
 */
int gm_merge_state_ref(struct gm_buf *out, const char *ref);
int gm_merge_state_file(struct gm_buf *out, const char *ref);

#endif
