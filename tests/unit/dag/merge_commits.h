/*
 * Commits for tests of merging: their trees are in the batch, which is committed with each.
 */
#ifndef GM_TESTS_UNIT_DAG_MERGE_COMMITS_H
#define GM_TESTS_UNIT_DAG_MERGE_COMMITS_H

#include "dag/commit_names.h"
#include "tests/unit/dag/memory_repo.h"

/* Each is made a minute after the last one; `minute` may repeat itself. */
static inline struct gm_oid make_commit(struct memory_repo *world, struct gm_batch *batch,
	const struct gm_oid *tree, const struct gm_oid *parents, size_t n, int minute)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	struct gm_oid oid;
	gm_time when = (INT64_C(1767323045) + minute * 60) * GM_TIME_SECOND;

	commit.tree = *tree;
	commit.n_parents = n;
	commit.parents = gm_calloc(n + 1, sizeof(*parents));
	assert_non_null(commit.parents);
	for (size_t i = 0; i < n; i++)
		commit.parents[i] = parents[i];
	must(gm_signature_set(&commit.author, "A", "a@example.com", when, 0));
	must(gm_signature_set(&commit.committer, "A", "a@example.com", when, 0));
	commit.message = gm_strdup("m\n");
	must(gm_commit_write(&oid, batch, &commit));
	must(gm_batch_commit(batch));
	gm_store_set_flushed(gm_repo_store(world->repo), false);
	return oid;
}

#endif
