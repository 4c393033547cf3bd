#include "sync/remote.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "sync/project.h"
#include "sync/url.h"

#define ATTACHED_FETCH "+refs/gitmem/heads/*:refs/remotes/%s/*"

void gm_remote_dispose(struct gm_remote *remote)
{
	for (size_t i = 0; i < remote->n_fetch; i++)
		gm_refspec_dispose(&remote->fetch[i]);
	gm_free(remote->fetch);
	gm_free(remote->name);
	gm_free(remote->url);
	gm_free(remote->push_url);
	gm_free(remote->given_url);
	gm_free(remote->given_push_url);
}

/* A setting of the remote; NULL with 0 when it is not set. */
static int get(const char **out, const struct gm_config *config, const char *name,
	const char *key)
{
	gm_autofree char *full = gm_format("remote.%s.%s", name, key);

	if (!full)
		return GM_ENOMEM;
	*out = gm_config_get(config, full);
	return 0;
}

struct collecting {
	struct gm_remote *remote;
	const char *wanted; /* the setting whose values are refspecs */
	size_t cap;
};

static int add_refspec(struct gm_remote *remote, size_t *cap, const char *text)
{
	int rc =
		gm_grow(&remote->fetch, cap, remote->n_fetch + 1, sizeof(*remote->fetch));

	if (rc == 0)
		rc = gm_refspec_parse(&remote->fetch[remote->n_fetch], text);
	if (rc == 0)
		remote->n_fetch++;
	return rc;
}

static int collect_refspec(const char *name, const char *value, void *payload)
{
	struct collecting *collecting = payload;

	if (strcmp(name, collecting->wanted) != 0)
		return 0;
	return add_refspec(collecting->remote, &collecting->cap, value);
}

static int read_fetch(struct gm_remote *out, const struct gm_config *config)
{
	gm_autofree char *wanted = gm_format("remote.%s.fetch", out->name);
	struct collecting collecting = {.remote = out, .wanted = wanted};

	if (!wanted)
		return GM_ENOMEM;
	int rc = gm_config_each(config, collect_refspec, &collecting);
	if (rc < 0 || out->n_fetch || !out->is_attached)
		return rc;
	gm_autofree char *usual = gm_format(ATTACHED_FETCH, out->name);
	return usual ? add_refspec(out, &collecting.cap, usual) : GM_ENOMEM;
}

bool gm_remote_scope_parse(enum gm_scope *out, const char *word)
{
	enum gm_scope scope;

	if (!gm_scope_parse(&scope, word) || scope == GM_SCOPE_PRIVATE)
		return false;
	*out = scope;
	return true;
}

static int read_scope(struct gm_remote *out, const struct gm_config *config)
{
	const char *word;
	int rc = get(&word, config, out->name, "scope");

	out->scope = GM_SCOPE_SHARED;
	if (rc < 0 || !word || gm_remote_scope_parse(&out->scope, word))
		return rc;
	return gm_error(
		GM_EINVALID, "'remote.%s.scope' must be shared or global", out->name);
}

/* Append the URL; a relative path is meant from the folder that holds the repository. */
static int put_url(struct gm_buf *out, const struct gm_repo *repo, const char *text)
{
	gm_autourl url = GM_URL_INIT;
	const char *dir = gm_repo_dir(repo);
	const char *last = strrchr(dir, '/');
	size_t size = strlen(dir);
	int rc = gm_url_parse(&url, text);

	if (rc < 0)
		return rc;
	if (url.transport != GM_TRANSPORT_PATH || *url.path == '/')
		return gm_buf_puts(out, text);
	if (last && !strcmp(last + 1, GM_REPO_DIR))
		size = (size_t)(last - dir);
	rc = gm_buf_put(out, dir, size);
	return rc < 0 ? rc : gm_buf_printf(out, "/%s", text);
}

static int keep_given(struct gm_remote *out, const char *url, const char *push_url)
{
	out->given_url = gm_strdup(url);
	out->given_push_url = gm_strdup(push_url);
	return out->given_url && out->given_push_url ? 0 : GM_ENOMEM;
}

static int read_urls(struct gm_remote *out, struct gm_buf *url, struct gm_buf *push_url,
	const struct gm_repo *repo)
{
	const char *name = out->name;
	const struct gm_config *config = gm_repo_config(repo);
	const char *text, *push;
	int rc = get(&text, config, name, "url");

	if (rc == 0)
		rc = get(&push, config, name, "pushurl");
	if (rc < 0)
		return rc;
	if (!text && !push)
		return gm_error(GM_EINVALID, "the remote '%s' has no url", name);
	rc = put_url(url, repo, text ? text : push);
	if (rc == 0)
		rc = put_url(push_url, repo, push ? push : text);
	return rc < 0 ? rc : keep_given(out, text ? text : push, push ? push : text);
}

static int read_project_urls(struct gm_remote *out, struct gm_buf *url,
	struct gm_buf *push_url, const struct gm_repo *repo)
{
	gm_autoproject project = GM_PROJECT_INIT;
	int rc = gm_project_around(&project, gm_repo_dir(repo));

	if (rc == 0)
		rc = gm_project_url(url, &project, out->name, false);
	if (rc == 0)
		rc = gm_project_url(push_url, &project, out->name, true);
	return rc < 0 ? rc : keep_given(out, gm_buf_str(url), gm_buf_str(push_url));
}

static bool is_true(const char *value)
{
	return value &&
		(!strcasecmp(value, "true") || !strcasecmp(value, "yes") ||
			!strcasecmp(value, "on") || !strcmp(value, "1"));
}

static int keep(struct gm_remote *out, const char *url, const char *push_url)
{
	out->url = gm_strdup(url);
	out->push_url = gm_strdup(push_url);
	return out->url && out->push_url ? 0 : GM_ENOMEM;
}

static int read_named(struct gm_remote *out, struct gm_repo *repo, const char *name)
{
	const struct gm_config *config = gm_repo_config(repo);
	gm_autobuf url = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf push_url = GM_BUF_INIT(GM_BUF_PATH);
	const char *attached;
	int rc = get(&attached, config, name, "attached");

	if (rc < 0)
		return rc;
	out->name = gm_strdup(name);
	out->is_attached = is_true(attached);
	rc = out->name ? read_scope(out, config) : GM_ENOMEM;
	if (rc == 0)
		rc = read_fetch(out, config);
	if (rc < 0)
		return rc;
	rc = out->is_attached ? read_project_urls(out, &url, &push_url, repo)
			      : read_urls(out, &url, &push_url, repo);
	return rc < 0 ? rc : keep(out, gm_buf_str(&url), gm_buf_str(&push_url));
}

/* Whether both lead to the same place; of paths the file system knows. */
static bool is_same_place(const char *a, const char *b)
{
	char real_a[PATH_MAX], real_b[PATH_MAX];

	if (!strcmp(a, b))
		return true;
	return realpath(a, real_a) && realpath(b, real_b) && !strcmp(real_a, real_b);
}

/* What goes to a remote is bounded by its scope also where only its URL was named. */
static int take_scope(struct gm_remote *out, struct gm_repo *repo, const char *name)
{
	struct gm_remote remote = GM_REMOTE_INIT;
	int rc = read_named(&remote, repo, name);

	if (rc == 0 && remote.scope > out->scope &&
		(is_same_place(remote.url, out->url) ||
			is_same_place(remote.push_url, out->url)))
		out->scope = remote.scope;
	gm_remote_dispose(&remote);
	/* One that cannot be read is no hindrance to others. */
	return rc == GM_ENOMEM ? rc : 0;
}

static int bound_scope(struct gm_remote *out, struct gm_repo *repo)
{
	gm_autostrv names = GM_STRV_INIT;
	int rc = gm_remote_names(&names, gm_repo_config(repo));

	for (size_t i = 0; rc == 0 && i < names.n; i++)
		rc = take_scope(out, repo, names.items[i]);
	return rc;
}

static int read_unnamed(struct gm_remote *out, struct gm_repo *repo, const char *text)
{
	gm_autourl url = GM_URL_INIT;
	int rc = gm_url_parse(&url, text);

	if (rc < 0)
		return rc;
	if (url.transport == GM_TRANSPORT_PATH && access(url.path, F_OK) < 0)
		return gm_error(
			GM_ENOTFOUND, "'%s' is neither a remote nor a repository", text);
	out->scope = GM_SCOPE_SHARED;
	rc = keep_given(out, text, text);
	if (rc == 0)
		rc = keep(out, text, text);
	return rc < 0 || !repo ? rc : bound_scope(out, repo);
}

int gm_remote_read(struct gm_remote *out, struct gm_repo *repo, const char *name_or_url)
{
	struct gm_remote remote = GM_REMOTE_INIT;
	bool is_name = repo && gm_remote_exists(gm_repo_config(repo), name_or_url);
	int rc = is_name ? read_named(&remote, repo, name_or_url)
			 : read_unnamed(&remote, repo, name_or_url);

	if (rc < 0) {
		gm_remote_dispose(&remote);
		return rc;
	}
	*out = remote;
	return 0;
}

const char *gm_remote_key(const struct gm_remote *remote)
{
	return remote->name ? remote->name : remote->url;
}

int gm_remote_show(struct gm_buf *out, const struct gm_remote *remote)
{
	return remote->name ? gm_buf_puts(out, remote->name)
			    : gm_url_show(out, remote->url);
}
