#include "dag/git_gc.h"

#include <string.h>

#include "base/file.h"
#include "dag/pack_list.h"
#include "dag/pack_refs.h"
#include "dag/reachable.h"
#include "objstore/own_objects.h"
#include "objstore/pack_build.h"
#include "objstore/pack_mtimes.h"

/* How many loose objects are removed before others get the lock. */
#define REMOVE_STEP 500

struct packing {
	struct gm_repo *repo;
	struct gm_store *store;
	const struct gm_git_gc_options *options;
	struct gm_git_gc_result *result;
	struct gm_own_objects own;
	struct gm_reachable *reachable;
	size_t n_needed; /* of what is reachable, the first so many are needed for good */
	struct gm_strv made; /* the new packs */
	struct gm_pack_keep keeps[2];
	struct gm_progress progress;
};

static void dispose(struct packing *packing)
{
	gm_own_objects_dispose(&packing->own);
	gm_reachable_free(packing->reachable);
	gm_strv_dispose(&packing->made);
	gm_pack_keep_release(&packing->keeps[0]);
	gm_pack_keep_release(&packing->keeps[1]);
}

/* Worktrees have roots of their own, which only stock git knows. */
static int check_worktrees(const struct packing *packing)
{
	static const char *const names[] = {"worktrees", "index"};

	for (size_t i = 0; packing->options->prune && i < 2; i++) {
		gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
		int rc = gm_repo_path(&path, packing->repo, names[i]);
		if (rc < 0)
			return rc;
		if (gm_path_exists(gm_buf_str(&path)))
			return gm_error(GM_ERROR,
				"'%s' is of a worktree; use 'git gc' to throw objects "
				"away",
				gm_buf_str(&path));
	}
	return 0;
}

static int walk(struct packing *packing)
{
	int rc = gm_reachable_add_roots(packing->reachable, packing->repo);

	return rc < 0 ? rc : gm_reachable_walk(packing->reachable, &packing->progress);
}

static bool is_young(const struct packing *packing, const struct gm_own_object *object)
{
	return !packing->options->prune || object->time >= packing->options->expire;
}

/*
 * What was touched lately may be on its way into a commit, and needs all it leads to. `walk`
 * numbers what it finds behind what is there.
 */
static int walk_young(struct packing *packing)
{
	int rc = 0;

	packing->n_needed = gm_reachable_n(packing->reachable);
	for (size_t i = 0; rc == 0 && packing->options->prune && i < packing->own.n;
		i++) {
		const struct gm_own_object *object = &packing->own.items[i];
		if (!gm_reachable_has(packing->reachable, &object->oid) &&
			is_young(packing, object))
			rc = gm_reachable_add(packing->reachable, &object->oid, true);
	}
	return rc < 0 ? rc : gm_reachable_walk(packing->reachable, NULL);
}

/* The walk does not look at blobs. What is not our own is borrowed. */
static int check_blobs(const struct packing *packing)
{
	char hex[GM_OID_HEX];
	int exists = 1;

	for (size_t i = 0; exists > 0 && i < packing->n_needed; i++) {
		struct gm_reachable_object object;
		gm_reachable_at(&object, packing->reachable, i);
		if (object.type != GM_OBJECT_BLOB || object.may_lack ||
			gm_own_objects_find(&packing->own, object.oid))
			continue;
		gm_oid_format(hex, object.oid);
		exists = gm_store_exists(packing->store, object.oid);
	}
	if (exists < 0)
		return exists;
	return exists ? 0 : gm_error(GM_ENOTFOUND, "object '%s' does not exist", hex);
}

/* The objects are listed first: what is new after that is not looked at. */
static int look(struct packing *packing)
{
	gm_progress_start(
		&packing->progress, "Counting objects", 0, packing->options->progress);
	int rc = check_worktrees(packing);
	if (rc == 0 && !packing->options->dry_run)
		rc = gm_own_litter_remove(packing->store);
	if (rc == 0)
		rc = gm_own_objects_read(&packing->own, packing->store);
	if (rc == 0)
		rc = gm_reachable_new(&packing->reachable, packing->store);
	if (rc == 0)
		rc = walk(packing);
	if (rc == 0)
		rc = gm_reachable_arrange(packing->reachable);
	if (rc == 0)
		rc = walk_young(packing);
	if (rc == 0)
		rc = check_blobs(packing);
	if (rc == 0)
		gm_progress_finish(
			&packing->progress, gm_reachable_n(packing->reachable));
	packing->result->n_packs = packing->own.packs.n;
	packing->result->n_loose = packing->own.n_loose;
	packing->result->bytes_before = packing->own.bytes;
	return rc;
}

/* What lies loose and is in a pack that somebody keeps needs no other. */
static bool is_to_pack(const struct gm_own_object *object)
{
	return object &&
		(object->flags & GM_OWN_PACKED ||
			(object->flags & GM_OWN_LOOSE && !(object->flags & GM_OWN_KEPT)));
}

static bool choose_needed(const struct gm_oid *oid, void *payload)
{
	struct packing *packing = payload;
	struct gm_own_object *object = gm_own_objects_find(&packing->own, oid);

	if (!is_to_pack(object))
		return false;
	object->flags |= GM_OWN_REPACKED;
	return true;
}

/* Nothing leads to these: packed ones get a pack apart, or are dropped. */
static int sort_out(struct gm_pack_list *apart, struct packing *packing)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < packing->own.n; i++) {
		struct gm_own_object *object = &packing->own.items[i];
		if (object->flags & GM_OWN_REPACKED || !is_to_pack(object))
			continue;
		if (!is_young(packing, object) &&
			!gm_reachable_has(packing->reachable, &object->oid)) {
			object->flags |= GM_OWN_DROPPED;
			packing->result->n_dropped++;
			continue;
		}
		packing->result->n_unreachable++;
		if (object->flags & GM_OWN_PACKED)
			rc = gm_pack_list_add(apart, &object->oid);
	}
	return rc;
}

static int show(size_t done, void *payload)
{
	gm_progress_update(payload, done);
	return 0;
}

static int build(struct packing *packing, const struct gm_pack_list *list, size_t at)
{
	const struct gm_pack_build_options options = {
		.objects_dir = gm_own_objects_dir(packing->store),
		.progress = show,
		.payload = &packing->progress};
	gm_autofree char *base = NULL;

	gm_progress_start(&packing->progress, "Packing objects", list->n,
		packing->options->progress);
	int rc = gm_pack_build(&packing->keeps[at], &base, packing->store, list->oids,
		list->n, &options);
	if (rc == 0 && base)
		rc = gm_strv_add(&packing->made, base);
	if (rc == 0)
		gm_progress_finish(&packing->progress, list->n);
	return rc;
}

/* Beside the pack apart stands how old each of its objects is. */
static int write_times(const struct packing *packing, const struct gm_pack_list *apart)
{
	gm_autofree int64_t *times = gm_malloc(apart->n * sizeof(int64_t));
	const char *base = packing->made.items[packing->made.n - 1];

	if (!times)
		return GM_ENOMEM;
	for (size_t i = 0; i < apart->n; i++)
		times[i] = gm_own_objects_find(&packing->own, &apart->oids[i])->time;
	return gm_pack_mtimes_write(base, times, apart->n);
}

/* Should the same pack have been one apart. */
static int forget_times(const char *base)
{
	gm_autofree char *path = gm_format("%s.mtimes", base);

	return path ? gm_unlink(path) : GM_ENOMEM;
}

static int build_apart(struct packing *packing, const struct gm_pack_list *apart)
{
	int rc = build(packing, apart, 1);

	if (rc == 0)
		rc = write_times(packing, apart);
	for (size_t i = 0; rc == 0 && i < apart->n; i++)
		gm_own_objects_find(&packing->own, &apart->oids[i])->flags |=
			GM_OWN_REPACKED;
	return rc;
}

/* A ref may have come to lead to what was to be dropped: it stays, and so do its packs. */
static int spare(struct packing *packing)
{
	int rc = walk(packing);

	for (size_t i = 0; rc == 0 && i < packing->own.n; i++) {
		struct gm_own_object *object = &packing->own.items[i];
		if (object->flags & GM_OWN_DROPPED &&
			gm_reachable_has(packing->reachable, &object->oid)) {
			object->flags &= ~(unsigned)GM_OWN_DROPPED;
			packing->result->n_dropped--;
		}
	}
	return rc;
}

static int lock(struct gm_lock **out, struct packing *packing)
{
	const struct gm_git_gc_options *options = packing->options;

	return options->lock ? options->lock(out, options->payload)
			     : gm_repo_lock(out, packing->repo, "gc", NULL, NULL);
}

/* In short steps under the lock, each after another look. */
static int remove_old(struct packing *packing)
{
	size_t at = 0;
	int rc = 0;

	for (bool first = true; rc == 0 && (first || at < packing->own.n);
		first = false) {
		gm_cleanup(gm_lock_release_p) struct gm_lock *held = NULL;
		rc = lock(&held, packing);
		if (rc == 0 && packing->result->n_dropped)
			rc = spare(packing);
		if (rc == 0 && first)
			rc = gm_own_packs_remove(
				&packing->own, packing->store, &packing->made);
		if (rc == 0)
			rc = gm_own_loose_remove(&packing->own, packing->store, &at,
				REMOVE_STEP, packing->options->expire);
	}
	if (rc == 0)
		gm_own_folders_remove(packing->store);
	return rc;
}

static int pack_refs(struct packing *packing)
{
	gm_cleanup(gm_lock_release_p) struct gm_lock *held = NULL;
	int rc = lock(&held, packing);

	return rc < 0 ? rc
		      : gm_refs_pack(&packing->result->n_refs, gm_repo_dir(packing->repo),
				held, packing->store);
}

static int count_after(struct packing *packing)
{
	gm_autoown now = GM_OWN_OBJECTS_INIT;
	int rc = gm_own_objects_read(&now, packing->store);

	packing->result->bytes_after = now.bytes;
	return rc;
}

static int run(struct packing *packing)
{
	gm_autopacklist needed = GM_PACK_LIST_INIT;
	gm_autopacklist apart = GM_PACK_LIST_INIT;
	int rc = look(packing);

	if (rc == 0)
		rc = gm_pack_list_fill(&needed, packing->reachable, packing->n_needed,
			choose_needed, packing);
	if (rc == 0)
		rc = sort_out(&apart, packing);
	packing->result->n_packed = needed.n;
	packing->result->n_apart = apart.n;
	if (rc < 0 || packing->options->dry_run)
		return rc;
	rc = build(packing, &needed, 0);
	if (rc == 0 && packing->made.n)
		rc = forget_times(packing->made.items[0]);
	if (rc == 0 && apart.n)
		rc = build_apart(packing, &apart);
	if (rc == 0)
		rc = remove_old(packing);
	if (rc == 0 && packing->options->pack_refs)
		rc = pack_refs(packing);
	gm_pack_keep_release(&packing->keeps[0]);
	gm_pack_keep_release(&packing->keeps[1]);
	return rc < 0 ? rc : count_after(packing);
}

int gm_git_gc(struct gm_git_gc_result *out, struct gm_repo *repo,
	const struct gm_git_gc_options *options)
{
	struct gm_git_gc_result result = {.n_packs = 0};
	gm_cleanup(dispose) struct packing packing = {.repo = repo,
		.store = gm_repo_store(repo),
		.options = options,
		.result = &result,
		.own = GM_OWN_OBJECTS_INIT,
		.made = GM_STRV_INIT,
		.keeps = {GM_PACK_KEEP_INIT, GM_PACK_KEEP_INIT}};
	int rc = run(&packing);

	if (rc == 0)
		*out = result;
	return rc;
}
