/*
 * The stage of a branch: changes that wait for the next commit, in one journal file
 * `stage/BRANCH` (gitmem-format(5), "STAGE"). A change is appended and flushed at once, so it
 * is cheap, and carries the bytes of its file, so that nothing but the journal is needed to
 * commit it.
 *
 * Reading needs no lock, but an order: first the stage, then the branch. A commit moves the
 * branch before it clears the stage, so who reads the branch first may see what was committed
 * in between on neither of them. Read in this order it is seen on both at worst, which is the
 * same as having it committed.
 */
#ifndef GM_DAG_STAGE_H
#define GM_DAG_STAGE_H

#include "dag/repository.h"

/* A file that is to be set or removed, and what it was when the change was made. */
struct gm_change {
	const char *path;
	struct gm_oid base; /* the blob at `path` then; zero: there was none */
	struct gm_oid tip;  /* the commit the change was made on; zero: none */
	struct gm_oid blob; /* the blob it becomes; zero: the file is removed */
	unsigned mode; /* that of the file; 0: the one it has, or that of a plain file */
	const void *
		data; /* its bytes; NULL when it is removed, or is in the store already */
	size_t size;
};

/* A commit and its tree; zero and the empty tree for a branch without one. */
struct gm_stage_tip {
	struct gm_oid commit;
	struct gm_oid tree;
};

struct gm_stage;

/*
 * Load the stage of the branch `ref` ("refs/heads/main", "HEAD" when detached). Without a
 * journal it is empty. A last group that was not written whole was never acknowledged and is
 * passed over. GM_EMISMATCH when the journal is damaged.
 */
int gm_stage_load(struct gm_stage **out, const struct gm_repo *repo, const char *ref);

/*
 * The same of a file that lies anywhere, and the bytes of such a file, appended: what a hook is
 * shown of a commit that is not the whole stage. Each change that sets a file has its bytes.
 */
int gm_stage_load_file(struct gm_stage **out, const char *path, const char *ref);
int gm_stage_encode(
	struct gm_buf *out, const char *ref, const struct gm_change *changes, size_t n);

void gm_stage_free(struct gm_stage *stage);
GM_DEFINE_CLEANUP(struct gm_stage, gm_stage_free)

/*
 * The changes, one a path, in path order: the first base and tip, the last contents. What ends
 * where it began is not among them. All lent by the stage.
 */
size_t gm_stage_size(const struct gm_stage *stage);
const struct gm_change *gm_stage_at(const struct gm_stage *stage, size_t i);
const struct gm_change *gm_stage_changes(const struct gm_stage *stage);

/* Whether both hold the same changes. */
bool gm_stage_equal(const struct gm_stage *a, const struct gm_stage *b);

/* The change of `path`, or NULL. */
const struct gm_change *gm_stage_find(const struct gm_stage *stage, const char *path);

/*
 * Append changes, all or none: when this returns 0 they survive a power cut. Each that sets a
 * file has its bytes in `data`; modes are not kept. `loaded` is the stage as it is under the
 * lock, NULL: it is loaded here. What a removal takes away is no longer in the file either.
 */
int gm_stage_append(struct gm_repo *repo, struct gm_lock *lock, const char *ref,
	const struct gm_stage *loaded, const struct gm_change *changes, size_t n);

/* Put these changes in the place of all that are there, in one step. */
int gm_stage_replace(struct gm_repo *repo, struct gm_lock *lock, const char *ref,
	const struct gm_change *changes, size_t n);

/* Forget the changes of the paths that `changes` name, and their contents, in one step. */
int gm_stage_drop(struct gm_repo *repo, struct gm_lock *lock, const char *ref,
	const struct gm_change *changes, size_t n);

/* Forget all changes of the branch. Fine when there are none. */
int gm_stage_clear(struct gm_repo *repo, struct gm_lock *lock, const char *ref);

/* The stage follows its branch to a new name. Fine when there is none. */
int gm_stage_rename(
	struct gm_repo *repo, struct gm_lock *lock, const char *from, const char *to);

/*
 * Each file in the folder of the stages, with the full name of the ref whose stage it says it
 * is ("HEAD" for a detached one); NULL when it does not say so, being no journal, or torn.
 */
typedef int (*gm_stage_each_fn)(const char *file, const char *ref, void *payload);
int gm_stages_each(const struct gm_repo *repo, gm_stage_each_fn each, void *payload);

#endif
