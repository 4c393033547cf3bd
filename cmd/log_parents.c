#include "cmd/log_parents.h"

#include "dag/walk_simplify.h"

void gm_log_parents_dispose(struct gm_log_parents *parents)
{
	gm_map_dispose(&parents->walked);
	gm_map_dispose(&parents->passed);
	gm_free(parents->nearest.items);
}

static int add(struct gm_oids *list, const struct gm_oid *oid)
{
	int rc = gm_grow(&list->items, &list->cap, list->n + 1, sizeof(*list->items));

	if (rc == 0)
		list->items[list->n++] = *oid;
	return rc;
}

int gm_log_parents_add(
	struct gm_log_parents *parents, const struct gm_oid *commit, bool shown)
{
	return gm_map_put(&parents->walked, commit, shown);
}

/* One step down from a commit that the paths left out: to the parent it is just like. */
static int step_down(
	struct gm_oid *out, struct gm_log_parents *parents, const struct gm_oid *from)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	int rc = gm_commit_read(&commit, parents->store, from);

	if (rc < 0)
		return rc;
	*out = commit.n_parents ? commit.parents[0] : gm_oid_zero;
	for (size_t i = 0; commit.n_parents > 1 && i < commit.n_parents; i++) {
		gm_autocommit parent = GM_COMMIT_INIT;
		rc = gm_commit_read(&parent, parents->store, &commit.parents[i]);
		if (rc == 0)
			rc = gm_paths_are_same(parents->store, &commit.tree, &parent.tree,
				parents->paths);
		if (rc < 0)
			return rc;
		if (rc) {
			*out = commit.parents[i];
			return 0;
		}
	}
	return 0;
}

static int remember(struct gm_log_parents *parents, const struct gm_oids *way,
	const struct gm_oid *end)
{
	int rc = add(&parents->nearest, end);

	for (size_t i = 0; rc == 0 && i < way->n; i++)
		rc = gm_map_put(&parents->passed, &way->items[i], parents->nearest.n);
	return rc;
}

/* Follow `at` down to a commit of the walk; zero when there is none. */
static int find_nearest(struct gm_oid *out, struct gm_log_parents *parents,
	struct gm_oid at, struct gm_oids *way)
{
	uint64_t known;
	int rc = 0;

	while (rc == 0 && !gm_oid_is_zero(&at) &&
		!gm_map_get(NULL, &parents->walked, &at)) {
		if (gm_map_get(&known, &parents->passed, &at)) {
			at = parents->nearest.items[known - 1];
			break;
		}
		rc = add(way, &at);
		if (rc == 0)
			rc = step_down(&at, parents, &at);
	}
	if (rc == 0 && way->n)
		rc = remember(parents, way, &at);
	if (rc == 0)
		*out = at;
	return rc;
}

static bool contains(const struct gm_oids *list, const struct gm_oid *oid)
{
	for (size_t i = 0; i < list->n; i++)
		if (gm_oid_equal(&list->items[i], oid))
			return true;
	return false;
}

int gm_log_parents_of(struct gm_oids *out, struct gm_log_parents *parents,
	const struct gm_commit *commit)
{
	int rc = 0;

	out->n = 0;
	for (size_t i = 0; rc == 0 && i < commit->n_parents; i++) {
		struct gm_oids way = {NULL, 0, 0};
		struct gm_oid parent = commit->parents[i];
		uint64_t shown = 0;
		if (parents->paths->n)
			rc = find_nearest(&parent, parents, parent, &way);
		gm_free(way.items);
		if (rc == 0 && gm_map_get(&shown, &parents->walked, &parent) && shown &&
			!contains(out, &parent))
			rc = add(out, &parent);
	}
	return rc;
}
