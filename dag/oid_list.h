/*
 * A growing list of object ids.
 */
#ifndef GM_DAG_OID_LIST_H
#define GM_DAG_OID_LIST_H

#include "base/mem.h"
#include "objstore/oid.h"

struct gm_oid_list {
	struct gm_oid *items;
	size_t n;
	size_t cap;
};

#define GM_OID_LIST_INIT                        \
	{                                       \
		.items = NULL, .n = 0, .cap = 0 \
	}
#define gm_autooidlist gm_cleanup(gm_oid_list_dispose) struct gm_oid_list

int gm_oid_list_add(struct gm_oid_list *list, const struct gm_oid *oid);

bool gm_oid_list_contains(const struct gm_oid_list *list, const struct gm_oid *oid);

void gm_oid_list_dispose(struct gm_oid_list *list);

#endif
