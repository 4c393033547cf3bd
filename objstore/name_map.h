/*
 * The SHA-256 names of objects that no segment index keeps, those in Git's layout, in the
 * folder `names/` of the repository (gitmem-format(5), "The map of names").
 *
 * All of it can be derived: a name is a function of the object. So whatever goes wrong with
 * the files is passed over in silence, and the names that cannot be found for it are worked
 * out again (objstore/store_names.c). A name that is found is one that was written: entries
 * have checksums. Several processes may write at once. For one thread at a time.
 */
#ifndef GM_OBJSTORE_NAME_MAP_H
#define GM_OBJSTORE_NAME_MAP_H

#include "objstore/name_list.h"

struct gm_name_map;

/*
 * `dir` need not exist, and is not looked at before the first name is asked for.
 * gm_name_map_free(), which forgets what was not saved.
 */
int gm_name_map_open(struct gm_name_map **out, const char *dir);
void gm_name_map_free(struct gm_name_map *map);
GM_DEFINE_CLEANUP(struct gm_name_map, gm_name_map_free)

/* GM_ENOTFOUND, without a message, when the name is not in there. */
int gm_name_map_find(
	uint8_t out[GM_SHA256_SIZE], struct gm_name_map *map, const struct gm_oid *oid);

/* Call `each` for the objects of a SHA-256 name, as the map has it. */
typedef int (*gm_name_map_each_fn)(const struct gm_oid *oid, void *payload);
int gm_name_map_each_sha256(struct gm_name_map *map, const uint8_t sha256[GM_SHA256_SIZE],
	gm_name_map_each_fn each, void *payload);

/* Add a name that was worked out. */
int gm_name_map_add(struct gm_name_map *map, const struct gm_oid *oid,
	const uint8_t sha256[GM_SHA256_SIZE]);

/* See what other processes have saved. */
int gm_name_map_refresh(struct gm_name_map *map);

/* Write down what was added. The work is bounded, unless much was. */
void gm_name_map_save(struct gm_name_map *map);

#endif
