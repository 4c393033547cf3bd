/*
 * What converting a repository from one layout to the other needs of its store.
 */
#ifndef GM_OBJSTORE_STORE_LAYOUT_H
#define GM_OBJSTORE_STORE_LAYOUT_H

#include "objstore/store.h"

/* Where the segments are in a repository, are made, and go when they are given up. */
#define GM_STORE_DIR "store"
#define GM_STORE_NEW_DIR "store.new"
#define GM_STORE_OLD_DIR "store.old"

/* Each object that is in the segments, once. An index that is broken is an error. */
int gm_store_each_segmented(struct gm_store *store, gm_store_each_fn each, void *payload);

/*
 * 1 when the segments have the object and it comes out of them as its name says, else 0. What
 * is cached does not count.
 */
int gm_store_segments_have(struct gm_store *store, const struct gm_oid *oid);

/*
 * Give up the segments: with their lock held, so that nobody adds anything any more, `check` is
 * asked, and when it returns 0 the folder is renamed. From then on the repository is in Git's
 * layout. What `check` returns is returned.
 */
int gm_store_leave_segments(
	struct gm_store *store, int (*check)(void *payload), void *payload);

/* Flush all files of a store of segments in the folder `gitdir`, and the folder. */
int gm_store_flush_segments(const char *gitdir);

#endif
