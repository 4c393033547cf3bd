/*
 * Looking up many paths, in one tree or in several that are much alike: the folders met last
 * are kept, so that a lookup beside an earlier one reads nothing.
 */
#ifndef GM_DAG_TREE_CACHE_H
#define GM_DAG_TREE_CACHE_H

#include "dag/tree.h"

struct gm_tree_cache;

/* Trees are read through `batch`, which must outlive the cache. */
int gm_tree_cache_new(struct gm_tree_cache **out, struct gm_batch *batch);
void gm_tree_cache_free(struct gm_tree_cache *cache);
GM_DEFINE_CLEANUP(struct gm_tree_cache, gm_tree_cache_free)

/*
 * Find `path` below `root` (zero: an empty tree): 1 with its id and mode, 0 when it is not
 * there and could be put there, or GM_EEXISTS when a file stands where a folder is needed.
 */
int gm_tree_cache_lookup(struct gm_oid *oid_out, unsigned *mode_out,
	struct gm_tree_cache *cache, const struct gm_oid *root, const char *path);

#endif
