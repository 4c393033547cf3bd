/*
 * Names that must not be mixed up: a file system that folds case, or normalises, takes two
 * spellings of one name for the same file. Each is spelled one way only here.
 */
#ifndef GM_CMD_SPELLINGS_H
#define GM_CMD_SPELLINGS_H

#include "base/map.h"
#include "objstore/oid.h"

struct gm_spellings {
	struct gm_map folded; /* SHA-1 of a path as it may be seen -> how it is spelled */
};

#define GM_SPELLINGS_INIT                           \
	{                                           \
		.folded = GM_MAP_INIT(GM_OID_SIZE), \
	}
void gm_spellings_dispose(struct gm_spellings *spellings);

/* GM_EEXISTS when the path, or a folder on the way, is known by another spelling. */
int gm_spellings_check(const struct gm_spellings *spellings, const char *path);

int gm_spellings_note(struct gm_spellings *spellings, const char *path);

#endif
