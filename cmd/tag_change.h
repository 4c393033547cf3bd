/*
 * Making and deleting tags, each under the repository lock.
 */
#ifndef GM_CMD_TAG_CHANGE_H
#define GM_CMD_TAG_CHANGE_H

#include "cmd/command.h"

struct gm_tag_request {
	const char *name;
	const char *revision; /* NULL: HEAD */
	const char *message;  /* of an annotated tag; NULL: a lightweight one */
	bool force;           /* another tag of this name gives way */
};

/*
 * Make a tag. GM_EEXISTS when there is one of this name, GM_EINVALID for a name that is none.
 */
int gm_tag_create(struct gm_call *call, const struct gm_tag_request *request);

/* Delete tags, none when one of them does not exist (GM_ENOTFOUND). */
int gm_tags_delete(struct gm_call *call, const char *const *names, size_t n);

#endif
