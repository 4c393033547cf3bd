#include "sync/project.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

/* How far up we look, and how long the file is that stands in the place of a `.git` folder. */
#define MAX_LEVELS 4096
#define MAX_LINK ((size_t)8 << 10)

void gm_project_dispose(struct gm_project *project)
{
	gm_free(project->root);
	gm_free(project->git_dir);
	gm_free(project->common_dir);
	gm_config_free(project->config);
	*project = (struct gm_project)GM_PROJECT_INIT;
}

/* Read a file of one line, without its end. */
static int read_line(struct gm_buf *out, const char *path)
{
	int rc = gm_file_read(out, path);

	while (rc == 0 && out->size && strchr("\r\n", out->ptr[out->size - 1]))
		out->ptr[--out->size] = '\0';
	if (rc == 0 && strlen(gm_buf_str(out)) != out->size)
		return gm_error(GM_EINVALID, "'%s' holds no path", path);
	return rc;
}

/* `path` as seen from a folder. */
static char *seen_from(const char *dir, const char *path)
{
	return *path == '/' ? gm_strdup(path) : gm_path_join(dir, path);
}

/* The folder that a `.git` file leads to: "gitdir: PATH". */
static int follow_link(char **out, const char *link, const char *dir)
{
	static const char before[] = "gitdir: ";
	gm_autobuf line = GM_BUF_INIT(MAX_LINK);
	int rc = read_line(&line, link);

	if (rc < 0)
		return rc;
	if (strncmp(gm_buf_str(&line), before, sizeof(before) - 1) != 0)
		return gm_error(GM_EINVALID, "'%s' leads to no repository", link);
	*out = seen_from(dir, line.ptr + sizeof(before) - 1);
	return *out ? 0 : GM_ENOMEM;
}

static bool has_head(const char *git_dir)
{
	gm_autofree char *head = gm_path_join(git_dir, "HEAD");

	return head && gm_path_exists(head);
}

/* 1 with what is Git's in the folder `dir`, 0 when nothing is. */
static int look(char **git_dir_out, const char *dir)
{
	gm_autofree char *path = gm_path_join(dir, ".git");
	gm_autofree char *git_dir = NULL;
	int rc = 0;

	if (!path)
		return GM_ENOMEM;
	if (!gm_path_exists(path))
		return 0;
	if (gm_is_dir(path))
		git_dir = gm_steal(&path);
	else
		rc = follow_link(&git_dir, path, dir);
	if (rc < 0 || !has_head(git_dir))
		return rc;
	*git_dir_out = gm_steal(&git_dir);
	return 1;
}

static int find_common(char **out, const char *git_dir)
{
	gm_autofree char *path = gm_path_join(git_dir, "commondir");
	gm_autobuf line = GM_BUF_INIT(MAX_LINK);

	if (!path)
		return GM_ENOMEM;
	int rc = gm_path_exists(path) ? read_line(&line, path) : 0;
	if (rc < 0)
		return rc;
	gm_autofree char *dir =
		line.size ? seen_from(git_dir, line.ptr) : gm_strdup(git_dir);
	if (!dir)
		return GM_ENOMEM;
	char real[PATH_MAX];
	*out = gm_strdup(realpath(dir, real) ? real : dir);
	return *out ? 0 : GM_ENOMEM;
}

static int add_file(struct gm_config *config, const char *dir, const char *name)
{
	gm_autofree char *path = dir && *dir ? gm_path_join(dir, name) : NULL;

	if (!dir || !*dir)
		return 0;
	return path ? gm_config_add_file(config, path, NULL) : GM_ENOMEM;
}

/* What holds for all projects of the user. */
static int add_shared(struct gm_config *config)
{
	const char *xdg = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");
	int rc = gm_config_add_file(config, "/etc/gitconfig", NULL);

	if (rc == 0)
		rc = xdg && *xdg ? add_file(config, xdg, "git/config")
				 : add_file(config, home, ".config/git/config");
	return rc < 0 ? rc : add_file(config, home, ".gitconfig");
}

/* What holds for this one. */
static int add_own(struct gm_config *config, const struct gm_project *project)
{
	int rc = add_file(config, project->common_dir, "config");
	const char *split = gm_config_get(config, "extensions.worktreeConfig");

	if (rc < 0 || !split || !strcmp(split, "false"))
		return rc;
	return add_file(config, project->git_dir, "config.worktree");
}

static int read_settings(struct gm_project *project)
{
	int rc = gm_config_new(&project->config);

	if (rc == 0)
		rc = add_shared(project->config);
	return rc < 0 ? rc : add_own(project->config, project);
}

static int find_upward(struct gm_project *project, const char *start)
{
	char real[PATH_MAX];

	if (!realpath(start, real))
		return gm_error_errno("cannot enter '%s'", start);
	gm_autofree char *dir = gm_strdup(real);
	if (!dir)
		return GM_ENOMEM;
	for (size_t level = 0; level < MAX_LEVELS; level++) {
		int rc = look(&project->git_dir, dir);
		if (rc < 0)
			return rc;
		if (rc) {
			project->root = gm_steal(&dir);
			return 0;
		}
		if (!strcmp(dir, "/"))
			break;
		char *above = gm_path_dir(dir);
		if (!above)
			return GM_ENOMEM;
		gm_free(dir);
		dir = above;
	}
	return gm_error(GM_ENOTFOUND,
		"there is no project with a Git repository around '%s'", start);
}

int gm_project_find(struct gm_project *out, const char *start)
{
	gm_autoproject project = GM_PROJECT_INIT;
	int rc = find_upward(&project, start);

	if (rc == 0)
		rc = find_common(&project.common_dir, project.git_dir);
	if (rc == 0)
		rc = read_settings(&project);
	if (rc < 0)
		return rc;
	*out = project;
	project = (struct gm_project)GM_PROJECT_INIT;
	return 0;
}

int gm_project_around(struct gm_project *out, const char *gitdir)
{
	gm_autofree char *start = gm_path_dir(gitdir);

	return start ? gm_project_find(out, start) : GM_ENOMEM;
}

/* The longest beginning of a URL that settings replace, and what comes in its place. */
struct replacement {
	const char *url;
	const char *key; /* ".insteadof" */
	size_t size;     /* of the beginning; 0: none */
	struct gm_buf base;
};

static int consider(const char *name, const char *value, void *payload)
{
	static const char section[] = "url.";
	struct replacement *replacement = payload;
	size_t size = strlen(name), key_size = strlen(replacement->key);
	size_t value_size = strlen(value);

	if (strncmp(name, section, sizeof(section) - 1) != 0 ||
		size < sizeof(section) - 1 + key_size ||
		strcmp(name + size - key_size, replacement->key) != 0 ||
		value_size <= replacement->size ||
		strncmp(replacement->url, value, value_size) != 0)
		return 0;
	replacement->size = value_size;
	gm_buf_reset(&replacement->base);
	return gm_buf_put(&replacement->base, name + sizeof(section) - 1,
		size - key_size - (sizeof(section) - 1));
}

/* Put what `key` says in the place of the beginning of `url`: 1, or 0 when nothing is. */
static int replace(struct gm_buf *url, const struct gm_project *project, const char *key)
{
	struct replacement replacement = {
		.url = gm_buf_str(url), .key = key, .base = GM_BUF_INIT(GM_BUF_PATH)};
	gm_autobuf replaced = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_config_each(project->config, consider, &replacement);

	if (rc == 0 && replacement.size)
		rc = gm_buf_printf(&replaced, "%s%s", gm_buf_str(&replacement.base),
			replacement.url + replacement.size);
	gm_buf_dispose(&replacement.base);
	if (rc < 0 || !replaced.size)
		return rc;
	gm_buf_reset(url);
	rc = gm_buf_puts(url, gm_buf_str(&replaced));
	return rc < 0 ? rc : 1;
}

static const char *get(
	const struct gm_project *project, const char *remote, const char *key)
{
	gm_autofree char *name = gm_format("remote.%s.%s", remote, key);

	return name ? gm_config_get(project->config, name) : NULL;
}

/* A colon before the first slash makes it a URL, or a host and a path there. */
static bool is_relative_path(const char *url)
{
	return *url != '/' && url[strcspn(url, ":/")] != ':';
}

int gm_project_url(struct gm_buf *out, const struct gm_project *project, const char *name,
	bool for_push)
{
	gm_autobuf url = GM_BUF_INIT(GM_BUF_PATH);
	const char *push_url = for_push ? get(project, name, "pushurl") : NULL;
	const char *given = push_url ? push_url : get(project, name, "url");

	if (!given || !*given)
		return gm_error(GM_ENOTFOUND, "the project in '%s' has no remote '%s'",
			project->root, name);
	int rc = gm_buf_puts(&url, given);
	if (rc == 0 && for_push && !push_url)
		rc = replace(&url, project, ".pushinsteadof");
	if (rc == 0)
		rc = replace(&url, project, ".insteadof");
	if (rc < 0)
		return rc;
	if (is_relative_path(gm_buf_str(&url)))
		return gm_buf_printf(out, "%s/%s", project->root, gm_buf_str(&url));
	return gm_buf_puts(out, gm_buf_str(&url));
}

static bool is_below(const char *path, const char *dir)
{
	size_t size = strlen(dir);

	return !strncmp(path, dir, size) && (path[size] == '/' || !path[size]);
}

static int put_hooks_path(
	struct gm_buf *out, const struct gm_project *project, const char *path)
{
	const char *home = getenv("HOME");

	if (!strncmp(path, "~/", 2) && home && *home)
		return gm_buf_printf(out, "%s%s", home, path + 1);
	return *path == '/' ? gm_buf_puts(out, path)
			    : gm_buf_printf(out, "%s/%s", project->root, path);
}

/* Where they lie once links are followed; `path` itself when it does not exist. */
static enum gm_project_hooks judge_path(
	const struct gm_project *project, const char *path, bool is_own)
{
	char real[PATH_MAX];
	const char *at = realpath(path, real) ? real : path;

	if (is_below(at, project->common_dir))
		return GM_PROJECT_HOOKS_OWN;
	if (is_below(at, project->root))
		return GM_PROJECT_HOOKS_TRACKED;
	return is_own ? GM_PROJECT_HOOKS_OWN : GM_PROJECT_HOOKS_SHARED;
}

int gm_project_hooks(struct gm_buf *out, enum gm_project_hooks *kind_out,
	const struct gm_project *project)
{
	gm_cleanup(gm_config_free_p) struct gm_config *own = NULL;
	const char *path = gm_config_get(project->config, "core.hooksPath");

	*kind_out = GM_PROJECT_HOOKS_OWN;
	if (!path || !*path)
		return gm_buf_printf(out, "%s/hooks", project->common_dir);
	int rc = gm_config_new(&own);
	if (rc == 0)
		rc = add_own(own, project);
	size_t before = out->size;
	if (rc == 0)
		rc = put_hooks_path(out, project, path);
	if (rc == 0)
		*kind_out = judge_path(project, gm_buf_str(out) + before,
			gm_config_get(own, "core.hooksPath") != NULL);
	return rc;
}
