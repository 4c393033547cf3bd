#include <string.h>

#include "sync/remote.h"
#include "sync/url.h"

static int set(struct gm_repo *repo, const char *name, const char *key, const char *value)
{
	gm_autofree char *setting = gm_format("remote.%s.%s", name, key);
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	int rc = setting ? gm_repo_path(&path, repo, "config") : GM_ENOMEM;

	return rc < 0 ? rc : gm_config_set_file(gm_buf_str(&path), setting, value);
}

/* The repository's own settings as they are now, whatever was changed since it was opened. */
static int read_settings(struct gm_config **out, struct gm_repo *repo)
{
	gm_cleanup(gm_config_free_p) struct gm_config *config = NULL;
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_config_new(&config);

	if (rc == 0)
		rc = gm_repo_path(&path, repo, "config");
	if (rc == 0)
		rc = gm_config_add_file(config, gm_buf_str(&path), NULL);
	if (rc == 0)
		*out = gm_steal(&config);
	return rc;
}

static bool is_below(const char *name, const char *above)
{
	size_t size = strlen(above);

	return !strncmp(name, above, size) && name[size] == '/';
}

/* Branches of one would be tracked where those of the other are. */
static int check_apart(const struct gm_config *config, const char *name)
{
	gm_autostrv others = GM_STRV_INIT;
	int rc = gm_remote_names(&others, config);

	for (size_t i = 0; rc == 0 && i < others.n; i++) {
		const char *other = others.items[i];
		if (is_below(name, other) || is_below(other, name))
			rc = gm_error(GM_EEXISTS,
				"remote name '%s' is a %s of existing remote '%s'", name,
				is_below(name, other) ? "subset" : "superset", other);
	}
	return rc;
}

static int check_new(struct gm_repo *repo, const char *name)
{
	gm_cleanup(gm_config_free_p) struct gm_config *config = NULL;
	int rc = gm_remote_check_name(name);

	if (rc == 0)
		rc = read_settings(&config, repo);
	if (rc == 0 && gm_remote_exists(config, name))
		rc = gm_error(GM_EEXISTS, "remote %s already exists.", name);
	return rc < 0 ? rc : check_apart(config, name);
}

static int check_old(struct gm_repo *repo, const char *name)
{
	gm_cleanup(gm_config_free_p) struct gm_config *config = NULL;
	int rc = read_settings(&config, repo);

	if (rc == 0 && !gm_remote_exists(config, name))
		rc = gm_error(GM_ENOTFOUND, "no such remote '%s'", name);
	return rc;
}

static int check_url(const char *text)
{
	gm_autourl url = GM_URL_INIT;

	return gm_url_parse(&url, text);
}

static int set_fetch(struct gm_repo *repo, const char *name, const char *heads)
{
	gm_autofree char *spec = gm_format("+%s*:refs/remotes/%s/*", heads, name);

	return spec ? set(repo, name, "fetch", spec) : GM_ENOMEM;
}

int gm_remote_add(struct gm_repo *repo, const char *name, const char *url)
{
	int rc = check_new(repo, name);

	if (rc == 0)
		rc = check_url(url);
	if (rc == 0)
		rc = set(repo, name, "url", url);
	return rc < 0 ? rc : set_fetch(repo, name, "refs/heads/");
}

int gm_remote_add_attached(struct gm_repo *repo, const char *name)
{
	int rc = check_new(repo, name);

	if (rc == 0)
		rc = set(repo, name, "attached", "true");
	return rc < 0 ? rc : set_fetch(repo, name, "refs/gitmem/heads/");
}

/* Of one that is the project's a URL of our own would be passed over without a word. */
static int check_own(struct gm_repo *repo, const char *name)
{
	gm_cleanup(gm_config_free_p) struct gm_config *config = NULL;
	gm_autofree char *setting = gm_format("remote.%s.attached", name);
	int rc = setting ? read_settings(&config, repo) : GM_ENOMEM;
	const char *value = rc == 0 ? gm_config_get(config, setting) : NULL;

	if (!value || strcmp(value, "true") != 0)
		return rc;
	return gm_error(GM_EINVALID,
		"'%s' is attached: its url is that of the project's remote", name);
}

int gm_remote_set_url(
	struct gm_repo *repo, const char *name, const char *url, bool for_push)
{
	int rc = check_old(repo, name);

	if (rc == 0)
		rc = check_own(repo, name);
	if (rc == 0)
		rc = check_url(url);
	return rc < 0 ? rc : set(repo, name, for_push ? "pushurl" : "url", url);
}

int gm_remote_set_scope(struct gm_repo *repo, const char *name, enum gm_scope scope)
{
	int rc = check_old(repo, name);

	return rc < 0 ? rc : set(repo, name, "scope", gm_scope_name(scope));
}

/* The settings that are to go. */
struct forgetting {
	const char *remote;
	struct gm_strv settings;
};

static int find_setting(const char *setting, const char *value, void *payload)
{
	struct forgetting *forgetting = payload;
	const char *dot = strrchr(setting, '.');
	size_t size = strlen(forgetting->remote);

	if (!strncmp(setting, "remote.", 7) && dot == setting + 7 + size &&
		!strncmp(setting + 7, forgetting->remote, size))
		return gm_strv_add(&forgetting->settings, setting);
	if (strncmp(setting, "branch.", 7) != 0 || strcmp(dot, ".remote") != 0 ||
		strcmp(value, forgetting->remote) != 0)
		return 0;
	gm_autofree char *merge = gm_format("%.*s.merge", (int)(dot - setting), setting);
	int rc = merge ? gm_strv_add(&forgetting->settings, merge) : GM_ENOMEM;
	return rc < 0 ? rc : gm_strv_add(&forgetting->settings, setting);
}

static int forget_settings(struct gm_repo *repo, const char *name)
{
	struct forgetting forgetting = {.remote = name};
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	gm_cleanup(gm_config_free_p) struct gm_config *config = NULL;
	int rc = read_settings(&config, repo);

	if (rc == 0)
		rc = gm_repo_path(&path, repo, "config");
	if (rc == 0)
		rc = gm_config_each(config, find_setting, &forgetting);
	for (size_t i = 0; rc == 0 && i < forgetting.settings.n; i++) {
		rc = gm_config_set_file(
			gm_buf_str(&path), forgetting.settings.items[i], NULL);
		if (rc == GM_ENOTFOUND)
			rc = 0; /* it had several values, or was never set */
	}
	gm_strv_dispose(&forgetting.settings);
	return rc;
}

/* Refs that are to go, with what they are. */
struct removing {
	struct gm_refs *refs;
	struct gm_ref_update *updates;
	size_t n, cap;
};

static int collect_ref(const char *name, const struct gm_oid *oid, void *payload)
{
	struct removing *removing = payload;
	gm_autobuf target = GM_BUF_INIT(GM_BUF_PATH);

	/* One that leads to another says nothing by itself. */
	if (gm_ref_read_symbolic(&target, removing->refs, name) == 0)
		return 0;
	int rc = gm_grow(&removing->updates, &removing->cap, removing->n + 1,
		sizeof(*removing->updates));
	if (rc < 0)
		return rc;
	char *copy = gm_strdup(name);
	if (!copy)
		return GM_ENOMEM;
	removing->updates[removing->n++] =
		(struct gm_ref_update){.name = copy, .old_oid = *oid};
	return 0;
}

static int remove_tracking(struct gm_repo *repo, struct gm_lock *lock, const char *name)
{
	struct removing removing = {.refs = gm_repo_refs(repo)};
	gm_autofree char *prefix = gm_format("refs/remotes/%s/", name);
	int rc = prefix ? gm_refs_each(removing.refs, prefix, collect_ref, &removing)
			: GM_ENOMEM;

	if (rc == 0 && removing.n)
		rc = gm_ref_update_all(
			removing.refs, lock, removing.updates, removing.n, NULL);
	for (size_t i = 0; i < removing.n; i++)
		gm_free((char *)(uintptr_t)removing.updates[i].name);
	gm_free(removing.updates);
	return rc;
}

int gm_remote_remove(struct gm_repo *repo, struct gm_lock *lock, const char *name)
{
	int rc = check_old(repo, name);

	if (rc == 0)
		rc = remove_tracking(repo, lock, name);
	return rc < 0 ? rc : forget_settings(repo, name);
}
