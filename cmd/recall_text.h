/*
 * What `recall` shows to people: a line about each memory, and the beginning of it.
 */
#ifndef GM_CMD_RECALL_TEXT_H
#define GM_CMD_RECALL_TEXT_H

#include "cmd/standing.h"

struct gm_recall_text {
	const struct gm_standing *standing; /* tell how they stand; NULL: do not */
	bool explain;
	size_t columns; /* gm_recall_text_columns() */
};

/* How wide the contents are shown. To be asked before gm_call_page(). */
size_t gm_recall_text_columns(void);

/* Print one memory; an empty line stands before all but the first. */
int gm_recall_print_text(struct gm_call *call, const struct gm_recall_text *how,
	size_t rank, const struct gm_hit *hit, const struct gm_record *record);

#endif
