/*
 * Printing what changed as text, the same in every command that does.
 */
#ifndef GM_CMD_DELTAS_H
#define GM_CMD_DELTAS_H

#include "cmd/delta.h"

/*
 * gm_find_reworded() on `deltas`, which are final then; with `stage` as the new side (NULL: the
 * store). Tells when there are too many to look for it.
 */
int gm_call_find_reworded(struct gm_call *call, struct gm_record_deltas *deltas,
	const struct gm_stage *stage);

/*
 * Print a block for each delta, with a blank line between two of them, and before the first
 * when it `follows` something. Halves of a reworded memory make one block, at the one that was
 * added.
 */
int gm_print_deltas(struct gm_call *call, const struct gm_record_deltas *deltas,
	const struct gm_stage *stage, bool follows);

/*
 * The changes of files that deltas come to, as a patch tells them: a memory that moved goes at
 * one path, and comes at the other. Those that go so are first, as others may have come in their
 * places. Free the list by gm_free(); what is in it is lent by the deltas.
 */
int gm_deltas_split_moves(struct gm_record_delta **out, size_t *n_out,
	const struct gm_record_deltas *deltas);

/*
 * Append the patch of such a change; in colours, or for a terminal, without control characters.
 */
int gm_put_delta_patch(struct gm_buf *out, struct gm_call *call,
	const struct gm_record_delta *delta, const struct gm_stage *stage, bool terminal);

#endif
