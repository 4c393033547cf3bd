/*
 * The object store of a repository. It hides how objects lie on disk: Git's own layout (loose
 * objects and packs) now, segments later.
 *
 * Reading is lock-free and always sees whole objects. Every object that is read is checked:
 * bounded while it is inflated, then hashed again. A handle is for one thread at a time.
 */
#ifndef GM_OBJSTORE_STORE_H
#define GM_OBJSTORE_STORE_H

#include "base/buf.h"
#include "base/mem.h"
#include "objstore/object.h"

struct gm_store;

/* Open the store whose objects lie in `objects_dir` (`.gitmem/objects`). gm_store_free(). */
int gm_store_open(struct gm_store **out, const char *objects_dir);
void gm_store_free(struct gm_store *store);
GM_DEFINE_CLEANUP(struct gm_store, gm_store_free)

/*
 * Read one object into `out`, replacing its contents; on failure it is empty.
 * Returns GM_ENOTFOUND when absent, GM_EMISMATCH when what is stored is truncated, lies about
 * its size or does not hash to `oid`, GM_ETOOBIG when it does not fit the ceiling of `out`.
 */
int gm_store_read(struct gm_buf *out, enum gm_object_type *type_out,
	struct gm_store *store, const struct gm_oid *oid);

/* gm_store_read(), and GM_EMISMATCH when the object is not of this type. */
int gm_store_read_type(struct gm_buf *out, struct gm_store *store,
	const struct gm_oid *oid, enum gm_object_type type);

/* Type and size only; cheaper, and the contents are not checked. Codes as above. */
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

/* Every object once, in no order. */
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
 * A batch: objects on their way into the store. Nothing is visible before gm_batch_commit();
 * then everything is, and survives a power cut. Up to 100 objects (and 32 MB) become loose
 * ones, more become one pack, so a batch of any size needs little memory: some 90 bytes for
 * each object. After a failed write or commit a batch is only good for gm_batch_free().
 */
struct gm_batch;

int gm_batch_begin(struct gm_batch **out, struct gm_store *store);

/*
 * Add one object. One that the batch has already is passed over, one that the store has is only
 * refreshed; but where a pack is written, a loose copy does not count: to flush it, as what is
 * kept must be, takes longer than to write it once more.
 */
int gm_batch_write(struct gm_oid *oid_out, struct gm_batch *batch,
	enum gm_object_type type, const void *data, size_t size);

/* gm_store_read() that sees the batch's own objects too. */
int gm_batch_read(struct gm_buf *out, enum gm_object_type *type_out,
	struct gm_batch *batch, const struct gm_oid *oid);

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
