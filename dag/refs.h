/*
 * Refs in Git's files: loose refs, packed-refs, symbolic HEAD, reflogs
 * (gitrepository-layout(5), git-pack-refs(1)); or in the segments of the store
 * (gitmem-format(5)).
 *
 * Changes are made under the repository lock. While one is made in Git's files Git's own
 * `REF.lock` stands, so that stock git waits for us; one that stock git holds we wait for.
 */
#ifndef GM_DAG_REFS_H
#define GM_DAG_REFS_H

#include "base/lock.h"
#include "dag/reflog.h"
#include "objstore/store.h"

struct gm_refs;

/* For the repository folder `gitdir`. gm_refs_free(). */
int gm_refs_open(struct gm_refs **out, const char *gitdir);

/* The same for a repository with this store, in whose segments the refs are if it has any. */
int gm_refs_open_store(struct gm_refs **out, const char *gitdir, struct gm_store *store);
void gm_refs_free(struct gm_refs *refs);
GM_DEFINE_CLEANUP(struct gm_refs, gm_refs_free)

/* git-check-ref-format(1), for a full name ("refs/heads/x", "HEAD"). GM_EINVALID with the name. */
int gm_ref_check_name(const char *name);

/*
 * Read a ref, following symbolic ones (5 steps at most). `name_out` (may be NULL; appended)
 * gets the name of the last one, also when that does not exist yet. GM_ENOTFOUND for an
 * absent ref, GM_EMISMATCH for a broken file.
 */
int gm_ref_read(struct gm_oid *out, struct gm_buf *name_out, struct gm_refs *refs,
	const char *name);

/* What a symbolic ref points to, appended. GM_ENOTFOUND when `name` is not symbolic. */
int gm_ref_read_symbolic(struct gm_buf *out, struct gm_refs *refs, const char *name);

/*
 * Each ref below `prefix` ("refs/heads/"), in name order. A non-zero return ends it. A ref
 * whose own file is broken is left out, as git does; gm_refs_on_broken() tells of it.
 */
typedef int (*gm_ref_each_fn)(const char *name, const struct gm_oid *oid, void *payload);
int gm_refs_each(
	struct gm_refs *refs, const char *prefix, gm_ref_each_fn each, void *payload);

/* Whom gm_refs_each() is to tell of the refs it leaves out; NULL for nobody, as at first. */
typedef void (*gm_ref_broken_fn)(const char *name, void *payload);
void gm_refs_on_broken(struct gm_refs *refs, gm_ref_broken_fn broken, void *payload);

struct gm_ref_update {
	const char *name;               /* if symbolic, its target is changed */
	struct gm_oid old_oid;          /* what it must be now; zero: it must not exist */
	struct gm_oid new_oid;          /* zero: remove it */
	const struct gm_signature *who; /* for the reflog; NULL writes none */
	const char *message;            /* one line */
};

/*
 * Change one ref, durably, and write its reflog, and those of the symbolic refs that lead to
 * it from `name` and from HEAD. When it fails, the ref is where it was; the message says so
 * should even that fail.
 * Returns GM_EMODIFIED when it is not at `old_oid`, GM_EEXISTS when another ref's name is a
 * folder on its path, GM_ELOCKED when stock git holds it for over ten seconds.
 */
int gm_ref_update(
	struct gm_refs *refs, struct gm_lock *lock, const struct gm_ref_update *update);

/*
 * The same together with a batch, which is committed: the objects are durable when the ref
 * moves, and where both are in segments they come to be at once.
 */
int gm_ref_update_with(struct gm_refs *refs, struct gm_lock *lock, struct gm_batch *batch,
	const struct gm_ref_update *update);

/*
 * Change many refs. With refs in segments all of them change at once, by one flush, or none
 * does; in Git's files one after the other, those that are removed first, so that a failure
 * leaves those that changed before it. A name may be given once; one that is removed makes room
 * for others on its path. Codes as above; `failed_out` (may be NULL) is then the number of the
 * update that failed, or `n` when it was none in particular.
 */
int gm_ref_update_all(struct gm_refs *refs, struct gm_lock *lock,
	const struct gm_ref_update *updates, size_t n, size_t *failed_out);

/*
 * The same together with a batch, as gm_ref_update_with(). When one update failed, the batch can
 * be used again, for the others.
 */
int gm_ref_update_all_with(struct gm_refs *refs, struct gm_lock *lock,
	struct gm_batch *batch, const struct gm_ref_update *updates, size_t n,
	size_t *failed_out);

/* Point HEAD (or another symbolic ref) at `target`; with `who`, the move goes to its reflog. */
int gm_ref_set_symbolic(struct gm_refs *refs, struct gm_lock *lock, const char *name,
	const char *target, const struct gm_signature *who, const char *message);

/* The logs, as in dag/reflog.h, wherever the refs are kept. A ref's log goes with it. */
int gm_ref_log_each(
	struct gm_refs *refs, const char *ref, gm_reflog_each_fn each, void *payload);

/*
 * Forget the entries for which `keep` returns 0; 1 keeps one, an error ends it. `ref` NULL: in
 * the logs of all refs that exist, and of HEAD. What is forgotten is gone for good, and so is,
 * with the next gc, what nothing else leads to. Of who it was `keep` is told the time alone.
 * GM_ELOCKED when others are in the way.
 */
typedef int (*gm_ref_log_keep_fn)(
	const char *ref, const struct gm_reflog_entry *entry, void *payload);
int gm_ref_logs_filter(struct gm_refs *refs, struct gm_lock *lock, const char *ref,
	gm_ref_log_keep_fn keep, void *payload);

/*
 * Give a ref, which is not symbolic, another name, and its log with it, to which an entry is
 * added. HEAD may follow. In the segment store all of it happens at once; with Git's files the
 * new name comes first and the old one goes last, so that at every instant the commits have a
 * name, and HEAD leads to a ref that exists.
 * GM_EEXISTS when the new name is taken, or in the way of another; GM_EMODIFIED when the ref is
 * not at `oid`; GM_ETOOBIG when the log is too long to be moved at once (30 MB).
 */
struct gm_ref_renaming {
	const char *from;
	const char *to;
	struct gm_oid oid;
	bool moves_head;
	const struct gm_signature *who;
	const char *message;
};
int gm_ref_rename(struct gm_refs *refs, struct gm_lock *lock,
	const struct gm_ref_renaming *renaming);

#endif
