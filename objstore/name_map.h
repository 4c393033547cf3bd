/*
 * The SHA-256 names of objects that no segment index keeps: those in Git's layout.
 *
 * A name is a function of the object, so whatever is missing here is worked out again
 * (objstore/store_names.c). For one thread at a time.
 */
#ifndef GM_OBJSTORE_NAME_MAP_H
#define GM_OBJSTORE_NAME_MAP_H

#include "objstore/name_list.h"

struct gm_name_map;

/* gm_name_map_free(), which forgets what was not saved. */
int gm_name_map_open(struct gm_name_map **out);
void gm_name_map_free(struct gm_name_map *map);
GM_DEFINE_CLEANUP(struct gm_name_map, gm_name_map_free)

/* GM_ENOTFOUND, without a message, when the name is not in there. */
int gm_name_map_find(
	uint8_t out[GM_SHA256_SIZE], struct gm_name_map *map, const struct gm_oid *oid);

/* Add a name that was worked out. */
int gm_name_map_add(struct gm_name_map *map, const struct gm_oid *oid,
	const uint8_t sha256[GM_SHA256_SIZE]);

#endif
