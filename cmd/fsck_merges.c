#include "cmd/fsck_merges.h"

#include <string.h>

#include "base/file.h"
#include "cmd/fsck_files.h"
#include "dag/merge_state.h"

struct merges {
	struct gm_repo *repo;
	struct gm_fsck_objects *objects;
};

static int add(const struct merges *merges, enum gm_severity severity, const char *file,
	const char *fault)
{
	return gm_faults_add(
		merges->objects->faults, severity, "merge", file, "%s", fault);
}

static int check_kept(
	const struct merges *merges, const char *file, const struct gm_merge_state *state)
{
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_oid oid = gm_oid_zero;
	int rc = gm_merge_state_ref(&name, state->ref);

	if (rc < 0)
		return rc;
	rc = gm_ref_read(&oid, NULL, gm_repo_refs(merges->repo), gm_buf_str(&name));
	if (gm_faults_must_stop(rc) || (rc == 0 && gm_oid_equal(&oid, &state->theirs)))
		return rc;
	return add(merges, GM_SEVERITY_WARNING, file,
		"no ref keeps the commit that is to be merged");
}

static int check_state(
	const struct merges *merges, const char *file, const struct gm_merge_state *state)
{
	gm_autofree char *from = gm_format("'%s'", file);
	gm_autobuf wanted = GM_BUF_INIT(GM_BUF_PATH);
	int rc = from ? gm_merge_state_file(&wanted, state->ref) : GM_ENOMEM;

	if (rc == 0 && strcmp(gm_buf_str(&wanted), file) != 0)
		return add(merges, GM_SEVERITY_ERROR, file, "it is of another branch");
	if (rc == 0)
		rc = check_kept(merges, file, state);
	return rc < 0 ? rc
		      : gm_fsck_objects_reach(merges->objects, GM_SEVERITY_ERROR,
				GM_OBJECT_COMMIT, &state->theirs, from);
}

static int check_file(const struct merges *merges, const char *file)
{
	gm_automergestate state = GM_MERGE_STATE_INIT;
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_repo_path(&path, merges->repo, file);

	if (rc == 0)
		rc = gm_merge_state_read_file(&state, gm_buf_str(&path));
	if (rc == 0)
		return check_state(merges, file, &state);
	/* Concluded meanwhile. */
	if (rc == GM_ENOTFOUND)
		return 0;
	return gm_faults_add_error(
		merges->objects->faults, GM_SEVERITY_ERROR, "merge", file, rc);
}

/* Of a merge that was left the moment before its file was there, or after it had gone. */
static int check_ref(const char *name, const struct gm_oid *oid, void *payload)
{
	const struct merges *merges = payload;
	const char *branch = name + strlen(GM_MERGE_REFS);
	bool is_detached = !strcmp(branch, "HEAD");
	gm_autofree char *ref =
		gm_format("%s%s", is_detached ? "" : "refs/heads/", branch);
	gm_autobuf file = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	int rc = ref ? gm_merge_state_file(&file, ref) : GM_ENOMEM;

	(void)oid;
	if (rc == 0)
		rc = gm_repo_path(&path, merges->repo, gm_buf_str(&file));
	if (rc < 0 || gm_path_exists(gm_buf_str(&path)))
		return rc;
	return gm_faults_add(merges->objects->faults, GM_SEVERITY_WARNING, "ref", name,
		"no merge waits that needs it; 'gitmem merge --abort' on the branch "
		"removes it");
}

int gm_fsck_merges(struct gm_repo *repo, struct gm_fsck_objects *objects)
{
	struct merges merges = {repo, objects};
	gm_autostrv files = GM_STRV_INIT;
	int rc = gm_fsck_list_files(&files, objects->faults, gm_repo_dir(repo), "merge");

	for (size_t i = 0; rc == 0 && i < files.n; i++)
		rc = check_file(&merges, files.items[i]);
	if (rc < 0)
		return rc;
	rc = gm_refs_each(gm_repo_refs(repo), GM_MERGE_REFS, check_ref, &merges);
	/* That refs cannot be read was told when they were checked. */
	return gm_faults_must_stop(rc) ? rc : 0;
}
