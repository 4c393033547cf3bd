/*
 * The file `packed-refs` (git-pack-refs(1)): many refs, one a line, in name order when its
 * header says so. It is only ever replaced whole, so what was opened stays good.
 */
#ifndef GM_DAG_PACKED_REFS_H
#define GM_DAG_PACKED_REFS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/mapping.h"
#include "objstore/oid.h"

struct gm_packed_refs {
	struct gm_mapping mapping;
	const char *data;
	size_t size;
	size_t start; /* behind the header */
	bool sorted;
};

/*
 * Fill `out`, which needs no preparation and must not move, from the file below `gitdir`;
 * without one there are no refs. The lines are checked as they are read.
 */
int gm_packed_refs_open(struct gm_packed_refs *out, const char *gitdir);
void gm_packed_refs_dispose(struct gm_packed_refs *packed);

/* The same for bytes in memory, which are lent. */
void gm_packed_refs_set(struct gm_packed_refs *out, const char *data, size_t size);

struct gm_packed_ref {
	const char *name; /* not NUL-terminated */
	size_t name_size;
	struct gm_oid oid;
};

/*
 * Step through the refs: `*at` is `start` at first. Returns 1 with one (lent), 0 at the end,
 * GM_EMISMATCH on a line that is none.
 */
int gm_packed_refs_next(
	struct gm_packed_ref *out, size_t *at, const struct gm_packed_refs *packed);

/* 1 with the id of `name`, 0 when it is not there, or GM_EMISMATCH. */
int gm_packed_refs_find(
	struct gm_oid *out, const struct gm_packed_refs *packed, const char *name);

/* Where to begin a walk for the refs whose names begin with `prefix`. */
int gm_packed_refs_seek(
	size_t *out, const struct gm_packed_refs *packed, const char *prefix);

/* 1 when some name begins with `prefix`, 0 when none does, or GM_EMISMATCH. */
int gm_packed_refs_has(const struct gm_packed_refs *packed, const char *prefix);

/* Append all of the file but the lines of `name`. */
int gm_packed_refs_without(
	struct gm_buf *out, const struct gm_packed_refs *packed, const char *name);

#endif
