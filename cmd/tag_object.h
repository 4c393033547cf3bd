/*
 * Annotated tags, to be shown (git-mktag(1)).
 */
#ifndef GM_CMD_TAG_OBJECT_H
#define GM_CMD_TAG_OBJECT_H

#include "cmd/command.h"

struct gm_tag_object {
	struct gm_oid target;
	char *name;
	struct gm_signature tagger;
	bool has_tagger; /* very old tags have none */
	char *message;
};

#define GM_TAG_OBJECT_INIT                     \
	{                                      \
		.name = NULL, .message = NULL, \
	}
#define gm_autotag gm_cleanup(gm_tag_object_dispose) struct gm_tag_object
void gm_tag_object_dispose(struct gm_tag_object *tag);

/*
 * Parse the bytes of a tag object into `out`, which must be fresh. GM_EMISMATCH when they are
 * none.
 */
int gm_tag_object_parse(struct gm_tag_object *out, const char *data, size_t size);

/* Append what git shows of a tag before what it names. */
int gm_put_tag(struct gm_buf *out, const struct gm_tag_object *tag, bool colored);

/* {tag, object, tagger, message} */
int gm_tag_json(json_t **out, const struct gm_tag_object *tag);

#endif
