#include "dag/tree_changes.h"

#include <stdint.h>

void gm_tree_changes_dispose(struct gm_tree_changes *changes)
{
	for (size_t i = 0; i < changes->n; i++)
		gm_free((char *)(uintptr_t)changes->items[i].path);
	gm_free(changes->items);
	*changes = (struct gm_tree_changes)GM_TREE_CHANGES_INIT;
}

int gm_tree_changes_add(
	struct gm_tree_changes *changes, const char *path, const struct gm_oid *blob)
{
	int rc = gm_grow(
		&changes->items, &changes->cap, changes->n + 1, sizeof(*changes->items));
	char *copy = rc < 0 ? NULL : gm_strdup(path);

	if (!copy)
		return GM_ENOMEM;
	changes->items[changes->n++] =
		(struct gm_tree_change){.path = copy, .oid = *blob};
	return 0;
}
