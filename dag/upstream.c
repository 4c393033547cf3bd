#include "dag/upstream.h"

#include <string.h>

#define HEADS "refs/heads/"
#define REMOTES "refs/remotes/"

int gm_upstream_ref(
	struct gm_buf *out, const struct gm_config *config, const char *branch)
{
	gm_autofree char *remote_name = gm_format("branch.%s.remote", branch);
	gm_autofree char *merge_name = gm_format("branch.%s.merge", branch);

	if (!remote_name || !merge_name)
		return GM_ENOMEM;
	const char *remote = gm_config_get(config, remote_name);
	const char *merge = gm_config_get(config, merge_name);
	if (!remote || !merge || strncmp(merge, HEADS, strlen(HEADS)))
		return 0;
	if (!strcmp(remote, "."))
		return gm_buf_puts(out, merge);
	return gm_buf_printf(out, REMOTES "%s/%s", remote, merge + strlen(HEADS));
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

const char *gm_upstream_name(const char *ref)
{
	if (!strncmp(ref, REMOTES, strlen(REMOTES)))
		return ref + strlen(REMOTES);
	return strncmp(ref, HEADS, strlen(HEADS)) ? ref : ref + strlen(HEADS);
}
