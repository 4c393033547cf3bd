/*
 * What the files that make up dag/refs.h share.
 */
#ifndef GM_DAG_REFS_INTERNAL_H
#define GM_DAG_REFS_INTERNAL_H

#include "dag/ref_group.h"
#include "dag/refs.h"

struct gm_ref_backend;

struct gm_refs {
	struct gm_store *
		store; /* lent; where it has segments, the refs are in them. May be NULL */
	char *gitdir;
	gm_ref_broken_fn broken; /* may be NULL */
	void *broken_payload;
};

/* What a ref's own file says. */
struct gm_loose_ref {
	struct gm_oid oid;
	char *target; /* of a symbolic one, else NULL; gm_free */
};

/* Where refs are kept: in Git's files, or in the store's segments. As dag/refs.h says. */
struct gm_ref_backend {
	/* What the ref itself says: 1, 0 when it does not exist, GM_EMISMATCH when broken. */
	int (*read)(
		struct gm_loose_ref *out, const struct gm_refs *refs, const char *name);
	int (*each)(struct gm_refs *refs, const char *prefix, gm_ref_each_fn each,
		void *payload);
	/* Commits the batch, if there is one, first or together with the change. */
	int (*update)(struct gm_refs *refs, struct gm_lock *lock, struct gm_batch *batch,
		const struct gm_ref_update *update);
	/* The same of many; `group` is that of the updates. */
	int (*update_all)(struct gm_refs *refs, struct gm_lock *lock,
		struct gm_batch *batch, const struct gm_ref_update *updates,
		const struct gm_ref_group *group, size_t *failed_out);
	int (*set_symbolic)(struct gm_refs *refs, struct gm_lock *lock, const char *name,
		const char *target, const struct gm_signature *who, const char *message);
	int (*log_each)(struct gm_refs *refs, const char *ref, gm_reflog_each_fn each,
		void *payload);
	int (*rename)(struct gm_refs *refs, struct gm_lock *lock,
		const struct gm_ref_renaming *renaming);
};

extern const struct gm_ref_backend gm_ref_files;
extern const struct gm_ref_backend gm_ref_segments;

/* Where they are now: a repository can be converted while it is open. */
const struct gm_ref_backend *gm_refs_backend(const struct gm_refs *refs);

/*
 * What the ref itself says, as gm_ref_backend.read, in the layout that the repository has by
 * now.
 */
int gm_refs_read_one(
	struct gm_loose_ref *out, const struct gm_refs *refs, const char *name);

/* The files' part of gm_ref_backend that needs more than a few lines. */
int gm_ref_files_each(
	struct gm_refs *refs, const char *prefix, gm_ref_each_fn each, void *payload);
int gm_ref_files_update(
	struct gm_refs *refs, struct gm_lock *lock, const struct gm_ref_update *update);
int gm_ref_files_set_symbolic(struct gm_refs *refs, struct gm_lock *lock,
	const char *name, const char *target, const struct gm_signature *who,
	const char *message);

/* Whether `target` may be what the symbolic ref `name` points to: GM_EINVALID. */
int gm_ref_check_symbolic(const char *name, const char *target);

/* 1, 0 when there is no such file, GM_EMISMATCH when it is broken. */
int gm_loose_ref_read(
	struct gm_loose_ref *out, const struct gm_refs *refs, const char *name);

/*
 * A `.lock` file of Git's: whoever made it may replace the file it is named after. Ours carry
 * the owner's execute bit until they are renamed, which stock git's never do. As ours are only
 * made under the repository lock, one that stands while we hold that was left by a process
 * that was killed.
 */
struct gm_ref_lock {
	char *path; /* NULL: not held */
	char *target;
	int fd;
	unsigned mode; /* what the file is to have in the end */
};

#define GM_REF_LOCK_INIT                               \
	{                                              \
		.path = NULL, .target = NULL, .fd = -1 \
	}
#define gm_autoref_lock gm_cleanup(gm_ref_lock_dispose) struct gm_ref_lock

/*
 * Take the lock of the file `name` below the repository's folder, making folders on the way.
 * GM_ELOCKED when stock git holds it for over ten seconds, GM_EEXISTS when a file is where a
 * folder must be.
 */
int gm_ref_lock_take(struct gm_ref_lock *out, const struct gm_refs *refs,
	struct gm_lock *lock, const char *name);

/*
 * Tidy up after a killed holder: remove the lock files that its note names, and take the mark
 * off the files it had just put in place. What cannot be told from a lock of git's stays in the
 * note. Best effort.
 */
void gm_ref_lock_sweep(const struct gm_refs *refs, struct gm_lock *lock);

/* Put the new contents into the lock file and flush them. */
int gm_ref_lock_write(struct gm_ref_lock *held, const void *data, size_t size);

/* Rename it over what it locks, which lets go. The folder is not flushed. */
int gm_ref_lock_commit(struct gm_ref_lock *held);

/* Let go, removing the lock file. */
void gm_ref_lock_dispose(struct gm_ref_lock *held);

/*
 * GM_EEXISTS unless `name` can be a ref beside those in packed-refs; a name that is a folder on
 * the way to another ref cannot. The two below say so of refs that have files.
 */
int gm_ref_check_packed(const struct gm_refs *refs, const char *name);

/* The refusal when a file stands where a folder on the way to `name` must be. */
int gm_ref_refuse_below_file(const struct gm_refs *refs, const char *name);

/* The refusal when `name` is a folder on the way to others. */
int gm_ref_refuse_below(const char *name);

/*
 * Refuse a file `name` below `dir` when a folder on the way to it is a symbolic link: a
 * repository from elsewhere must not make us write outside it.
 */
int gm_ref_folders_check(const char *dir, const char *name);

/* Make the folder that is to hold the file `path`, one that is removed meanwhile too. */
int gm_ref_folders_make(const char *path);

/*
 * Remove the folders on the way to `name` ("refs/heads/a/b") below `dir` that are empty, up to
 * the second one, which stays. Best effort: one that is in use is not empty.
 */
void gm_ref_folders_prune(const char *dir, const char *name);

/* Remove the folder `path` when it holds nothing but empty folders. Best effort. */
void gm_ref_folders_remove_empty(const char *path);

/* Flush a folder and all below it, so that no name that was removed comes back. */
int gm_ref_folders_flush(const char *path);

#endif
