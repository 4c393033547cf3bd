/*
 * Taking a pack that was made elsewhere on the same device, with its index, into a folder of
 * objects in Git's layout.
 */
#ifndef GM_OBJSTORE_PACK_ADOPT_H
#define GM_OBJSTORE_PACK_ADOPT_H

#include "objstore/pack_keep.h"

/*
 * Move the pack `base` (a path without `.pack`, whose last part is `pack-NAME`) into
 * `objects_dir`, durably. It is kept until `keep_out` is released. Fine when it is there already.
 */
int gm_pack_adopt(
	struct gm_pack_keep *keep_out, const char *objects_dir, const char *base);

#endif
