/*
 * How a memory stands that is shown: which others supersede it, since which commit, and whether
 * it is valid.
 */
#ifndef GM_CMD_SHOW_STANDING_H
#define GM_CMD_SHOW_STANDING_H

#include "cmd/memory.h"

/* Tell on standard error when a memory of the view, which is of that moment, does not count. */
int gm_tell_standing(struct gm_view *view, const struct gm_moment *moment,
	const struct gm_memory *memory);

/*
 * Set `current` and `superseded_by`, as gm_set_standing(), and `superseded_in`: for each of
 * those the commit that it says so since, null for what is staged.
 */
int gm_set_shown_standing(json_t *object, struct gm_view *view,
	const struct gm_moment *moment, const struct gm_memory *memory);

#endif
