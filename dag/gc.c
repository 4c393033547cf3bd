#include "dag/gc.h"

#include "objstore/own_objects.h"

/* What the store asks us while it packs. */
struct gc {
	struct gm_reachable *reachable;
	struct gm_compact *compact;
};

static void give_item(struct gm_compact_item *out, size_t at, void *payload)
{
	const struct gc *gc = payload;
	struct gm_reachable_object object;

	gm_reachable_at(&object, gc->reachable, at);
	*out = (struct gm_compact_item){
		object.oid, object.type, object.path, object.may_lack};
}

static bool is_live(const struct gm_oid *oid, void *payload)
{
	const struct gc *gc = payload;

	return gm_reachable_has(gc->reachable, oid);
}

static int add_more(const struct gm_oid *oids, size_t n, void *payload)
{
	struct gc *gc = payload;
	size_t before = gm_reachable_n(gc->reachable);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = gm_reachable_add(gc->reachable, &oids[i], true);
	if (rc == 0)
		rc = gm_reachable_walk(gc->reachable, NULL);
	for (size_t i = before; rc == 0 && i < gm_reachable_n(gc->reachable); i++) {
		struct gm_reachable_object object;
		gm_reachable_at(&object, gc->reachable, i);
		rc = gm_compact_rescue(gc->compact, object.oid);
	}
	return rc;
}

static int find_live(
	struct gc *gc, struct gm_repo *repo, const struct gm_gc_options *options)
{
	struct gm_progress progress;
	int rc = gm_reachable_add_roots(gc->reachable, repo);

	gm_progress_start(&progress, "Looking for objects", 0, options->progress);
	if (rc == 0)
		rc = gm_reachable_walk(gc->reachable, &progress);
	if (rc == 0)
		rc = gm_reachable_arrange(gc->reachable);
	gm_progress_finish(&progress, gm_reachable_n(gc->reachable));
	return rc;
}

static int pack(struct gc *gc, const struct gm_gc_options *options)
{
	const struct gm_compact_live live = {.n = gm_reachable_n(gc->reachable),
		.at = give_item,
		.has = is_live,
		.more = add_more,
		.payload = gc};
	const struct gm_compact_stats *stats = gm_compact_stats(gc->compact);
	struct gm_progress progress;
	int rc = gm_compact_plan(gc->compact, &live);

	if (rc < 0 || options->is_dry || (!stats->n_rewrite && !stats->n_drop))
		return rc;
	gm_progress_start(&progress, "Packing", stats->n_rewrite, options->progress);
	rc = gm_compact_run(gc->compact, &progress);
	gm_progress_finish(&progress, stats->n_rewrite);
	return rc;
}

int gm_gc(struct gm_gc_result *out, struct gm_repo *repo,
	const struct gm_gc_options *options)
{
	const struct gm_compact_options how = {options->expire, options->is_dry};
	gm_cleanup(gm_reachable_free_p) struct gm_reachable *reachable = NULL;
	gm_cleanup(gm_compact_free_p) struct gm_compact *compact = NULL;
	int rc = gm_reachable_new(&reachable, gm_repo_store(repo));

	/* Of what fetches that were killed had received. */
	if (rc == 0 && !options->is_dry)
		rc = gm_own_litter_remove(gm_repo_store(repo));
	if (rc == 0)
		rc = gm_compact_begin(&compact, gm_repo_store(repo), &how);
	struct gc gc = {reachable, compact};
	if (rc == 0)
		rc = find_live(&gc, repo, options);
	const size_t n_live = rc == 0 ? gm_reachable_n(reachable) : 0;
	if (rc == 0)
		rc = pack(&gc, options);
	if (rc < 0)
		return rc;
	*out = (struct gm_gc_result){
		.n_live = n_live, .stats = *gm_compact_stats(compact)};
	return 0;
}
