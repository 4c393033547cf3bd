#include "base/strv.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"

int gm_strv_add(struct gm_strv *list, const char *text)
{
	int rc = gm_grow(&list->items, &list->cap, list->n + 1, sizeof(*list->items));

	if (rc < 0)
		return rc;
	char *copy = gm_strdup(text);
	if (!copy)
		return GM_ENOMEM;
	list->items[list->n++] = copy;
	return 0;
}

static size_t index_of(const struct gm_strv *list, const char *text)
{
	size_t i = 0;

	while (i < list->n && strcmp(list->items[i], text) != 0)
		i++;
	return i;
}

bool gm_strv_contains(const struct gm_strv *list, const char *text)
{
	return index_of(list, text) < list->n;
}

bool gm_strv_remove(struct gm_strv *list, const char *text)
{
	size_t i = index_of(list, text);

	if (i == list->n)
		return false;
	gm_free(list->items[i]);
	list->n--;
	memmove(list->items + i, list->items + i + 1,
		(list->n - i) * sizeof(*list->items));
	return true;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void gm_strv_make_set(struct gm_strv *list)
{
	size_t kept = 0;

	if (list->n < 2)
		return;
	qsort(list->items, list->n, sizeof(*list->items), compare);
	for (size_t i = 0; i < list->n; i++) {
		if (kept && strcmp(list->items[kept - 1], list->items[i]) == 0)
			gm_free(list->items[i]);
		else
			list->items[kept++] = list->items[i];
	}
	list->n = kept;
}

bool gm_strv_equal(const struct gm_strv *a, const struct gm_strv *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	return true;
}

int gm_strv_copy(struct gm_strv *out, const struct gm_strv *from)
{
	struct gm_strv copy = GM_STRV_INIT;

	for (size_t i = 0; i < from->n; i++) {
		int rc = gm_strv_add(&copy, from->items[i]);
		if (rc < 0) {
			gm_strv_dispose(&copy);
			return rc;
		}
	}
	gm_strv_dispose(out);
	*out = copy;
	return 0;
}

void gm_strv_dispose(struct gm_strv *list)
{
	for (size_t i = 0; i < list->n; i++)
		gm_free(list->items[i]);
	gm_free(list->items);
	list->items = NULL;
	list->n = list->cap = 0;
}
