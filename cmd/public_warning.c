#include "cmd/public_warning.h"

#include <strings.h>

#include "sync/public_host.h"
#include "sync/url.h"

static void warn(const struct gm_remote *remote, const char *host)
{
	gm_warn("'%s' is at %s: whoever can read the project there can read its memory",
		remote->name, host);
	gm_warn("'gitmem remote set-scope %s global' lets only memories of scope global "
		"go "
		"there",
		remote->name);
}

int gm_warn_public(struct gm_call *call, const struct gm_remote *remote, bool dry_run)
{
	gm_autourl url = GM_URL_INIT;
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);

	if (!remote->is_attached || remote->scope == GM_SCOPE_GLOBAL)
		return 0;
	int rc = gm_url_parse(&url, remote->push_url);
	if (rc < 0 || !gm_host_is_public(url.host))
		return rc;
	gm_autofree char *name = gm_format("remote.%s.warnedOf", remote->name);
	if (!name)
		return GM_ENOMEM;
	const char *known = gm_config_get(gm_repo_config(call->repo), name);
	if (known && !strcasecmp(known, url.host))
		return 0;
	warn(remote, url.host);
	if (dry_run)
		return 0;
	rc = gm_repo_path(&path, call->repo, "config");
	return rc < 0 ? rc : gm_config_set_file(gm_buf_str(&path), name, url.host);
}
