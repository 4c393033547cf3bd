/*
 * What reflogs tell about revisions: where a ref was, and which branch was left for another.
 */
#ifndef GM_DAG_REVISION_LOG_H
#define GM_DAG_REVISION_LOG_H

#include "dag/refs.h"

/*
 * Find where a ref was, from the log of `ref`: so many moves ago, or at a time. `selector` is
 * what stands between the braces: a number, or a date. Returns 1; 0 when there is no log;
 * GM_ENOTFOUND when the log does not go back so far, GM_EINVALID when it is no date.
 */
int gm_revision_log_find(
	struct gm_oid *out, struct gm_refs *refs, const char *ref, const char *selector);

/*
 * Append the name of the branch HEAD was on, `n` switches ago (from 1), or the id when it was
 * detached. GM_ENOTFOUND when there were not so many.
 */
int gm_revision_log_previous(struct gm_buf *out, struct gm_refs *refs, size_t n);

#endif
