/*
 * What is whole of damaged packs and loose objects in Git's layout. Damaged files are moved to
 * another folder; the objects that are whole in a damaged pack are put into a new one
 * before.
 */
#ifndef GM_OBJSTORE_RESCUE_GIT_H
#define GM_OBJSTORE_RESCUE_GIT_H

#include "objstore/store.h"

/*
 * Go through the folder of objects `dir`; what is damaged is moved to the folder `kept`, which is
 * made when it is needed. `n_out` is how many files that were. Nobody else may write there.
 */
int gm_rescue_git(size_t *n_out, const char *dir, const char *kept);

/*
 * Write what is whole of the pack `BASE.pack` as a new pack in the folder of objects `dir`. The
 * pack's index is not needed. Fine when nothing is whole.
 */
int gm_rescue_pack(const char *dir, const char *base);

#endif
