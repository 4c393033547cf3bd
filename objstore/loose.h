/*
 * Loose objects: one object in one file, `ab/cdef...` below the folder of objects, which holds
 * `TYPE SP SIZE NUL CONTENT` compressed by zlib.
 */
#ifndef GM_OBJSTORE_LOOSE_H
#define GM_OBJSTORE_LOOSE_H

#include "base/buf.h"
#include "base/file.h"
#include "objstore/object.h"
#include "objstore/zstream.h"

/* Replace the contents of `out` by the path of an object below the folder `dir`. */
int gm_loose_path(struct gm_buf *out, const char *dir, const struct gm_oid *oid);

/*
 * Read the file at `path`; the name of the object is for the caller to check. Returns
 * GM_ENOTFOUND (no message), GM_EMISMATCH for a file that is not just one object, GM_ETOOBIG.
 */
int gm_loose_read(struct gm_buf *out, enum gm_object_type *type_out,
	struct gm_inflate *inflate, const char *path);

/* The same for bytes in memory. */
int gm_loose_decode(struct gm_buf *out, enum gm_object_type *type_out,
	struct gm_inflate *inflate, const void *bytes, size_t size);

int gm_loose_read_header(enum gm_object_type *type_out, size_t *size_out,
	struct gm_inflate *inflate, const char *path);

/*
 * If a sound copy of the object, of `size` bytes, stands at `path`, make sure that it survives
 * a power cut and is young in the eyes of `git gc`. 1 when all that is so, 0 when it is to be
 * written anew.
 */
int gm_loose_refresh(struct gm_inflate *inflate, const char *path,
	const struct gm_oid *oid, size_t size);

/* Write an object to a temporary file in `dir`, and have the system begin to flush it. */
int gm_loose_write(struct gm_tempfile *out, struct gm_deflate *deflate, const char *dir,
	enum gm_object_type type, const void *data, size_t size);

/*
 * Rename it to `path`, replacing what is there. The folder is made when it is missing, also
 * when a peer's `git gc` removes it under our hands.
 */
int gm_loose_publish(struct gm_tempfile *temp, const char *path);

#endif
