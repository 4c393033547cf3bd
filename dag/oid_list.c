#include "dag/oid_list.h"

int gm_oid_list_add(struct gm_oid_list *list, const struct gm_oid *oid)
{
	int rc = gm_grow(&list->items, &list->cap, list->n + 1, sizeof(*list->items));

	if (rc == 0)
		list->items[list->n++] = *oid;
	return rc;
}

bool gm_oid_list_contains(const struct gm_oid_list *list, const struct gm_oid *oid)
{
	for (size_t i = 0; i < list->n; i++)
		if (gm_oid_equal(&list->items[i], oid))
			return true;
	return false;
}

void gm_oid_list_dispose(struct gm_oid_list *list)
{
	gm_free(list->items);
	*list = (struct gm_oid_list)GM_OID_LIST_INIT;
}
