#include "dag/stage_rescue.h"

#include "dag/commit_names.h"
#include "dag/stage_tree.h"

/* What the changes were made on, if that is one commit and still there; else the tip. */
static int find_parent(struct gm_oid *out, struct gm_repo *repo,
	const struct gm_stage *stage, const struct gm_oid *tip)
{
	const struct gm_oid *first = &gm_stage_at(stage, 0)->tip;
	int rc = gm_oid_is_zero(first) ? 1 : gm_store_exists(gm_repo_store(repo), first);

	*out = rc > 0 ? *first : *tip;
	for (size_t i = 1; rc >= 0 && i < gm_stage_size(stage); i++)
		if (!gm_oid_equal(&gm_stage_at(stage, i)->tip, first))
			*out = *tip;
	return rc < 0 ? rc : 0;
}

static int write_tree(struct gm_oid *out, struct gm_batch *batch, struct gm_store *store,
	const struct gm_stage *stage, const struct gm_oid *parent)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	int rc = 0;

	commit.tree = gm_oid_empty_tree;
	if (!gm_oid_is_zero(parent))
		rc = gm_commit_read(&commit, store, parent);
	return rc < 0 ? rc : gm_stage_tree(out, batch, stage, &commit.tree);
}

static int write_commit(struct gm_oid *out, struct gm_batch *batch, struct gm_repo *repo,
	const struct gm_stage *stage, struct gm_oid *parent, const char *branch,
	const struct gm_signature *who)
{
	gm_autofree char *message = gm_format("stage of %s\n", branch);
	struct gm_commit commit = GM_COMMIT_INIT;
	int rc = message
		? write_tree(&commit.tree, batch, gm_repo_store(repo), stage, parent)
		: GM_ENOMEM;

	commit.parents = parent;
	commit.n_parents = !gm_oid_is_zero(parent);
	commit.author = *who;
	commit.committer = *who;
	commit.message = message;
	return rc < 0 ? rc : gm_commit_write(out, batch, &commit);
}

/* "refs/gitmem/rescue/stage-20260102T030405Z-1a2b3c4d5e6f" */
static int put_name(struct gm_buf *out, const struct gm_oid *commit, gm_time time)
{
	struct gm_date date;
	char hex[GM_OID_HEX];

	gm_time_date(&date, time);
	gm_oid_format(hex, commit);
	return gm_buf_printf(out,
		"refs/gitmem/rescue/stage-%04d%02d%02dT%02d%02d%02dZ-%.12s", date.year,
		date.month, date.day, date.hour, date.minute, date.second, hex);
}

static int keep(struct gm_repo *repo, struct gm_lock *lock, struct gm_batch *batch,
	const char *ref, const struct gm_oid *commit)
{
	const struct gm_ref_update update = {.name = ref, .new_oid = *commit};
	struct gm_oid there;
	int rc = gm_ref_read(&there, NULL, gm_repo_refs(repo), ref);

	if (rc == 0 && gm_oid_equal(&there, commit))
		return 0;
	return rc < 0 && rc != GM_ENOTFOUND
		? rc
		: gm_ref_update_with(gm_repo_refs(repo), lock, batch, &update);
}

int gm_stage_rescue(struct gm_buf *ref_out, struct gm_repo *repo, struct gm_lock *lock,
	const struct gm_stage *stage, const struct gm_oid *tip, const char *branch,
	const struct gm_signature *who)
{
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_oid parent, commit;
	int rc = find_parent(&parent, repo, stage, tip);

	if (rc == 0)
		rc = gm_batch_begin(&batch, gm_repo_store(repo));
	if (rc == 0)
		rc = write_commit(&commit, batch, repo, stage, &parent, branch, who);
	if (rc == 0)
		rc = put_name(&name, &commit, who->time);
	if (rc == 0)
		rc = keep(repo, lock, batch, gm_buf_str(&name), &commit);
	return rc < 0 ? rc : gm_buf_puts(ref_out, gm_buf_str(&name));
}
