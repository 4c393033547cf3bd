/*
 * What the files that make up dag/convert.h share.
 */
#ifndef GM_DAG_CONVERT_INTERNAL_H
#define GM_DAG_CONVERT_INTERNAL_H

#include "dag/convert.h"
#include "dag/ref_list.h"

struct gm_conversion {
	struct gm_repo *repo;
	struct gm_lock *lock;
	struct gm_store *store;
	const char *gitdir;
	bool progress;
	struct gm_convert_result *result;
};

int gm_convert_to_segments(struct gm_conversion *conversion);
int gm_convert_to_git(struct gm_conversion *conversion);

/* After the segments came to count: take away what Git's files were, and `store.new`. */
int gm_convert_drop_git(struct gm_conversion *conversion);

/* After Git's files came to count: take away `store.old`, and the settings' mark. */
int gm_convert_drop_segments(struct gm_conversion *conversion);

/* Say in the settings whether there are segments. */
int gm_convert_mark(const char *gitdir, bool has_segments);

/* Remove a folder of a repository and what is in it, a folder deeper too. Fine without one. */
int gm_convert_remove_folder(const char *gitdir, const char *name);

/* Make the refs in the segments of `store` what `list` says. */
int gm_convert_put_refs(struct gm_store *store, const struct gm_ref_list *list);

/* Add the log of a ref in Git's files to the segments of `store`. */
int gm_convert_put_log(struct gm_store *store, const char *gitdir, const char *name);

/* Write refs and logs of segments as Git's files, in the place of what is there. */
int gm_convert_write_refs(
	const char *gitdir, const struct gm_ref_list *list, struct gm_store *store);

#endif
