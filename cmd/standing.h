/*
 * How a memory stands at a time: it counts, or others supersede it, or it is not valid yet or
 * any more. What does not count is what `recall` hides without --all.
 */
#ifndef GM_CMD_STANDING_H
#define GM_CMD_STANDING_H

#include "cmd/memory.h"

struct gm_standing {
	struct gm_superseding *superseding;
	gm_time time;
};

#define GM_STANDING_INIT             \
	{                            \
		.superseding = NULL, \
	}
#define gm_autostanding gm_cleanup(gm_standing_dispose) struct gm_standing
void gm_standing_dispose(struct gm_standing *standing);

/* For the memories of the view's tree, at a time. */
int gm_standing_open(struct gm_standing *out, struct gm_view *view, gm_time time);

/* "not valid before TIME", "valid until TIME", for a memory that is not valid; else nothing. */
int gm_put_validity(struct gm_buf *out, const struct gm_record *record, gm_time time);

/*
 * Append why a memory does not count: "superseded by 1a2b3c4d", "valid until TIME"; nothing
 * when it does.
 */
int gm_put_standing(struct gm_buf *out, const struct gm_standing *standing,
	const struct gm_record *record);

/* Set `current`, whether it counts, and `superseded_by`, a list, when others supersede it. */
int gm_set_standing(json_t *object, const struct gm_standing *standing,
	const struct gm_record *record);

/* The same keys of one that the ids in `by` supersede at a time. */
int gm_set_superseded(json_t *object, const struct gm_strv *by,
	const struct gm_record *record, gm_time time);

#endif
