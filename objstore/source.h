/*
 * One folder of objects: the repository's own, or one it borrows from (an alternate). Knows
 * its packs, which are looked for when they are first needed.
 */
#ifndef GM_OBJSTORE_SOURCE_H
#define GM_OBJSTORE_SOURCE_H

#include <sys/stat.h>

#include "base/error.h"
#include "base/mem.h"
#include "objstore/pack.h"

struct gm_source {
	char *dir;
	char *pack_dir;
	dev_t device;
	ino_t inode;
	unsigned depth;         /* 0: ours; n: an alternate of an alternate ... */
	struct gm_pack **packs; /* they stay until the end, as callers hold on to them */
	size_t n_packs;
	size_t cap_packs;
	size_t recent; /* the pack that answered last */
	bool scanned;
	bool settled; /* `modified` tells whether packs came since the scan */
	struct timespec modified;
};

/* GM_ENOTFOUND when `dir` is no folder. gm_source_free(). */
int gm_source_open(struct gm_source **out, const char *dir);
void gm_source_free(struct gm_source *source);
GM_DEFINE_CLEANUP(struct gm_source, gm_source_free)

/* Look for packs, if that was not done. */
int gm_source_scan(struct gm_source *source);

/* Look again if the folder changed: 1 when a pack is new, else 0, or an error. */
int gm_source_rescan(struct gm_source *source);

/* Errors that another copy of the object would not mend. */
static inline bool gm_source_is_final(int rc)
{
	return rc == GM_ENOMEM || rc == GM_EINTERRUPTED;
}

/*
 * Call `each` for the packs, the one that answered last first, until it returns 0 or a final
 * error. Otherwise the last error is returned that is not GM_ENOTFOUND, or GM_ENOTFOUND.
 */
typedef int (*gm_pack_each_fn)(struct gm_pack *pack, void *payload);
int gm_source_try_packs(struct gm_source *source, gm_pack_each_fn each, void *payload);

#endif
