/*
 * All refs as they are written, symbolic ones too, wherever they are kept: for packing and
 * converting them.
 */
#ifndef GM_DAG_REF_LIST_H
#define GM_DAG_REF_LIST_H

#include "dag/refs.h"

struct gm_ref_item {
	char *name;
	struct gm_oid oid; /* zero when it is symbolic */
	char *target;      /* of a symbolic one, else NULL */
	bool has_file;     /* a file of its own in Git's layout */
};

/* In order of names, each once. */
struct gm_ref_list {
	struct gm_ref_item *items;
	size_t n;
	size_t cap;
};

#define GM_REF_LIST_INIT                        \
	{                                       \
		.items = NULL, .n = 0, .cap = 0 \
	}
#define gm_autoref_list gm_cleanup(gm_ref_list_dispose) struct gm_ref_list

/* The commit that a bisection tests: a ref of ours beside HEAD. */
#define GM_BISECT_HEAD "BISECT_HEAD"

/*
 * The refs below `refs/` in Git's files; a broken one is GM_EMISMATCH. `out` must be empty.
 * With HEAD and BISECT_HEAD, if `with_head`.
 */
int gm_ref_list_read_files(struct gm_ref_list *out, const char *gitdir, bool with_head);

/* What `packed-refs` alone says. */
int gm_ref_list_read_packed(struct gm_ref_list *out, const char *gitdir);

/* The same in the segments of a store. */
int gm_ref_list_read_store(struct gm_ref_list *out, struct gm_store *store);

bool gm_ref_list_equal(const struct gm_ref_list *a, const struct gm_ref_list *b);

/* NULL when there is none of this name. */
struct gm_ref_item *gm_ref_list_find(const struct gm_ref_list *list, const char *name);

/*
 * Append what `packed-refs` is to say of those that are not symbolic and lie below `refs/`,
 * with what tags lead to.
 */
int gm_ref_list_put_packed(
	struct gm_buf *out, const struct gm_ref_list *list, struct gm_store *store);

void gm_ref_list_dispose(struct gm_ref_list *list);

#endif
