#include <string.h>

#include "base/file.h"
#include "dag/reachable.h"
#include "dag/stage.h"

/* The files git writes beside HEAD have a few lines; FETCH_HEAD one for each branch. */
#define FILE_MAX ((size_t)16 << 20)

struct roots {
	struct gm_reachable *reachable;
	struct gm_repo *repo;
	char *broken; /* the first ref that cannot be read */
};

static int add_ref(const char *name, const struct gm_oid *oid, void *payload)
{
	const struct roots *roots = payload;

	(void)name;
	return gm_reachable_add(roots->reachable, oid, false);
}

static void note_broken(const char *name, void *payload)
{
	struct roots *roots = payload;

	if (!roots->broken)
		roots->broken = gm_strdup(name);
}

static int add_refs(struct roots *roots)
{
	struct gm_refs *refs = gm_repo_refs(roots->repo);
	struct gm_oid oid;

	gm_refs_on_broken(refs, note_broken, roots);
	int rc = gm_refs_each(refs, "refs/", add_ref, roots);
	gm_refs_on_broken(refs, NULL, NULL);
	/* In Git's layout it is a file like others, and may have many lines. */
	if (rc == 0 && gm_store_has_segments(gm_repo_store(roots->repo)) &&
		gm_ref_read(&oid, NULL, refs, "FETCH_HEAD") == 0)
		rc = gm_reachable_add(roots->reachable, &oid, true);
	if (rc == 0 && roots->broken)
		return gm_error(GM_EMISMATCH, "ref '%s' is broken", roots->broken);
	if (rc == 0)
		rc = gm_ref_read(&oid, NULL, refs, "HEAD");
	if (rc == GM_ENOTFOUND) /* a branch to come */
		return 0;
	return rc < 0 ? rc : gm_reachable_add(roots->reachable, &oid, false);
}

static int add_entry(const struct gm_reflog_entry *entry, void *payload)
{
	const struct roots *roots = payload;
	int rc = gm_reachable_add(roots->reachable, &entry->old_oid, true);

	return rc < 0 ? rc : gm_reachable_add(roots->reachable, &entry->new_oid, true);
}

static int add_log(const char *ref, struct roots *roots)
{
	/* No ref's log; perhaps somebody's copy of one. */
	if (gm_ref_check_name(ref) < 0)
		return 0;
	return gm_ref_log_each(gm_repo_refs(roots->repo), ref, add_entry, roots);
}

static int add_change(const struct gm_ref_change *change, void *payload)
{
	const struct roots *roots = payload;
	int rc = gm_reachable_add(roots->reachable, &change->old_oid, true);

	return rc < 0 ? rc : gm_reachable_add(roots->reachable, &change->new_oid, true);
}

/* A folder of logs, and the folders in it; the names of refs are as long as paths may be. */
struct log_folder {
	struct roots *roots;
	const char *path; /* below the repository's folder */
};

static int add_log_file(const char *name, void *payload)
{
	const struct log_folder *folder = payload;
	struct roots *roots = folder->roots;
	gm_autofree char *below = gm_path_join(folder->path, name);
	gm_autofree char *full =
		below ? gm_path_join(gm_repo_dir(roots->repo), below) : NULL;
	const struct log_folder inner = {roots, below};

	if (!full)
		return GM_ENOMEM;
	if (gm_is_dir(full))
		return gm_dir_each(full, add_log_file, (void *)(uintptr_t)&inner);
	return add_log(below + strlen("logs/"), roots);
}

static int add_log_files(struct roots *roots)
{
	gm_autofree char *full = gm_path_join(gm_repo_dir(roots->repo), "logs");
	struct log_folder folder = {roots, "logs"};

	return full ? gm_dir_each(full, add_log_file, &folder) : GM_ENOMEM;
}

static int add_reflogs(struct roots *roots)
{
	struct gm_store *store = gm_repo_store(roots->repo);

	return gm_store_has_segments(store)
		? gm_store_reflogs_each(store, add_change, roots)
		: add_log_files(roots);
}

static int add_stage(const char *file, const char *ref, void *payload)
{
	struct roots *roots = payload;
	gm_cleanup(gm_stage_free_p) struct gm_stage *stage = NULL;

	(void)file;
	if (!ref) /* no journal */
		return 0;
	int rc = gm_stage_load(&stage, roots->repo, ref);
	for (size_t i = 0; rc == 0 && i < gm_stage_size(stage); i++) {
		const struct gm_change *change = gm_stage_at(stage, i);
		rc = gm_reachable_add(roots->reachable, &change->tip, true);
		if (rc == 0)
			rc = gm_reachable_add(roots->reachable, &change->base, true);
		if (rc == 0)
			rc = gm_reachable_add(roots->reachable, &change->blob, true);
	}
	return rc;
}

/* ORIG_HEAD, MERGE_HEAD, FETCH_HEAD and the like: ids at the beginnings of lines. */
static bool is_head_file(const char *name)
{
	size_t size = strlen(name);

	return size > 5 && !strcmp(name + size - 5, "_HEAD") &&
		strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == size;
}

static int add_head_file(const char *name, void *payload)
{
	const struct roots *roots = payload;
	gm_autofree char *path = gm_path_join(gm_repo_dir(roots->repo), name);
	gm_autobuf text = GM_BUF_INIT(FILE_MAX);
	struct gm_oid oid;

	if (!is_head_file(name))
		return 0;
	int rc = path ? gm_file_read(&text, path) : GM_ENOMEM;
	const char *at = gm_buf_str(&text);
	while (rc == 0 && at && *at) {
		size_t size = strcspn(at, "\n");
		if (size >= GM_OID_HEX - 1 && gm_oid_parse(&oid, at, GM_OID_HEX - 1))
			rc = gm_reachable_add(roots->reachable, &oid, true);
		at += size + (at[size] == '\n');
	}
	return rc == GM_ENOTFOUND ? 0 : rc; /* it has gone meanwhile */
}

int gm_reachable_add_roots(struct gm_reachable *reachable, struct gm_repo *repo)
{
	struct roots roots = {.reachable = reachable, .repo = repo};
	int rc = add_refs(&roots);

	if (rc == 0)
		rc = add_reflogs(&roots);
	if (rc == 0)
		rc = gm_stages_each(repo, add_stage, &roots);
	if (rc == 0)
		rc = gm_dir_each(gm_repo_dir(repo), add_head_file, &roots);
	gm_free(roots.broken);
	return rc;
}
