/*
 * The rows of a segment by session and time.
 */
#ifndef GM_INDEX_POSTING_ORDER_H
#define GM_INDEX_POSTING_ORDER_H

#include <stddef.h>
#include <stdint.h>

#include "index/document.h"

/* The offsets of `n` documents, sorted; `out` is freed with gm_free(). */
int gm_posting_order(uint32_t **out, const struct gm_document *documents, size_t n);

/* Less than 0, 0 or more, as the row `a` stands before `b` or not. */
int gm_posting_order_compare(const struct gm_document *documents, uint32_t a, uint32_t b);

#endif
