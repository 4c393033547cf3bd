/*
 * A growing list of owned strings.
 */
#ifndef GM_BASE_STRV_H
#define GM_BASE_STRV_H

#include <stdbool.h>
#include <stddef.h>

struct gm_strv {
	char **items;
	size_t n;
	size_t cap;
};

#define GM_STRV_INIT                            \
	{                                       \
		.items = NULL, .n = 0, .cap = 0 \
	}
#define gm_autostrv gm_cleanup(gm_strv_dispose) struct gm_strv

/* Append a copy. */
int gm_strv_add(struct gm_strv *list, const char *text);

bool gm_strv_contains(const struct gm_strv *list, const char *text);

/* Take the first item equal to `text` out; false when there is none. */
bool gm_strv_remove(struct gm_strv *list, const char *text);

/* Bytewise order, each string once: the normal form of a set. */
void gm_strv_make_set(struct gm_strv *list);

bool gm_strv_equal(const struct gm_strv *a, const struct gm_strv *b);

/* Replace the contents of `out` by copies of those of `from`. */
int gm_strv_copy(struct gm_strv *out, const struct gm_strv *from);

void gm_strv_dispose(struct gm_strv *list);

#endif
