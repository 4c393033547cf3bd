/*
 * Labels: the names of sessions and agents as small numbers, which stand for them in segments.
 * 0 is no name. A number is never given to another name while a memory has it.
 */
#ifndef GM_INDEX_LABEL_H
#define GM_INDEX_LABEL_H

#include "base/buf.h"
#include "index/database.h"

/* The number of a name, given to it now when it has none; 0 for NULL and "". */
int gm_label_give(uint32_t *out, struct gm_database *database, const char *text);

/* The number of a name: 1, or 0 when it has none (NULL and "" too). */
int gm_label_find(uint32_t *out, struct gm_database *database, const char *text);

/* Append the name that a number stands for: 1, or 0 when there is none. */
int gm_label_text(struct gm_buf *out, struct gm_database *database, uint32_t number);

#endif
