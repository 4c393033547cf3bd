/*
 * The layouts of repositories as users name them: of --object-store and init.objectStore.
 */
#ifndef GM_CMD_LAYOUT_H
#define GM_CMD_LAYOUT_H

#include "dag/repository.h"

#define GM_LAYOUT_CHOICES "zstd|git"

/* Lent. */
const char *gm_layout_name(enum gm_layout layout);

bool gm_layout_find(enum gm_layout *out, const char *name);

/* What the user's own settings say of new repositories; `*out` stays when they say nothing. */
int gm_layout_default(enum gm_layout *out);

#endif
