/*
 * Numbers for terms: 0, 1, 2 ... in the order in which they were added. They are hashed with a
 * seed drawn for each table, so that hostile texts cannot make it slow.
 */
#ifndef GM_INDEX_TERM_TABLE_H
#define GM_INDEX_TERM_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "index/document.h"

struct gm_term_entry {
	uint32_t text; /* where in the texts it begins, with its field */
	uint32_t size; /* with the byte of its field */
};

struct gm_term_slot {
	uint32_t hash;
	uint32_t number; /* plus 1; 0: free */
};

struct gm_term_table {
	struct gm_buf texts;
	struct gm_term_entry *entries;
	size_t n;
	size_t cap;
	struct gm_term_slot *slots;
	size_t n_slots; /* a power of two, or 0 */
	uint64_t seed;
};

#define GM_TERM_TABLE_INIT                                                  \
	{                                                                   \
		.texts = GM_BUF_INIT(GM_BUF_LARGE), .entries = NULL, .n = 0 \
	}

/* Make room for `n` terms that have `size` bytes in all with their fields. Only saves time. */
int gm_term_table_reserve(struct gm_term_table *table, size_t n, size_t size);

/* The number of a term, in `out`: 1 when it is new, 0 when not. GM_ENOMEM, GM_ETOOBIG. */
int gm_term_table_add(uint32_t *out, struct gm_term_table *table, enum gm_field field,
	const char *text, size_t size);

/* The byte of its field and the text, `size_out` bytes; lent until the next is added. */
const char *gm_term_table_text(
	size_t *size_out, const struct gm_term_table *table, uint32_t number);

void gm_term_table_dispose(struct gm_term_table *table);

#endif
