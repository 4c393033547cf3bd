/*
 * The objects that `show` shows: commits with what they changed, tags, folders, files.
 */
#ifndef GM_CMD_SHOW_OBJECT_H
#define GM_CMD_SHOW_OBJECT_H

#include "cmd/memory.h"

struct gm_show {
	struct gm_call *call;
	bool terminal; /* a person looks at the output */
	bool printed;  /* something was shown already */
};

/* Show an object; `name` is what the user called it. */
int gm_show_object(struct gm_show *show, const struct gm_oid *oid, const char *name);

/* Show the file or folder that lies at `path` at a moment. */
int gm_show_path(struct gm_show *show, const struct gm_oid *oid, const char *path,
	const struct gm_moment *moment, const char *name);

/* Show a memory that was found in `view`, which is of that moment. */
int gm_show_memory(struct gm_show *show, struct gm_view *view,
	const struct gm_moment *moment, const struct gm_memory *memory);

#endif
