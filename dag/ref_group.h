/*
 * The names of refs that change together: which of them go, and so stand in nobody's way, and
 * which come to be.
 */
#ifndef GM_DAG_REF_GROUP_H
#define GM_DAG_REF_GROUP_H

#include "dag/refs.h"

/* Lent names, sorted. Zeros are an empty group. */
struct gm_ref_group {
	const char **removed;
	size_t n_removed;
	const char **set;
	size_t n_set;
	size_t n; /* of the updates */
};

#define gm_autorefgroup gm_cleanup(gm_ref_group_dispose) struct gm_ref_group

/*
 * GM_EINVALID when a name comes twice, GM_EEXISTS when one that is set is a folder on the path
 * of another.
 */
int gm_ref_group_read(
	struct gm_ref_group *out, const struct gm_ref_update *updates, size_t n);
void gm_ref_group_dispose(struct gm_ref_group *group);

/* Whether the ref goes. `group` may be NULL. */
bool gm_ref_group_removes(const struct gm_ref_group *group, const char *name);

#endif
