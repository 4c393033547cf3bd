/*
 * Sets of commits as `log` takes them (gitrevisions(7), "SPECIFYING RANGES"): `REV`, `^REV`,
 * `A..B`, `A...B`, `REV^@` (its parents), `REV^!` (it without its parents), `REV^-N` (it
 * without its N-th parent; the first when there is no N).
 */
#ifndef GM_DAG_REVISION_RANGE_H
#define GM_DAG_REVISION_RANGE_H

#include "dag/walk.h"

struct gm_revision_tip {
	struct gm_oid oid; /* a commit */
	bool hidden;       /* leave out what it reaches */
};

struct gm_revision_range {
	struct gm_revision_tip *items; /* in the order they were given */
	size_t n;
	size_t cap;
};

#define GM_REVISION_RANGE_INIT                  \
	{                                       \
		.items = NULL, .n = 0, .cap = 0 \
	}
#define gm_autorevisionrange \
	gm_cleanup(gm_revision_range_dispose) struct gm_revision_range
void gm_revision_range_dispose(struct gm_revision_range *range);

/* Add what `text` means; codes and `branch` as for gm_revision_commit(). */
int gm_revision_range_add(struct gm_revision_range *range, struct gm_repo *repo,
	const char *text, const char *branch);

int gm_revision_range_add_commit(
	struct gm_revision_range *range, const struct gm_oid *commit, bool hidden);

/* Add the commits of all refs below `prefix`, those of tags too; other refs are passed over. */
int gm_revision_range_add_refs(
	struct gm_revision_range *range, struct gm_repo *repo, const char *prefix);

/* Start a walk with all of them. */
int gm_revision_range_push(const struct gm_revision_range *range, struct gm_walk *walk);

#endif
