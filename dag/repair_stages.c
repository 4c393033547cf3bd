#include <string.h>

#include "base/file.h"
#include "base/strv.h"
#include "dag/repair_internal.h"
#include "dag/stage_file.h"
#include "dag/stage_journal.h"

struct search {
	const char *file;
	struct gm_buf *ref;
};

static int try_ref(const char *name, const struct gm_oid *oid, void *payload)
{
	struct search *search = payload;
	gm_autobuf file = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_stage_file_name(&file, name);

	(void)oid;
	if (rc < 0 || strcmp(gm_buf_str(&file), search->file) != 0)
		return rc;
	rc = gm_buf_puts(search->ref, name);
	return rc < 0 ? rc : 1;
}

/* Whose stage it is: by its first line, or by its name. "" when neither tells. */
static int find_ref(struct gm_buf *out, struct gm_repo *repo, const char *file,
	const struct gm_buf *data)
{
	struct search search = {file, out};
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);
	gm_autohead head = GM_HEAD_INIT;
	int rc = gm_journal_ref(out, gm_buf_str(data), data->size);

	if (rc > 0)
		rc = gm_stage_file_name(&name, gm_buf_str(out));
	if (gm_repair_must_stop(rc) || (rc == 0 && !strcmp(gm_buf_str(&name), file)))
		return rc;
	gm_buf_reset(out);
	rc = gm_refs_each(gm_repo_refs(repo), "refs/heads/", try_ref, &search);
	if (rc == 0)
		rc = try_ref("HEAD", NULL, &search);
	/* A branch without a commit is no ref yet. */
	if (rc == 0 && gm_head_read(&head, repo, NULL) == 0)
		rc = try_ref(head.ref, NULL, &search);
	return rc < 0 ? rc : 0;
}

static int replace(const struct gm_repair *repair, struct gm_repo *repo, const char *file,
	const struct gm_buf *data)
{
	gm_autofree char *name = gm_path_join("stage", file);
	gm_autofree char *folder = gm_format("stage.damaged-%s", repair->stamp);
	gm_autofree char *path = name ? gm_path_join(repair->gitdir, name) : NULL;
	gm_autofree char *kept =
		folder ? gm_format("%s/%s/%s", repair->gitdir, folder, file) : NULL;
	gm_autobuf ref = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf fresh = GM_BUF_INIT(GM_BUF_LARGE);
	size_t n = 0;

	if (!path || !kept)
		return GM_ENOMEM;
	int rc = find_ref(&ref, repo, file, data);
	if (rc == 0 && ref.size)
		rc = gm_journal_salvage(
			&fresh, &n, gm_buf_str(data), data->size, gm_buf_str(&ref));
	if (rc == 0)
		rc = gm_mkdirs_for(kept);
	if (rc == 0)
		rc = gm_file_write(kept, data->ptr, data->size);
	if (rc == 0)
		rc = n ? gm_file_write(path, fresh.ptr, fresh.size) : gm_unlink(path);
	gm_autofree char *text =
		gm_format("%zu changes in it are whole and stay staged", n);
	if (rc == 0 && !text)
		rc = GM_ENOMEM;
	return rc < 0 ? rc : gm_repair_tell_file(repair, name, kept, text);
}

static int repair_stage(
	const struct gm_repair *repair, struct gm_repo *repo, const char *file)
{
	gm_autofree char *path = gm_format("%s/stage/%s", repair->gitdir, file);
	gm_autobuf data = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = path ? gm_file_read(&data, path) : GM_ENOMEM;

	if (rc == 0)
		rc = gm_journal_check(gm_buf_str(&data), data.size, file);
	/* One of a newer version is for that to judge; a check says so. */
	if (rc == 0 || rc == GM_ENOTFOUND || rc == GM_EINVALID)
		return 0;
	if (gm_repair_must_stop(rc))
		return rc;
	return replace(repair, repo, file, &data);
}

static int add_file(const char *file, const char *ref, void *payload)
{
	(void)ref;
	return gm_strv_add(payload, file);
}

int gm_repair_stages(const struct gm_repair *repair, struct gm_repo *repo)
{
	gm_autostrv files = GM_STRV_INIT;
	int rc = gm_stages_each(repo, add_file, &files);

	gm_strv_make_set(&files);
	for (size_t i = 0; rc == 0 && i < files.n; i++)
		rc = repair_stage(repair, repo, files.items[i]);
	return rc;
}
