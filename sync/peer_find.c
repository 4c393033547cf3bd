#include "base/file.h"
#include "sync/peer.h"
#include "sync/url.h"

static int find_at(struct gm_buf *gitdir_out, const char *path)
{
	gm_autofree char *inside = gm_path_join(path, GM_REPO_DIR);

	if (!inside)
		return GM_ENOMEM;
	const char *found = gm_repo_is_dir(inside) ? inside
		: gm_repo_is_dir(path)             ? path
						   : NULL;
	if (!found)
		return 0;
	int rc = gm_buf_puts(gitdir_out, found);
	return rc < 0 ? rc : 1;
}

int gm_peer_find(struct gm_buf *gitdir_out, const char *url)
{
	gm_autourl parsed = GM_URL_INIT;
	int rc = gm_url_parse(&parsed, url);

	if (rc < 0)
		return rc == GM_EINVALID ? 0 : rc;
	return parsed.transport == GM_TRANSPORT_PATH ? find_at(gitdir_out, parsed.path)
						     : 0;
}

int gm_peer_of_remote(
	struct gm_buf *gitdir_out, const struct gm_remote *remote, bool for_push)
{
	if (remote->is_attached)
		return 0;
	return gm_peer_find(gitdir_out, for_push ? remote->push_url : remote->url);
}
