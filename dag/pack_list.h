/*
 * The objects that are to go into a pack, in the order that is good for deltas.
 */
#ifndef GM_DAG_PACK_LIST_H
#define GM_DAG_PACK_LIST_H

#include "dag/reachable.h"

struct gm_pack_list {
	struct gm_oid *oids;
	size_t n;
	size_t cap;
};

#define GM_PACK_LIST_INIT                      \
	{                                      \
		.oids = NULL, .n = 0, .cap = 0 \
	}
#define gm_autopacklist gm_cleanup(gm_pack_list_dispose) struct gm_pack_list

int gm_pack_list_add(struct gm_pack_list *list, const struct gm_oid *oid);

/*
 * Add those of the first `n` reachable objects, which are in order, that `choose` says true to:
 * commits before tags, trees and blobs, the newest version of a path before older ones.
 */
typedef bool (*gm_pack_choose_fn)(const struct gm_oid *oid, void *payload);
int gm_pack_list_fill(struct gm_pack_list *list, const struct gm_reachable *reachable,
	size_t n, gm_pack_choose_fn choose, void *payload);

void gm_pack_list_dispose(struct gm_pack_list *list);

#endif
