#include "objstore/name_map.h"

#include "base/error.h"

struct gm_name_map {
	struct gm_name_list fresh;
};

int gm_name_map_open(struct gm_name_map **out)
{
	gm_cleanup(gm_name_map_free_p) struct gm_name_map *map =
		gm_calloc(1, sizeof(*map));

	if (!map)
		return GM_ENOMEM;
	map->fresh = (struct gm_name_list)GM_NAME_LIST_INIT;
	*out = gm_steal(&map);
	return 0;
}

void gm_name_map_free(struct gm_name_map *map)
{
	if (!map)
		return;
	gm_name_list_dispose(&map->fresh);
	gm_free(map);
}

int gm_name_map_find(
	uint8_t out[GM_SHA256_SIZE], struct gm_name_map *map, const struct gm_oid *oid)
{
	return gm_name_list_find(out, &map->fresh, oid);
}

int gm_name_map_add(struct gm_name_map *map, const struct gm_oid *oid,
	const uint8_t sha256[GM_SHA256_SIZE])
{
	return gm_name_list_add(&map->fresh, oid, sha256);
}
