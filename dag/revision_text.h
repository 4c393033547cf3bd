/*
 * Commits by what their messages say: the `/TEXT` of `:/TEXT` and `^{/TEXT}`, an extended
 * regular expression; `!-` before it turns it round, `!!` is a plain `!` (gitrevisions(7)).
 */
#ifndef GM_DAG_REVISION_TEXT_H
#define GM_DAG_REVISION_TEXT_H

#include "dag/refs.h"

/*
 * Find the youngest commit that can be reached from `start` and whose message matches.
 * `revision` is all of the revision, for messages. GM_ENOTFOUND, GM_EINVALID.
 */
int gm_revision_find_text(struct gm_oid *out, struct gm_store *store,
	const struct gm_oid *start, const char *text, const char *revision);

/* The same, from `head` (may be NULL) and every ref. */
int gm_revision_find_text_anywhere(struct gm_oid *out, struct gm_store *store,
	struct gm_refs *refs, const struct gm_oid *head, const char *text,
	const char *revision);

#endif
