/*
 * Names behind `--`: memories and paths that `log` and `diff` are limited to, also such as are
 * long gone.
 */
#ifndef GM_CMD_NAMES_H
#define GM_CMD_NAMES_H

#include "cmd/memory.h"

struct gm_names {
	struct gm_strv paths; /* what the names can mean: files and folders */
	const char
		*unknown; /* the first name that fits nothing in the view; NULL: none */
};

#define GM_NAMES_INIT                                  \
	{                                              \
		.paths = GM_STRV_INIT, .unknown = NULL \
	}
#define gm_autonames gm_cleanup(gm_names_dispose) struct gm_names
void gm_names_dispose(struct gm_names *names);

/*
 * Add a name: the path of the memory of the view that it means, else a path as it stands. One
 * that fits nothing in the view stands for all the paths it could have had.
 */
int gm_names_add(struct gm_names *names, struct gm_view *view, const char *name);

/* Whether a file at `path` is meant. True when there are no names at all. */
bool gm_names_match(const struct gm_names *names, const char *path);

#endif
