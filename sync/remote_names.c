#include <string.h>

#include "sync/remote.h"

#define HEADS "refs/heads/"
#define TAGS "refs/tags/"
#define ATTACHED_HEADS "refs/gitmem/heads/"
#define ATTACHED_TAGS "refs/gitmem/tags/"

/* The name in `remote.NAME.key`, whose length is in `*size_out`; NULL when it is none. */
static const char *name_of(size_t *size_out, const char *setting)
{
	const char *dot = strrchr(setting, '.');

	if (strncmp(setting, "remote.", 7) != 0 || dot <= setting + 7)
		return NULL;
	*size_out = (size_t)(dot - setting) - 7;
	return setting + 7;
}

static int collect_name(const char *setting, const char *value, void *payload)
{
	size_t size;
	const char *name = name_of(&size, setting);

	(void)value;
	if (!name)
		return 0;
	gm_autofree char *copy = gm_strndup(name, size);
	return copy ? gm_strv_add(payload, copy) : GM_ENOMEM;
}

int gm_remote_names(struct gm_strv *out, const struct gm_config *config)
{
	int rc = gm_config_each(config, collect_name, out);

	gm_strv_make_set(out);
	return rc;
}

static int find_name(const char *setting, const char *value, void *payload)
{
	const char *wanted = payload;
	size_t size;
	const char *name = name_of(&size, setting);

	(void)value;
	return name && strlen(wanted) == size && !strncmp(name, wanted, size) ? GM_EEXISTS
									      : 0;
}

bool gm_remote_exists(const struct gm_config *config, const char *name)
{
	return gm_config_each(config, find_name, (void *)(uintptr_t)name) == GM_EEXISTS;
}

int gm_remote_check_name(const char *name)
{
	gm_autofree char *ref = gm_format("refs/remotes/%s/x", name);

	if (!ref)
		return GM_ENOMEM;
	if (*name == '-' || gm_ref_check_name(ref) < 0)
		return gm_error(GM_EINVALID, "'%s' is not a valid remote name", name);
	return 0;
}

int gm_remote_of_branch(struct gm_buf *name_out, struct gm_repo *repo, const char *branch)
{
	const struct gm_config *config = gm_repo_config(repo);
	gm_autostrv names = GM_STRV_INIT;

	if (branch) {
		gm_autofree char *setting = gm_format("branch.%s.remote", branch);
		const char *name = setting ? gm_config_get(config, setting) : NULL;
		if (!setting)
			return GM_ENOMEM;
		/* "." is this repository itself: it follows a branch of ours. */
		if (name && strcmp(name, ".") != 0)
			return gm_buf_puts(name_out, name);
	}
	int rc = gm_remote_names(&names, config);
	if (rc < 0)
		return rc;
	if (names.n == 1)
		return gm_buf_puts(name_out, names.items[0]);
	if (gm_strv_contains(&names, "origin"))
		return gm_buf_puts(name_out, "origin");
	return names.n ? gm_error(GM_ENOTFOUND, "which of the remotes is not said")
		       : gm_error(GM_ENOTFOUND, "no remote is configured");
}

/* What the settings say; NULL when they say nothing. */
static int find_push_setting(
	const char **out, const struct gm_config *config, const char *branch)
{
	gm_autofree char *setting =
		branch ? gm_format("branch.%s.pushRemote", branch) : NULL;

	if (branch && !setting)
		return GM_ENOMEM;
	*out = setting ? gm_config_get(config, setting) : NULL;
	if (!*out)
		*out = gm_config_get(config, "remote.pushDefault");
	return 0;
}

int gm_remote_to_push_to(
	struct gm_buf *name_out, struct gm_repo *repo, const char *branch)
{
	const struct gm_config *config = gm_repo_config(repo);
	const char *name = NULL;
	int rc = find_push_setting(&name, config, branch);

	if (rc < 0 || !name)
		return rc < 0 ? rc : gm_remote_of_branch(name_out, repo, branch);
	if (!gm_remote_exists(config, name))
		return gm_error(GM_ENOTFOUND, "there is no remote '%s' to push to", name);
	return gm_buf_puts(name_out, name);
}

/* Append `name` with another beginning; 0 when it does not begin so. */
static int move(struct gm_buf *out, const char *name, const char *from, const char *to)
{
	size_t size = strlen(from);

	if (strncmp(name, from, size) != 0 || !name[size])
		return 0;
	int rc = gm_buf_printf(out, "%s%s", to, name + size);
	return rc < 0 ? rc : 1;
}

int gm_remote_ref_of(struct gm_buf *out, const struct gm_remote *remote, const char *ref)
{
	bool is_attached = remote->is_attached;
	int rc = move(out, ref, HEADS, is_attached ? ATTACHED_HEADS : HEADS);

	if (rc == 0)
		rc = move(out, ref, TAGS, is_attached ? ATTACHED_TAGS : TAGS);
	if (rc == 0)
		return gm_error(GM_EINVALID, "'%s' is neither a branch nor a tag", ref);
	return rc < 0 ? rc : 0;
}

int gm_remote_local_ref(
	struct gm_buf *out, const struct gm_remote *remote, const char *remote_ref)
{
	bool is_attached = remote->is_attached;
	int rc = move(out, remote_ref, is_attached ? ATTACHED_HEADS : HEADS, HEADS);

	if (rc == 0)
		rc = move(out, remote_ref, is_attached ? ATTACHED_TAGS : TAGS, TAGS);
	if (rc == 0)
		return gm_error(
			GM_EINVALID, "'%s' is neither a branch nor a tag", remote_ref);
	return rc < 0 ? rc : 0;
}

int gm_remote_tracking_ref(
	struct gm_buf *out, const struct gm_remote *remote, const char *remote_ref)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < remote->n_fetch; i++)
		rc = gm_refspec_map(out, &remote->fetch[i], remote_ref);
	return rc < 0 ? rc : 0;
}
