/*
 * Objects and their SHA-256 names, in memory.
 */
#ifndef GM_OBJSTORE_NAME_LIST_H
#define GM_OBJSTORE_NAME_LIST_H

#include "base/map.h"
#include "base/mem.h"
#include "objstore/object.h"

struct gm_name_entry {
	struct gm_oid oid;
	uint8_t sha256[GM_SHA256_SIZE];
};

struct gm_name_list {
	struct gm_map places; /* oid to its number in `items` */
	struct gm_name_entry *items;
	size_t n;
	size_t cap;
};

#define GM_NAME_LIST_INIT                                                  \
	{                                                                  \
		.places = GM_MAP_INIT(GM_OID_SIZE), .items = NULL, .n = 0, \
	}
#define gm_autonamelist gm_cleanup(gm_name_list_dispose) struct gm_name_list

/* One that is there is passed over: an object has one name. */
int gm_name_list_add(struct gm_name_list *list, const struct gm_oid *oid,
	const uint8_t sha256[GM_SHA256_SIZE]);

/* GM_ENOTFOUND without a message. */
int gm_name_list_find(uint8_t out[GM_SHA256_SIZE], const struct gm_name_list *list,
	const struct gm_oid *oid);

/* The list is then empty, and usable. */
void gm_name_list_dispose(struct gm_name_list *list);

#endif
