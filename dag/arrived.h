/*
 * Objects that have arrived from elsewhere, in a store of their own, and are to become part of a
 * repository: whether they may, and how they do.
 */
#ifndef GM_DAG_ARRIVED_H
#define GM_DAG_ARRIVED_H

#include "dag/repository.h"

struct gm_arrived {
	/* What has arrived, each with all that it was made of; NULL: nothing has. */
	struct gm_store *objects;
	/* The repository they are for, whose store sees them (gm_store_borrow()). */
	struct gm_repo *repo;
	/* What refs are to lead to. */
	const struct gm_oid *tips;
	size_t n_tips;
	/* Told how far it has come; a negative return ends it and is returned. May be NULL. */
	int (*progress)(size_t done, size_t total, void *payload);
	void *payload;
};

/*
 * Check them: each commit, tree and tag is one by our rules; what they name has arrived, or is
 * in the repository, and is of the type it is named as; and so are the tips, which lead to
 * nothing that the repository lacks. GM_EMISMATCH tells what is wrong. Costs what has arrived,
 * and the history down to the commits it stands on.
 */
int gm_arrived_check(const struct gm_arrived *arrived);

/*
 * Put what the tips lead to, and the refs of the repository do not, into a batch of its store,
 * each object behind what it names and what it is like. Call gm_arrived_check() first. `*n_out`
 * is how many there were.
 */
int gm_arrived_write(
	size_t *n_out, struct gm_batch *batch, const struct gm_arrived *arrived);

#endif
