#include <string.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/seam.h"
#include "dag/convert_internal.h"
#include "dag/pack_refs.h"
#include "dag/reachable.h"
#include "dag/refs_internal.h"
#include "dag/repository_format.h"
#include "objstore/own_objects.h"
#include "objstore/store_layout.h"

/* How many objects are written before they are put in place, which bounds the memory needed. */
#define BATCH_MAX 200000

/* How many loose objects are looked for at once. */
#define REMOVE_STEP 500

/* Objects on their way into the new store. */
struct copying {
	struct gm_conversion *conversion;
	struct gm_store *to;
	struct gm_batch *batch;
	size_t n; /* in the batch */
	struct gm_own_objects own;
	struct gm_progress progress;
};

static void copying_dispose(struct copying *copying)
{
	gm_batch_free(copying->batch);
	gm_store_free(copying->to);
	gm_own_objects_dispose(&copying->own);
}

/* What only stock git knows of, or what is not all here, cannot be converted. */
static int check_fitness(const struct gm_conversion *conversion)
{
	static const char *const names[] = {
		"worktrees", "index", "shallow", GM_STORE_DIR};
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		gm_buf_reset(&path);
		int rc = gm_repo_path(&path, conversion->repo, names[i]);
		if (rc < 0)
			return rc;
		if (gm_path_exists(gm_buf_str(&path)))
			return gm_error(GM_ERROR,
				"a repository with '%s' cannot be converted",
				gm_buf_str(&path));
	}
	return 0;
}

static int commit(struct copying *copying)
{
	copying->n = 0;
	return gm_batch_commit(copying->batch);
}

static int copy_object(
	struct copying *copying, const struct gm_oid *oid, const struct gm_oid *base)
{
	gm_autobuf data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	enum gm_object_type type;
	struct gm_oid written;
	int rc = gm_interrupted();

	if (rc == 0)
		rc = gm_store_read(&data, &type, copying->conversion->store, oid);
	if (rc == 0)
		rc = gm_batch_write_based(&written, copying->batch, type,
			gm_buf_str(&data), data.size, base);
	if (rc < 0)
		return rc;
	gm_progress_update(&copying->progress, ++copying->conversion->result->n_objects);
	return ++copying->n == BATCH_MAX ? commit(copying) : 0;
}

/* Those of one type among the reachable objects from `from` to `to`, in order. */
static int copy_range(struct copying *copying, const struct gm_reachable *reachable,
	enum gm_object_type type, size_t from, size_t to)
{
	struct gm_reachable_object object;
	int rc = 0;

	for (size_t i = from; rc == 0 && i < to; i++) {
		gm_reachable_at(&object, reachable, i);
		if (object.type != type)
			continue;
		struct gm_own_object *own =
			gm_own_objects_find(&copying->own, object.oid);
		if (!own)
			continue;
		own->flags |= GM_OWN_REPACKED;
		rc = copy_object(copying, object.oid, object.previous);
	}
	return rc;
}

/* Versions of a path follow each other; a folder comes behind those in it. */
static int copy_trees(struct copying *copying, const struct gm_reachable *reachable)
{
	struct gm_reachable_object object, before;
	size_t end = gm_reachable_n(reachable);
	int rc = 0;

	for (size_t i = end; rc == 0 && i-- > 0;) {
		gm_reachable_at(&object, reachable, i);
		if (i)
			gm_reachable_at(&before, reachable, i - 1);
		if (i && before.type == object.type && before.path == object.path)
			continue;
		if (object.type == GM_OBJECT_TREE)
			rc = copy_range(copying, reachable, GM_OBJECT_TREE, i, end);
		end = i;
	}
	return rc;
}

/*
 * In an order in which they are small, each behind the version of the path before it, and in
 * which names in SHA-256 are known when they are needed: what is named comes first.
 */
static int copy_all(struct copying *copying, const struct gm_reachable *reachable)
{
	size_t n = gm_reachable_n(reachable);
	int rc = copy_range(copying, reachable, GM_OBJECT_BLOB, 0, n);

	if (rc == 0)
		rc = copy_trees(copying, reachable);
	if (rc == 0)
		rc = copy_range(copying, reachable, GM_OBJECT_COMMIT, 0, n);
	return rc < 0 ? rc : copy_range(copying, reachable, GM_OBJECT_TAG, 0, n);
}

static int copy_reachable(struct copying *copying)
{
	gm_cleanup(gm_reachable_free_p) struct gm_reachable *reachable = NULL;
	int rc = gm_reachable_new(&reachable, copying->conversion->store);

	if (rc == 0)
		rc = gm_reachable_add_roots(reachable, copying->conversion->repo);
	if (rc == 0)
		rc = gm_reachable_walk(reachable, NULL);
	if (rc == 0)
		rc = gm_reachable_arrange(reachable);
	return rc < 0 ? rc : copy_all(copying, reachable);
}

/* What nothing leads to. */
static int copy_rest(struct copying *copying)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < copying->own.n; i++)
		if (!(copying->own.items[i].flags & GM_OWN_REPACKED))
			rc = copy_object(copying, &copying->own.items[i].oid, NULL);
	return rc < 0 ? rc : commit(copying);
}

/* What stock git, at work until the settings kept it away, has added. */
static int copy_new(struct copying *copying)
{
	gm_autoown now = GM_OWN_OBJECTS_INIT;
	int rc = gm_own_objects_read(&now, copying->conversion->store);

	for (size_t i = 0; rc == 0 && i < now.n; i++) {
		rc = gm_store_exists(copying->to, &now.items[i].oid);
		if (rc == 0)
			rc = copy_object(copying, &now.items[i].oid, NULL);
		rc = rc < 0 ? rc : 0;
	}
	return rc < 0 ? rc : commit(copying);
}

/* All refs are packed by now: one that gets a file later was changed by a git still at work. */
static int copy_refs(struct copying *copying)
{
	struct gm_conversion *conversion = copying->conversion;
	gm_autoref_list list = GM_REF_LIST_INIT;
	gm_autoref_list again = GM_REF_LIST_INIT;
	size_t n;
	int rc =
		gm_refs_pack(&n, conversion->gitdir, conversion->lock, conversion->store);

	if (rc == 0)
		rc = copy_new(copying);
	if (rc == 0)
		rc = gm_ref_list_read_files(&list, conversion->gitdir, true);
	if (rc == 0)
		rc = gm_convert_put_refs(copying->to, &list);
	for (size_t i = 0; rc == 0 && i < list.n; i++)
		rc = gm_convert_put_log(
			copying->to, conversion->gitdir, list.items[i].name);
	if (rc == 0)
		rc = gm_ref_list_read_files(&again, conversion->gitdir, true);
	if (rc == 0 && !gm_ref_list_equal(&list, &again))
		rc = gm_error(GM_EMODIFIED,
			"another program changed refs meanwhile; try again");
	conversion->result->n_refs = list.n;
	return rc;
}

static int fill(struct copying *copying, const char *path)
{
	struct gm_conversion *conversion = copying->conversion;
	int rc = gm_own_objects_read(&copying->own, conversion->store);

	if (rc == 0)
		rc = gm_mkdirs(path);
	if (rc == 0)
		rc = gm_store_create(path);
	if (rc == 0)
		rc = gm_store_open(&copying->to, path);
	if (rc < 0)
		return rc;
	/* All of it is flushed at once in the end. */
	gm_store_set_flushed(copying->to, false);
	gm_progress_start(&copying->progress, "Converting objects", copying->own.n,
		conversion->progress);
	rc = gm_batch_begin(&copying->batch, copying->to);
	if (rc == 0)
		rc = copy_reachable(copying);
	if (rc == 0)
		rc = copy_rest(copying);
	gm_progress_finish(&copying->progress, conversion->result->n_objects);
	if (rc == 0)
		rc = gm_convert_mark(conversion->gitdir, true);
	return rc < 0 ? rc : copy_refs(copying);
}

static int make_store(struct gm_conversion *conversion, const char *path)
{
	gm_cleanup(copying_dispose) struct copying copying = {
		.conversion = conversion, .own = GM_OWN_OBJECTS_INIT};
	int rc = fill(&copying, path);

	return rc < 0 ? rc : gm_store_flush_segments(path);
}

/* The store that was made comes to count. */
static int switch_over(const struct gm_conversion *conversion)
{
	gm_autofree char *from =
		gm_path_join(conversion->gitdir, GM_STORE_NEW_DIR "/" GM_STORE_DIR);
	gm_autofree char *to = gm_path_join(conversion->gitdir, GM_STORE_DIR);

	return from && to ? gm_rename(from, to) : GM_ENOMEM;
}

/* Back to how it was; the error stays that of what failed. */
static int undo(const struct gm_conversion *conversion)
{
	const struct gm_error error = *gm_error_last();

	/*
	 * Should this fail too, gm_convert_settle() does it. The mark without the folder would be
	 * that of a repository which has lost its segments.
	 */
	if (gm_convert_mark(conversion->gitdir, false) == 0)
		(void)gm_convert_remove_folder(conversion->gitdir, GM_STORE_NEW_DIR);
	return gm_error(error.code, "%s", error.message);
}

int gm_convert_to_segments(struct gm_conversion *conversion)
{
	gm_autofree char *path = gm_path_join(conversion->gitdir, GM_STORE_NEW_DIR);
	int rc = path ? check_fitness(conversion) : GM_ENOMEM;

	if (rc < 0)
		return rc;
	rc = make_store(conversion, path);
	if (rc == 0)
		rc = switch_over(conversion);
	if (rc < 0)
		return undo(conversion);
	rc = gm_fsync_dir(conversion->gitdir);
	if (rc == 0)
		rc = gm_store_follow(conversion->store);
	if (rc >= 0)
		rc = gm_convert_drop_git(conversion);
	return rc < 0 ? gm_error_prefix("the repository is converted, but") : 0;
}

/* Only what comes out of the segments whole goes. */
static int drop_objects(struct gm_conversion *conversion)
{
	gm_autoown own = GM_OWN_OBJECTS_INIT;
	const struct gm_strv none = GM_STRV_INIT;
	size_t at = 0;
	int rc = gm_own_objects_read(&own, conversion->store);

	for (size_t i = 0; rc == 0 && i < own.n; i++) {
		rc = gm_store_segments_have(conversion->store, &own.items[i].oid);
		if (rc > 0)
			own.items[i].flags |= GM_OWN_REPACKED;
		rc = rc < 0 ? rc : gm_interrupted();
	}
	if (rc == 0)
		rc = gm_own_packs_remove(&own, conversion->store, &none);
	while (rc == 0 && at < own.n)
		rc = gm_own_loose_remove(&own, conversion->store, &at, REMOVE_STEP, 0);
	if (rc == 0)
		gm_own_folders_remove(conversion->store);
	return rc;
}

static int adopt(const struct gm_conversion *conversion, const struct gm_ref_item *item,
	const struct gm_oid *old_oid)
{
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	const struct gm_ref_change change = {
		.name = item->name, .old_oid = *old_oid, .new_oid = item->oid};
	int rc = gm_batch_begin(&batch, conversion->store);

	if (rc == 0)
		rc = gm_batch_ref_update(batch, &change);
	return rc < 0 ? rc : gm_batch_commit(batch);
}

/*
 * The file of a ref: a git that was still at work made it after all refs were packed. Where the
 * ref is in the segments what it was then, the change counts; else the file stays. 1: it goes.
 */
static int drop_loose(const struct gm_conversion *conversion,
	const struct gm_ref_item *item, const struct gm_ref_list *packed)
{
	struct gm_ref_value value = {.target = NULL};
	const struct gm_ref_item *before = gm_ref_list_find(packed, item->name);
	int rc = gm_store_ref_read(&value, conversion->store, item->name);

	if (rc < 0 && rc != GM_ENOTFOUND)
		return rc;
	if (rc == 0 && (value.target || gm_oid_equal(&value.oid, &item->oid)))
		return 1;
	if (before ? rc < 0 || !gm_oid_equal(&value.oid, &before->oid) : rc == 0)
		return 0;
	rc = adopt(conversion, item, &value.oid);
	return rc < 0 ? rc : 1;
}

static int drop_refs(const struct gm_conversion *conversion)
{
	gm_autoref_list list = GM_REF_LIST_INIT;
	gm_autoref_list packed = GM_REF_LIST_INIT;
	const char *gitdir = conversion->gitdir;
	gm_autofree char *packed_path = gm_path_join(gitdir, "packed-refs");
	int rc = packed_path ? gm_ref_list_read_files(&list, gitdir, false) : GM_ENOMEM;

	if (rc == 0)
		rc = gm_ref_list_read_packed(&packed, gitdir);
	for (size_t i = 0; rc == 0 && i < list.n; i++) {
		const struct gm_ref_item *item = &list.items[i];
		gm_autofree char *path = gm_path_join(gitdir, item->name);
		if (!path)
			return GM_ENOMEM;
		if (!item->has_file)
			continue;
		rc = item->target ? 1 : drop_loose(conversion, item, &packed);
		if (rc > 0)
			rc = gm_unlink(path);
		gm_ref_folders_prune(gitdir, item->name);
	}
	return rc < 0 ? rc : gm_unlink(packed_path);
}

static int drop_logs(const struct gm_conversion *conversion)
{
	gm_autoref_list list = GM_REF_LIST_INIT;
	gm_autofree char *logs = gm_path_join(conversion->gitdir, "logs");
	int rc = logs ? gm_ref_list_read_store(&list, conversion->store) : GM_ENOMEM;

	for (size_t i = 0; rc == 0 && i < list.n; i++) {
		gm_autofree char *path = gm_path_join(logs, list.items[i].name);
		rc = path ? gm_unlink(path) : GM_ENOMEM;
		gm_ref_folders_prune(logs, list.items[i].name);
	}
	return rc;
}

/* HEAD goes last: by it one sees that something is left. */
int gm_convert_drop_git(struct gm_conversion *conversion)
{
	gm_autofree char *head = gm_path_join(conversion->gitdir, "HEAD");
	gm_autofree char *tested = gm_path_join(conversion->gitdir, GM_BISECT_HEAD);
	int rc = head && tested
		? gm_convert_remove_folder(conversion->gitdir, GM_STORE_NEW_DIR)
		: GM_ENOMEM;

	if (rc == 0)
		rc = drop_refs(conversion);
	if (rc == 0)
		rc = gm_unlink(tested);
	if (rc == 0)
		rc = drop_logs(conversion);
	if (rc == 0)
		rc = drop_objects(conversion);
	return rc < 0 ? rc : gm_file_write(head, GM_NO_HEAD, strlen(GM_NO_HEAD));
}
