#include "dag/object_set.h"

#include <string.h>
#include <sys/random.h>

#include "base/error.h"
#include "base/mem.h"

#define N_MAX ((size_t)UINT32_MAX - 1)

void gm_object_set_dispose(struct gm_object_set *set)
{
	gm_free(set->items);
	gm_free(set->slots);
	*set = (struct gm_object_set){.items = NULL};
}

__extension__ typedef unsigned __int128 wide;

/* Ids are hashes already: eight bytes of one, made secret, say where it belongs. */
static size_t slot_of(const struct gm_object_set *set, const struct gm_oid *oid)
{
	uint64_t word;

	memcpy(&word, oid->bytes, sizeof(word));
	wide product = (wide)(word ^ set->seed) * (set->seed * 0x9e3779b97f4a7c15u | 1);
	return (size_t)((uint64_t)product ^ (uint64_t)(product >> 64)) &
		(set->n_slots - 1);
}

/* The slot that holds it, or the free one where it belongs. */
static uint32_t *find_slot(const struct gm_object_set *set, const struct gm_oid *oid)
{
	size_t at = slot_of(set, oid);

	while (set->slots[at] && !gm_oid_equal(&set->items[set->slots[at] - 1].oid, oid))
		at = (at + 1) & (set->n_slots - 1);
	return &set->slots[at];
}

uint32_t gm_object_set_find(const struct gm_object_set *set, const struct gm_oid *oid)
{
	uint32_t slot = set->n_slots ? *find_slot(set, oid) : 0;

	return slot ? slot - 1 : GM_OBJECT_SET_NONE;
}

static int grow_slots(struct gm_object_set *set)
{
	size_t n = set->n_slots ? set->n_slots * 2 : 256;
	uint32_t *slots = gm_calloc(n, sizeof(*slots));

	if (!slots)
		return GM_ENOMEM;
	if (!set->n_slots && getrandom(&set->seed, sizeof(set->seed), GRND_NONBLOCK) < 0)
		set->seed = (uint64_t)(uintptr_t)slots;
	gm_free(set->slots);
	set->slots = slots;
	set->n_slots = n;
	for (size_t i = 0; i < set->n; i++)
		*find_slot(set, &set->items[i].oid) = (uint32_t)i + 1;
	return 0;
}

int gm_object_set_add(
	uint32_t *number_out, struct gm_object_set *set, const struct gm_oid *oid)
{
	int rc = 0;

	*number_out = gm_object_set_find(set, oid);
	if (*number_out != GM_OBJECT_SET_NONE)
		return 0;
	if (set->n >= N_MAX)
		return gm_error(GM_ETOOBIG, "more than %zu objects", N_MAX);
	if (set->n + 1 > set->n_slots / 4 * 3)
		rc = grow_slots(set);
	if (rc == 0)
		rc = gm_grow(&set->items, &set->cap, set->n + 1, sizeof(*set->items));
	if (rc < 0)
		return rc;
	*number_out = (uint32_t)set->n;
	*find_slot(set, oid) = *number_out + 1;
	set->items[set->n++] =
		(struct gm_object_item){.oid = *oid, .previous = GM_OBJECT_SET_NONE};
	return 1;
}
