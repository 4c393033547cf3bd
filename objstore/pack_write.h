/*
 * A pack in the making, streamed to a temporary file, so that a pack of any size needs about 32
 * bytes of memory for each object. Which objects go in, each once, whole or as deltas, is for
 * the caller to see to.
 */
#ifndef GM_OBJSTORE_PACK_WRITE_H
#define GM_OBJSTORE_PACK_WRITE_H

#include "base/buf.h"
#include "objstore/object.h"
#include "objstore/pack_keep.h"
#include "objstore/zstream.h"

struct gm_pack_writer;

/* What the index will say of an object. */
struct gm_pack_record {
	struct gm_oid oid;
	uint32_t crc;
	uint64_t offset;
};

/* A new pack in the folder of objects `objects_dir`. gm_pack_writer_free(). */
int gm_pack_writer_open(struct gm_pack_writer **out, const char *objects_dir);

/* Compress better and take more time for it. Before the first object. */
void gm_pack_writer_squeeze(struct gm_pack_writer *writer);

/* Drops the pack unless it was finished. */
void gm_pack_writer_free(struct gm_pack_writer *writer);
GM_DEFINE_CLEANUP(struct gm_pack_writer, gm_pack_writer_free)

/* After a failure the writer is only good for gm_pack_writer_free(). */
int gm_pack_writer_add(struct gm_pack_writer *writer, const struct gm_oid *oid,
	enum gm_object_type type, const void *data, size_t size);

/* The same as a delta (objstore/delta_encode.h) of what was added as number `base`, from 0. */
int gm_pack_writer_add_delta(struct gm_pack_writer *writer, const struct gm_oid *oid,
	size_t base, const void *delta, size_t size);

/* How many objects were added. */
size_t gm_pack_writer_n(const struct gm_pack_writer *writer);

/* Read back the object that was added whole as number `at`, from 0. */
int gm_pack_writer_read(struct gm_buf *out, enum gm_object_type *type_out,
	struct gm_pack_writer *writer, struct gm_inflate *inflate, size_t at);

/*
 * Make the pack durable and visible; it is kept until `keep_out` is released. The writer is
 * then only good for being freed.
 */
int gm_pack_writer_finish(struct gm_pack_keep *keep_out, struct gm_pack_writer *writer);

/* The path of a finished pack without `.pack`. Lent. */
const char *gm_pack_writer_base(const struct gm_pack_writer *writer);

/*
 * Write an index of version 2 for `records`, which are sorted by name, to `fd`; `name` is for
 * messages. Not flushed.
 */
int gm_pack_index_write(int fd, const char *name, const struct gm_pack_record *records,
	size_t n, const uint8_t pack_checksum[GM_SHA1_SIZE]);

#endif
