/*
 * Temporary files below a folder of objects, and what killed writers left of them. Our names
 * begin with `tmp_`, by which `git gc` knows litter, and go on in a way of our own: the
 * temporary files of a git that is at work are not ours to take away.
 */
#ifndef GM_OBJSTORE_LITTER_H
#define GM_OBJSTORE_LITTER_H

#define GM_TEMP_OBJECT "tmp_obj_gm_"
#define GM_TEMP_INDEX "tmp_idx_gm_"
/*
 * Goes on with the name of a pack, whose index it was: the pack is being removed. Without that,
 * the one of the two that is left would look like a loss.
 */
#define GM_GONE_INDEX "tmp_idx_gone_"
#define GM_TEMP_PACK "tmp_pack_gm_" /* held by an flock(2) while it grows */

/*
 * Remove what nobody holds. That it cannot be removed is no error: GM_ENOMEM is the only one.
 */
int gm_litter_remove(const char *objects_dir, const char *pack_dir);

/* Where the index of the pack `base` (a path without `.pack`) goes. gm_free(). */
char *gm_gone_index(const char *base);

#endif
