#include "objstore/name_list.h"

#include <string.h>

#include "base/error.h"

int gm_name_list_add(struct gm_name_list *list, const struct gm_oid *oid,
	const uint8_t sha256[GM_SHA256_SIZE])
{
	if (gm_map_get(NULL, &list->places, oid->bytes))
		return 0;
	int rc = gm_grow(&list->items, &list->cap, list->n + 1, sizeof(*list->items));
	if (rc == 0)
		rc = gm_map_put(&list->places, oid->bytes, list->n);
	if (rc < 0)
		return rc;
	struct gm_name_entry *entry = &list->items[list->n++];
	entry->oid = *oid;
	memcpy(entry->sha256, sha256, GM_SHA256_SIZE);
	return 0;
}

int gm_name_list_find(uint8_t out[GM_SHA256_SIZE], const struct gm_name_list *list,
	const struct gm_oid *oid)
{
	uint64_t at;

	if (!gm_map_get(&at, &list->places, oid->bytes))
		return GM_ENOTFOUND;
	memcpy(out, list->items[at].sha256, GM_SHA256_SIZE);
	return 0;
}

void gm_name_list_dispose(struct gm_name_list *list)
{
	gm_map_dispose(&list->places);
	gm_free(list->items);
	*list = (struct gm_name_list)GM_NAME_LIST_INIT;
}
