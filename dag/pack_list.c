#include "dag/pack_list.h"

int gm_pack_list_add(struct gm_pack_list *list, const struct gm_oid *oid)
{
	int rc = gm_grow(&list->oids, &list->cap, list->n + 1, sizeof(*list->oids));

	if (rc == 0)
		list->oids[list->n++] = *oid;
	return rc;
}

int gm_pack_list_fill(struct gm_pack_list *list, const struct gm_reachable *reachable,
	size_t n, gm_pack_choose_fn choose, void *payload)
{
	static const enum gm_object_type types[] = {
		GM_OBJECT_COMMIT, GM_OBJECT_TAG, GM_OBJECT_TREE, GM_OBJECT_BLOB};
	struct gm_reachable_object object;
	int rc = 0;

	for (size_t type = 0; rc == 0 && type < sizeof(types) / sizeof(*types); type++)
		for (size_t i = n; rc == 0 && i-- > 0;) {
			gm_reachable_at(&object, reachable, i);
			if (object.type == types[type] && choose(object.oid, payload))
				rc = gm_pack_list_add(list, object.oid);
		}
	return rc;
}

void gm_pack_list_dispose(struct gm_pack_list *list)
{
	gm_free(list->oids);
	*list = (struct gm_pack_list)GM_PACK_LIST_INIT;
}
