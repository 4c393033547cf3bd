#include "dag/tree_blocker.h"

#include <string.h>

int gm_tree_find_blocker(struct gm_buf *out, struct gm_store *store,
	const struct gm_oid *root, const char *path)
{
	struct gm_oid oid;
	unsigned mode;

	for (const char *slash = strchr(path, '/');; slash = strchr(slash + 1, '/')) {
		gm_autofree char *prefix =
			gm_strndup(path, slash ? (size_t)(slash - path) : strlen(path));
		if (!prefix)
			return GM_ENOMEM;
		int rc = gm_tree_lookup(&oid, &mode, store, root, prefix);
		if (rc == GM_ENOTFOUND)
			return 0;
		if (rc < 0)
			return rc;
		bool folder = (mode & GM_MODE_TYPE) == GM_MODE_TREE;
		if (folder == !slash) {
			rc = gm_buf_puts(out, prefix);
			return rc < 0 ? rc : 1;
		}
		if (!slash)
			return 0;
	}
}
