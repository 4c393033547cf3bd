/*
 * Which memories of a view are superseded.
 *
 * A memory of the view that is valid already replaces those it names; it does so for good, also
 * when its own time is over. Naming itself means nothing. Of memories that supersede each other
 * in a circle the newest one (by `created`, then by id) counts and replaces the others.
 */
#ifndef GM_INDEX_SUPERSEDING_H
#define GM_INDEX_SUPERSEDING_H

#include "index/internal.h"

/* The answer for a view; gm_superseding_free(). */
int gm_superseding_load(struct gm_superseding **out, struct gm_database *database,
	const struct gm_index_view *view, gm_time now);

/* Call `each` with the id (GM_UUID_SIZE bytes) of every superseded memory, once. */
typedef int (*gm_superseded_fn)(const uint8_t *id, void *payload);
int gm_superseding_each(
	const struct gm_superseding *superseding, gm_superseded_fn each, void *payload);

#endif
