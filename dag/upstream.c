#include "dag/upstream.h"

#include <string.h>

#include "dag/walk.h"

#define HEADS "refs/heads/"
#define REMOTES "refs/remotes/"

/* The two settings; NULL when it follows nothing. */
static int read_settings(const char **remote_out, const char **merge_out,
	const struct gm_config *config, const char *branch)
{
	gm_autofree char *remote_name = gm_format("branch.%s.remote", branch);
	gm_autofree char *merge_name = gm_format("branch.%s.merge", branch);

	if (!remote_name || !merge_name)
		return GM_ENOMEM;
	const char *remote = gm_config_get(config, remote_name);
	const char *merge = gm_config_get(config, merge_name);
	const bool follows = remote && merge && !strncmp(merge, HEADS, strlen(HEADS));
	*remote_out = follows ? remote : NULL;
	*merge_out = follows ? merge : NULL;
	return 0;
}

int gm_upstream_ref(
	struct gm_buf *out, const struct gm_config *config, const char *branch)
{
	const char *remote, *merge;
	int rc = read_settings(&remote, &merge, config, branch);

	if (rc < 0 || !remote)
		return rc;
	if (!strcmp(remote, "."))
		return gm_buf_puts(out, merge);
	return gm_buf_printf(out, REMOTES "%s/%s", remote, merge + strlen(HEADS));
}

int gm_upstream_at(struct gm_buf *out, const struct gm_config *config, const char *branch,
	const char *remote)
{
	const char *followed, *merge;
	int rc = read_settings(&followed, &merge, config, branch);

	return rc < 0 || !followed || strcmp(followed, remote) != 0
		? rc
		: gm_buf_puts(out, merge);
}

int gm_upstream_of(struct gm_buf *out, struct gm_repo *repo, const char *branch)
{
	gm_autohead head = GM_HEAD_INIT;
	size_t size = out->size;
	int rc = gm_head_read(&head, repo, branch);

	if (rc < 0)
		return rc;
	if (!head.branch)
		return gm_error(
			GM_ENOTFOUND, "HEAD is on no branch, so it has no upstream");
	rc = gm_upstream_ref(out, gm_repo_config(repo), head.branch);
	if (rc < 0 || out->size > size)
		return rc;
	if (!head.exists && branch)
		return gm_error(GM_ENOTFOUND, "no branch '%s'", head.branch);
	return gm_error(
		GM_ENOTFOUND, "no upstream is set for the branch '%s'", head.branch);
}

void gm_tracking_dispose(struct gm_tracking *tracking)
{
	gm_buf_dispose(&tracking->ref);
}

int gm_tracking_read(struct gm_tracking *out, struct gm_repo *repo, const char *branch,
	const struct gm_oid *commit)
{
	struct gm_oid theirs;
	int rc = gm_upstream_ref(&out->ref, gm_repo_config(repo), branch);

	if (rc < 0 || !out->ref.size)
		return rc;
	rc = gm_ref_read(&theirs, NULL, gm_repo_refs(repo), gm_buf_str(&out->ref));
	out->is_gone = rc == GM_ENOTFOUND;
	if (rc < 0 || gm_oid_is_zero(commit))
		return out->is_gone ? 0 : rc;
	return gm_ahead_behind(
		&out->ahead, &out->behind, gm_repo_store(repo), commit, &theirs);
}

/* 1 when the ref exists, with its name appended. */
static int try_ref(
	struct gm_buf *out, struct gm_repo *repo, const char *prefix, const char *name)
{
	gm_autofree char *ref = gm_format("%s%s", prefix, name);
	struct gm_oid oid;
	int rc = ref ? gm_ref_read(&oid, NULL, gm_repo_refs(repo), ref) : GM_ENOMEM;

	if (rc == GM_ENOTFOUND)
		return 0;
	if (rc == 0)
		rc = gm_buf_puts(out, ref);
	return rc < 0 ? rc : 1;
}

int gm_upstream_find(struct gm_buf *out, struct gm_repo *repo, const char *name)
{
	bool is_full = !strncmp(name, HEADS, strlen(HEADS)) ||
		!strncmp(name, REMOTES, strlen(REMOTES));
	int rc = is_full ? try_ref(out, repo, "", name) : try_ref(out, repo, HEADS, name);

	if (!rc && !is_full)
		rc = try_ref(out, repo, REMOTES, name);
	if (!rc)
		return gm_error(GM_ENOTFOUND, "there is no branch '%s' to follow", name);
	return rc < 0 ? rc : 0;
}

/* The longest name of a remote that a text begins with. */
struct remote {
	const char *text; /* "origin/main" */
	size_t size;
};

static int match_remote(const char *name, const char *value, void *payload)
{
	struct remote *remote = payload;
	const char *dot = strrchr(name, '.');

	(void)value;
	if (strncmp(name, "remote.", 7) != 0 || dot < name + 7)
		return 0;
	size_t size = (size_t)(dot - name) - 7;
	if (size > remote->size && !strncmp(remote->text, name + 7, size) &&
		remote->text[size] == '/')
		remote->size = size;
	return 0;
}

/* Split "REMOTE/BRANCH" as the settings know remotes, else at the first slash. */
static int split_remote(size_t *out, struct gm_repo *repo, const char *text)
{
	struct remote remote = {.text = text, .size = 0};
	int rc = gm_config_each(gm_repo_config(repo), match_remote, &remote);

	*out = remote.size ? remote.size : strcspn(text, "/");
	if (rc == 0 && (!*out || !text[*out]))
		return gm_error(GM_EINVALID, "'%s' is no branch of a remote", text);
	return rc;
}

static int set_both(
	const char *file, const char *branch, const char *remote, const char *merge)
{
	gm_autofree char *remote_name = gm_format("branch.%s.remote", branch);
	gm_autofree char *merge_name = gm_format("branch.%s.merge", branch);
	int rc = remote_name && merge_name ? gm_config_set_file(file, remote_name, remote)
					   : GM_ENOMEM;

	if (rc == 0 || (rc == GM_ENOTFOUND && !remote))
		rc = gm_config_set_file(file, merge_name, merge);
	return rc == GM_ENOTFOUND && !merge ? 0 : rc;
}

int gm_upstream_set(struct gm_repo *repo, const char *branch, const char *ref)
{
	gm_autobuf file = GM_BUF_INIT(GM_BUF_PATH);
	size_t size = 0;
	int rc = gm_repo_path(&file, repo, "config");

	if (rc < 0)
		return rc;
	if (!ref)
		return set_both(gm_buf_str(&file), branch, NULL, NULL);
	if (!strncmp(ref, HEADS, strlen(HEADS)))
		return set_both(gm_buf_str(&file), branch, ".", ref);
	ref += strlen(REMOTES);
	rc = split_remote(&size, repo, ref);
	gm_autofree char *remote = gm_strndup(ref, size);
	gm_autofree char *merge = gm_format(HEADS "%s", rc < 0 ? "" : ref + size + 1);
	if (rc == 0 && (!remote || !merge))
		return GM_ENOMEM;
	return rc < 0 ? rc : set_both(gm_buf_str(&file), branch, remote, merge);
}

const char *gm_upstream_name(const char *ref)
{
	if (!strncmp(ref, REMOTES, strlen(REMOTES)))
		return ref + strlen(REMOTES);
	return strncmp(ref, HEADS, strlen(HEADS)) ? ref : ref + strlen(HEADS);
}
