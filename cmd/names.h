/*
 * Names behind `--`: memories and paths that `log` and `diff` are limited to, also such as are
 * long gone.
 */
#ifndef GM_CMD_NAMES_H
#define GM_CMD_NAMES_H

#include "cmd/memory.h"

/* A memory that was named, whose history may lie at other paths too. */
struct gm_named_memory {
	char id[GM_UUID_TEXT]; /* "" when only its path is known */
	size_t path;           /* in gm_names.paths: where it is, or may have been */
	bool by_id;            /* what else lies at the path is not meant */
};

struct gm_names {
	struct gm_strv paths; /* what the names can mean: files and folders */
	struct gm_named_memory *memories;
	size_t n_memories;
	size_t cap_memories;
	const char
		*unknown; /* the first name that fits nothing in the view; NULL: none */
};

#define GM_NAMES_INIT                                                    \
	{                                                                \
		.paths = GM_STRV_INIT, .memories = NULL, .unknown = NULL \
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

/* Whether all that lies at `path` is meant, not only a memory that was named by its id. */
bool gm_names_match_place(const struct gm_names *names, const char *path);

/* Whether what lies at the i-th path is meant only if it is a memory that was named by id. */
bool gm_names_is_by_id(const struct gm_names *names, size_t i);

#endif
