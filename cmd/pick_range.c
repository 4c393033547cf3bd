#include "cmd/pick_range.h"

#include "base/interrupt.h"
#include "dag/revision_range.h"

void gm_pick_range_dispose(struct gm_pick_range *range)
{
	gm_free(range->items);
	*range = (struct gm_pick_range)GM_PICK_RANGE_INIT;
}

static int add(struct gm_pick_range *range, const struct gm_oid *oid)
{
	int rc = gm_grow(&range->items, &range->cap, range->n + 1, sizeof(*range->items));

	if (rc == 0)
		range->items[range->n++] = *oid;
	return rc;
}

static void turn_round(struct gm_pick_range *range)
{
	for (size_t i = 0; i < range->n / 2; i++) {
		struct gm_oid *other = &range->items[range->n - 1 - i];
		struct gm_oid oid = range->items[i];
		range->items[i] = *other;
		*other = oid;
	}
}

static int walk_range(struct gm_pick_range *out, struct gm_call *call,
	const struct gm_revision_range *range)
{
	gm_cleanup(gm_walk_free_p) struct gm_walk *walk = NULL;
	gm_autocommit commit = GM_COMMIT_INIT;
	int rc = gm_walk_new(
		&walk, gm_repo_store(call->repo), GM_WALK_TOPOLOGICAL_BY_DATE);

	if (rc == 0)
		rc = gm_revision_range_push(range, walk);
	while (rc == 0 && (rc = gm_walk_next(&commit, walk)) > 0) {
		rc = add(out, &commit.oid);
		if (rc == 0)
			rc = gm_interrupted();
	}
	return rc;
}

int gm_pick_range_find(struct gm_pick_range *out, struct gm_call *call,
	const struct gm_options_result *args, bool oldest_first)
{
	gm_autorevisionrange range = GM_REVISION_RANGE_INIT;
	bool walks = false;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < args->n_rest; i++)
		rc = gm_revision_range_add(
			&range, call->repo, args->rest[i], call->branch);
	for (size_t i = 0; i < range.n; i++)
		walks = walks || range.items[i].hidden;
	for (size_t i = 0; rc == 0 && !walks && i < range.n; i++)
		rc = add(out, &range.items[i].oid);
	if (rc == 0 && walks)
		rc = walk_range(out, call, &range);
	if (rc == 0 && walks && oldest_first)
		turn_round(out);
	return rc;
}
