#include "base/file.h"
#include "base/strv.h"
#include "dag/merge_state.h"
#include "dag/repair_internal.h"

/* 1 when the file tells of a merge that can still be made. */
static int is_whole(struct gm_repo *repo, const char *path)
{
	gm_automergestate state = GM_MERGE_STATE_INIT;
	gm_autocommit commit = GM_COMMIT_INIT;
	int rc = gm_merge_state_read_file(&state, path);

	if (rc == 0)
		rc = gm_commit_read(&commit, gm_repo_store(repo), &state.theirs);
	if (rc == 0)
		return 1;
	return gm_repair_must_stop(rc) ? rc : 0;
}

static int put_aside(const struct gm_repair *repair, const char *file, const char *path)
{
	gm_autofree char *name = gm_path_join("merge", file);
	gm_autofree char *kept =
		gm_format("%s/merge.damaged-%s/%s", repair->gitdir, repair->stamp, file);
	int rc = name && kept ? gm_mkdirs_for(kept) : GM_ENOMEM;

	if (rc == 0)
		rc = gm_rename(path, kept);
	return rc < 0
		? rc
		: gm_repair_tell_file(repair, name, kept,
			  "the merge does not wait any longer, and may be begun anew");
}

static int add_file(const char *file, void *payload)
{
	return file[0] == '.' ? 0 : gm_strv_add(payload, file);
}

int gm_repair_merges(const struct gm_repair *repair, struct gm_repo *repo)
{
	gm_autofree char *folder = gm_path_join(repair->gitdir, "merge");
	gm_autostrv files = GM_STRV_INIT;
	int rc = folder ? gm_dir_each(folder, add_file, &files) : GM_ENOMEM;

	gm_strv_make_set(&files);
	for (size_t i = 0; rc == 0 && i < files.n; i++) {
		gm_autofree char *path = gm_path_join(folder, files.items[i]);
		rc = path ? is_whole(repo, path) : GM_ENOMEM;
		if (rc == 0)
			rc = put_aside(repair, files.items[i], path);
		else if (rc > 0)
			rc = 0;
	}
	return rc;
}
