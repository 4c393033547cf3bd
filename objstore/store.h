/*
 * The object store of a repository. It hides how objects lie on disk: in Git's own layout
 * (loose objects and packs), or in segments (gitmem-format(5)), beside which there may be
 * objects in Git's layout that came from elsewhere.
 *
 * Reading is lock-free and always sees whole objects. Every object that is read is checked:
 * bounded while it is inflated, then hashed again. A handle is for one thread at a time.
 */
#ifndef GM_OBJSTORE_STORE_H
#define GM_OBJSTORE_STORE_H

#include "base/buf.h"
#include "base/lock.h"
#include "base/mem.h"
#include "objstore/object.h"

struct gm_store;

/*
 * Open the store in `path`: a repository's folder with segments (`store/manifest` in it), or
 * a folder of objects in Git's layout (`.gitmem/objects`). gm_store_free().
 */
int gm_store_open(struct gm_store **out, const char *path);

/* Make an empty store of segments in a repository's folder. GM_EEXISTS when there is one. */
int gm_store_create(const char *gitdir);

/*
 * Append the path that `name` has in the folder for what is derived from the objects, and for
 * this machine only: beside the segments, or `info` in Git's layout.
 */
int gm_store_derived_path(
	struct gm_buf *out, const struct gm_store *store, const char *name);

/*
 * See the objects of another folder in Git's layout, too, for as long as the store is open, as if
 * it were an alternate of the repository: for looking at what is not in the repository yet.
 * GM_ENOTFOUND when it is no folder. What is written does not rely on it: an object that only
 * it has is written.
 */
int gm_store_borrow(struct gm_store *store, const char *objects_dir);

/* Whether it has segments: the functions below that need them fail where it has none. */
bool gm_store_has_segments(const struct gm_store *store);

/*
 * Say of which repository it is: when that is converted to the other layout while the store is
 * open, the store follows as soon as an object is missing, or on gm_store_follow(). What was
 * lent stays good; a batch that was begun before fails to commit.
 */
int gm_store_set_repository(struct gm_store *store, const char *gitdir);

/* Be in the layout that the repository has now: 1 when that is another one than before. */
int gm_store_follow(struct gm_store *store);

/* core.fsync: false leaves it to the system when commits reach the device. */
void gm_store_set_flushed(struct gm_store *store, bool is_flushed);

/*
 * Who we are, for those who wait for the lock of the store (segments; inside the repository
 * lock if that is held, and held for an instant); and whom to tell when we wait for over a
 * second (base/lock.h), NULL for nobody. `command` is lent for as long as the store is open.
 */
void gm_store_set_waiting(struct gm_store *store, const char *command,
	gm_lock_wait_fn waiting, void *payload);

/*
 * Group commit, for a process that serves many (segments only). While flushes are held,
 * gm_batch_commit() makes what it commits visible to this handle only; gm_store_flush() then
 * makes all of it durable and visible to all at once, by one write and one flush: all of
 * it, or nothing. So nothing may be acknowledged before it has returned 0; when it fails,
 * every commit since the last one is gone, and the handle sees the store without them. Large
 * batches, more than some megabytes, and gm_store_settle() flush early by themselves.
 *
 * From the first such commit to the flush others wait for the lock of the store: collect what
 * is there, commit it, flush. The repository lock, if it is used, is taken before and given
 * back after that, since who waits for it may already be waited for.
 *
 * `hold` false flushes, and from then on each commit does again.
 */
int gm_store_hold_flushes(struct gm_store *store, bool hold);
int gm_store_flush(struct gm_store *store);

void gm_store_free(struct gm_store *store);
GM_DEFINE_CLEANUP(struct gm_store, gm_store_free)

/*
 * Read one object into `out`, replacing its contents; on failure it is empty.
 * Returns GM_ENOTFOUND when absent, GM_EMISMATCH when what is stored is truncated, lies about
 * its size or does not hash to `oid`, GM_ETOOBIG when it does not fit the ceiling of `out`.
 */
int gm_store_read(struct gm_buf *out, enum gm_object_type *type_out,
	struct gm_store *store, const struct gm_oid *oid);

/*
 * The same of what nobody will read again soon: a tree is not kept among those read last, which
 * saves a copy of it. `near` is the id of the bytes in `near_bytes`, which must not be `out`: an
 * object that is stored as a difference to that one costs less then (NULL: there is none).
 */
int gm_store_read_once(struct gm_buf *out, enum gm_object_type *type_out,
	struct gm_store *store, const struct gm_oid *oid, const struct gm_oid *near,
	const struct gm_buf *near_bytes);

/* gm_store_read(), and GM_EMISMATCH when the object is not of this type. */
int gm_store_read_type(struct gm_buf *out, struct gm_store *store,
	const struct gm_oid *oid, enum gm_object_type type);

/*
 * Give the pages of mapped files back to the system, which counts them as ours: for who
 * reads everything there is. What is needed again is mapped again.
 */
void gm_store_forget_pages(struct gm_store *store);

/*
 * Type and size only; cheaper, and the contents are not checked. Codes as above. Without
 * `size_out` (NULL) nothing is inflated for an object that lies in a pack.
 */
int gm_store_read_header(enum gm_object_type *type_out, size_t *size_out,
	struct gm_store *store, const struct gm_oid *oid);

/* 1 or 0, or an error. */
int gm_store_exists(struct gm_store *store, const struct gm_oid *oid);

/*
 * Call `each` for the objects whose hexadecimal id begins with `hex` (`size` digits, 1 to
 * 40), each once, in no order. A non-zero return of the callback ends it and is returned.
 */
typedef int (*gm_store_each_fn)(const struct gm_oid *oid, void *payload);
int gm_store_each_prefix(struct gm_store *store, const char *hex, size_t size,
	gm_store_each_fn each, void *payload);

/*
 * How many hexadecimal digits of an id, `min` (2 or more) at least, tell it from every other
 * object, as far as the handle knows them: what others have written since it looked last may be
 * missed, and what cannot be read is. Cheap for many ids.
 */
int gm_store_abbreviate(
	size_t *digits_out, struct gm_store *store, const struct gm_oid *oid, size_t min);

/*
 * Every object once, in an order that is good for reading them all. When a part of the store
 * is broken, so that there may be more, those that are found are reported, and the error
 * is returned in the end.
 */
int gm_store_each(struct gm_store *store, gm_store_each_fn each, void *payload);

/*
 * Check what the store itself promises: pack and index checksums, sorted tables, file names,
 * an index beside every pack.
 * Calls `report` for each fault found (subject: a file's name); 0 unless it cannot go on.
 * The objects are for the caller to read.
 */
typedef int (*gm_store_report_fn)(const char *subject, const char *fault, void *payload);
int gm_store_check(struct gm_store *store, gm_store_report_fn report, void *payload);

/*
 * The same for what is no fault, but no part of the store either: files that nobody names, what
 * was cut off after a crash, bytes behind the end of a segment. Segments only.
 */
int gm_store_each_stray(struct gm_store *store, gm_store_report_fn report, void *payload);

/*
 * Compare the SHA-256 name that the store keeps of an object with its contents, and the names
 * kept of what those lead to. GM_EMISMATCH when it is another; 0 when none is kept.
 */
int gm_store_check_sha256(struct gm_store *store, const struct gm_oid *oid,
	enum gm_object_type type, const void *data, size_t size);

/*
 * Git's SHA-256 name of an object (hash-function-transition), also of those whose name must
 * be worked out from all they lead to. GM_ENOTFOUND when one of those does not exist.
 */
int gm_store_sha256(
	uint8_t out[GM_SHA256_SIZE], struct gm_store *store, const struct gm_oid *oid);

/* gm_store_each_prefix() by SHA-256 name (1 to 64 digits), in the segments. */
int gm_store_find_sha256(struct gm_store *store, const char *hex, size_t size,
	gm_store_each_fn each, void *payload);

/*
 * Refs, where they are kept in the store (segments), as of the last whole group of writes.
 */
struct gm_ref_value {
	struct gm_oid oid;  /* zero when it is symbolic */
	const char *target; /* of a symbolic one, else NULL; lent until the next call */
};

/* GM_ENOTFOUND when there is no such ref. Symbolic ones are not followed. */
int gm_store_ref_read(struct gm_ref_value *out, struct gm_store *store, const char *name);

/* Each ref whose name begins with `prefix`, in the order of names. */
typedef int (*gm_store_ref_fn)(
	const char *name, const struct gm_ref_value *value, void *payload);
int gm_store_refs_each(
	struct gm_store *store, const char *prefix, gm_store_ref_fn each, void *payload);

struct gm_ref_change {
	const char *name;
	struct gm_oid old_oid; /* what it must be; zero: it must not be there */
	struct gm_oid new_oid; /* zero: remove it */
	const char *target;    /* make it symbolic; the ids are then only for its log */
	bool is_log_only;      /* only an entry of its log, as HEAD has for its branch */
	const char *who;       /* "Name <email>", for the log; NULL: no entry */
	int64_t when;          /* in seconds since 1970 */
	int tz_minutes;
	const char *message;
};

/*
 * The log of a ref since it was made, newest first; a non-zero return ends it. The change is
 * lent.
 */
typedef int (*gm_store_reflog_fn)(const struct gm_ref_change *change, void *payload);
int gm_store_reflog_each(
	struct gm_store *store, const char *name, gm_store_reflog_fn each, void *payload);

/* The same for the logs of all refs at once: one pass instead of one for each ref. */
int gm_store_reflogs_each(struct gm_store *store, gm_store_reflog_fn each, void *payload);

/*
 * Forget the entries of the logs of all refs for which `keep` returns 0; 1 keeps one, an error
 * ends it before anything was forgotten. GM_ELOCKED when another process is at the upkeep.
 */
int gm_store_reflogs_filter(
	struct gm_store *store, gm_store_reflog_fn keep, void *payload);

/*
 * What a store with segments needs done between writes, in small steps: the active segment is
 * sealed when it is full, small indexes are merged, dictionaries are trained. To be called by
 * whoever committed batches, when no lock is held that others wait for. Cheap when nothing is
 * due. A failure takes nothing away, and the next writer sees to what was left.
 */
int gm_store_settle(struct gm_store *store);

/*
 * A batch: objects on their way into the store. Nothing is visible before gm_batch_commit();
 * then everything is, and survives a power cut. Up to 100 objects (and 32 MB) become loose
 * ones, more become one pack; with segments, a small batch is appended to the active one and a
 * large one becomes a segment. So a batch of any size needs little memory: some 150 bytes for
 * each object. After a failed write or commit a batch is only good for gm_batch_free().
 */
struct gm_batch;

/* To be freed before the store is. */
int gm_batch_begin(struct gm_batch **out, struct gm_store *store);

/*
 * Add one object. One that the batch has already is passed over, one that the store has is only
 * refreshed; but where a pack is written, a loose copy does not count: to flush it, as what is
 * kept must be, takes longer than to write it once more.
 */
int gm_batch_write(struct gm_oid *oid_out, struct gm_batch *batch,
	enum gm_object_type type, const void *data, size_t size);

/*
 * The same, for what is likely much like `base` (NULL: nothing is known of that): the last
 * version of a tree or a record. Only a hint, and only of use where there are segments.
 */
int gm_batch_write_based(struct gm_oid *oid_out, struct gm_batch *batch,
	enum gm_object_type type, const void *data, size_t size,
	const struct gm_oid *base);

/*
 * Change a ref in the store (segments) together with what the batch writes: gm_batch_commit()
 * makes all of it durable and visible at once, or returns GM_EMODIFIED, and does nothing, when
 * the ref is not at `old_oid`.
 */
int gm_batch_ref_update(struct gm_batch *batch, const struct gm_ref_change *change);

/* gm_store_read() that sees the batch's own objects too. */
int gm_batch_read(struct gm_buf *out, enum gm_object_type *type_out,
	struct gm_batch *batch, const struct gm_oid *oid);

/* What gm_store_read_once() takes: an object that may be the base of the one that is read. */
struct gm_near {
	const struct gm_oid *oid; /* NULL: there is none */
	const struct gm_buf *bytes;
};

/* gm_store_read_once() that sees the batch's own objects too; `near` NULL: gm_batch_read(). */
int gm_batch_read_once(struct gm_buf *out, enum gm_object_type *type_out,
	struct gm_batch *batch, const struct gm_oid *oid, const struct gm_near *near);

/*
 * The SHA-256 name of an object in the batch or in the store. GM_ENOTFOUND, without a message,
 * when it is not known and working it out is not done in passing: gm_store_sha256() may.
 */
int gm_batch_sha256(
	uint8_t out[GM_SHA256_SIZE], struct gm_batch *batch, const struct gm_oid *oid);

/*
 * Make all of it durable and visible, and begin anew: the batch is then empty and usable. As
 * long as it lives, no `git repack` takes away what was committed; a ref should lead there by
 * the time it is freed.
 */
int gm_batch_commit(struct gm_batch *batch);

/* Drop what was not committed. */
void gm_batch_free(struct gm_batch *batch);
GM_DEFINE_CLEANUP(struct gm_batch, gm_batch_free)

#endif
