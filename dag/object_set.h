/*
 * A set of objects, numbered from 0 in the order they were added, in about 45 bytes each: for
 * walks over everything there is.
 */
#ifndef GM_DAG_OBJECT_SET_H
#define GM_DAG_OBJECT_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "objstore/object.h"

#define GM_OBJECT_SET_NONE UINT32_MAX

struct gm_object_item {
	struct gm_oid oid;
	uint32_t path;     /* what tells paths apart; for its owner to define */
	uint32_t previous; /* the number of a related one, or GM_OBJECT_SET_NONE */
	uint8_t type;      /* enum gm_object_type; GM_OBJECT_NONE when it is not known */
	uint8_t flags;     /* for its owner */
};

/* Zeros are an empty set. */
struct gm_object_set {
	struct gm_object_item *items;
	size_t n;
	size_t cap;
	uint32_t *slots; /* number + 1, or 0 when free */
	size_t n_slots;  /* a power of two, or 0 */
	uint64_t seed;   /* so that hostile ids cannot make it slow */
};

void gm_object_set_dispose(struct gm_object_set *set);

/* The number of an object; GM_OBJECT_SET_NONE when it is not in the set. */
uint32_t gm_object_set_find(const struct gm_object_set *set, const struct gm_oid *oid);

/* Add one, or find it: 1 when it is new, else 0, or an error. */
int gm_object_set_add(
	uint32_t *number_out, struct gm_object_set *set, const struct gm_oid *oid);

#endif
