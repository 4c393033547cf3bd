#include "cmd/fork_point.h"

#include <string.h>

static int set(struct gm_repo *repo, const char *name, const char *value)
{
	gm_autobuf file = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_repo_path(&file, repo, "config");

	return rc < 0 ? rc : gm_config_set_file(gm_buf_str(&file), name, value);
}

int gm_fork_point_write(struct gm_repo *repo, const char *remote, const char *branch,
	const struct gm_oid *commit)
{
	char hex[GM_OID_HEX];
	int rc = set(repo, "fork.remote", remote);

	gm_oid_format(hex, commit);
	if (rc == 0)
		rc = set(repo, "fork.branch", branch);
	if (rc == 0 && !gm_oid_is_zero(commit))
		rc = set(repo, "fork.commit", hex);
	/* It goes its own way, unless it is told to send what it has upstream. */
	if (rc == 0)
		rc = set(repo, "remote.pushDefault", "origin");
	return rc;
}

int gm_fork_point_read(struct gm_fork_point *out, struct gm_repo *repo)
{
	const struct gm_config *config = gm_repo_config(repo);
	const char *commit = gm_config_get(config, "fork.commit");

	out->remote = gm_config_get(config, "fork.remote");
	out->branch = gm_config_get(config, "fork.branch");
	out->commit = gm_oid_zero;
	if (!out->remote || !out->branch)
		return gm_error(GM_ENOTFOUND, "this repository is no fork");
	if (commit &&
		(strlen(commit) != GM_OID_HEX - 1 ||
			!gm_oid_parse(&out->commit, commit, GM_OID_HEX - 1)))
		return gm_error(GM_EINVALID, "'fork.commit' is no commit: '%s'", commit);
	return 0;
}
