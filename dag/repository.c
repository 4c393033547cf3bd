#include "dag/repository.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "dag/record.h"
#include "dag/repository_format.h"

/* With its front matter it must stay under what gm_record_read() takes for a record. */
#define MAX_CONTENT ((size_t)31 << 20)

/* How often a repository may be converted while we open it. */
#define OPEN_TRIES 3

struct gm_repo {
	char *dir;
	struct gm_config *config;
	struct gm_store *store;
	struct gm_refs *refs;
	bool has_segments;
};

int gm_global_config_path(struct gm_buf *out)
{
	const char *xdg = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");

	if (xdg && *xdg)
		return gm_buf_printf(out, "%s/gitmem/config", xdg);
	if (home && *home)
		return gm_buf_printf(out, "%s/.config/gitmem/config", home);
	return gm_error(GM_ENOTFOUND, "neither XDG_CONFIG_HOME nor HOME is set");
}

/* Identity never fails, so a broken file of Git's own is passed over. */
static int add_git_config(struct gm_config *config, const char *dir, const char *name)
{
	if (!dir || !*dir)
		return 0;
	gm_autofree char *path = gm_path_join(dir, name);
	if (!path)
		return GM_ENOMEM;
	int rc = gm_config_add_file(config, path, "user.");
	return rc == GM_ENOMEM ? rc : 0;
}

static int add_user_config(struct gm_config *config)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	const char *home = getenv("HOME");
	const char *xdg = getenv("XDG_CONFIG_HOME");
	int rc = xdg && *xdg ? add_git_config(config, xdg, "git/config")
			     : add_git_config(config, home, ".config/git/config");

	if (rc == 0)
		rc = add_git_config(config, home, ".gitconfig");
	if (rc < 0)
		return rc;
	rc = gm_global_config_path(&path);
	if (rc == GM_ENOTFOUND)
		return 0;
	return rc < 0 ? rc : gm_config_add_file(config, gm_buf_str(&path), NULL);
}

/* Settings that lost a line must not make a repository look empty. */
static int check_layout(const struct gm_repo *repo, const char *path)
{
	gm_autofree char *store = gm_path_join(repo->dir, "store/manifest");

	if (!store)
		return GM_ENOMEM;
	if (gm_repo_format_is_stated(repo->config) || !gm_path_exists(store))
		return 0;
	return gm_error(GM_EINVALID,
		"'%s' is damaged: it does not say what store there is", path);
}

static int read_config(struct gm_repo *repo)
{
	gm_autofree char *path = gm_path_join(repo->dir, "config");
	int rc = path ? gm_config_new(&repo->config) : GM_ENOMEM;

	if (rc == 0)
		rc = gm_config_add_file(repo->config, path, NULL);
	if (rc == 0)
		rc = gm_repo_format_check(repo->config);
	if (rc == 0)
		rc = check_layout(repo, path);
	if (rc < 0)
		return rc;
	repo->has_segments = gm_repo_format_has_segments(repo->config) &&
		!gm_repo_format_is_converting(repo->dir);
	gm_config_free(repo->config);
	repo->config = NULL;
	rc = gm_config_new(&repo->config);
	if (rc == 0)
		rc = add_user_config(repo->config);
	return rc < 0 ? rc : gm_config_add_file(repo->config, path, NULL);
}

int gm_repo_check_setting(const char *name, const char *value)
{
	if (strcasecmp(name, "core.fsync") != 0 || !strcmp(value, "commit") ||
		!strcmp(value, "none"))
		return 0;
	return gm_error(
		GM_EINVALID, "'core.fsync' is 'commit' or 'none', not '%s'", value);
}

static int open_segments(struct gm_repo *repo)
{
	const char *fsync = gm_config_get(repo->config, "core.fsync");
	int rc = fsync ? gm_repo_check_setting("core.fsync", fsync) : 0;

	if (rc == 0)
		rc = gm_store_open(&repo->store, repo->dir);
	if (rc < 0)
		return rc;
	if (gm_store_has_segments(repo->store))
		return 0;
	gm_store_free(gm_steal(&repo->store));
	return gm_error(GM_ENOTFOUND, "'%s/store' is missing", repo->dir);
}

static int open_objects(struct gm_repo *repo)
{
	const char *fsync = gm_config_get(repo->config, "core.fsync");
	gm_autofree char *objects = gm_path_join(repo->dir, "objects");

	if (!objects)
		return GM_ENOMEM;
	int rc = repo->has_segments ? open_segments(repo)
				    : gm_store_open(&repo->store, objects);
	if (rc < 0)
		return rc;
	gm_store_set_flushed(repo->store, !fsync || strcmp(fsync, "none") != 0);
	return gm_store_set_repository(repo->store, repo->dir);
}

/* The settings may be those of a layout that it does not have any more a moment later. */
static int open_layout(struct gm_repo *repo)
{
	int rc = GM_ENOTFOUND;

	for (int tries = 0; rc == GM_ENOTFOUND && tries < OPEN_TRIES; tries++) {
		gm_config_free(gm_steal(&repo->config));
		rc = read_config(repo);
		if (rc < 0)
			return rc;
		rc = open_objects(repo);
	}
	return rc == GM_ENOTFOUND ? gm_error(GM_EMISMATCH, "%s", gm_error_last()->message)
				  : rc;
}

int gm_repo_open(struct gm_repo **out, const char *gitdir)
{
	gm_cleanup(gm_repo_free_p) struct gm_repo *repo = gm_calloc(1, sizeof(*repo));
	char path[PATH_MAX];
	int rc;

	if (!repo)
		return GM_ENOMEM;
	if (!realpath(gitdir, path))
		return gm_error_errno("cannot open repository '%s'", gitdir);
	repo->dir = gm_strdup(path);
	if (!repo->dir)
		return GM_ENOMEM;
	rc = gm_repo_format_look(repo->dir);
	if (rc == 0)
		rc = open_layout(repo);
	if (rc == 0)
		rc = gm_refs_open_store(&repo->refs, repo->dir, repo->store);
	if (rc < 0)
		return rc;
	*out = gm_steal(&repo);
	return 0;
}

void gm_repo_free(struct gm_repo *repo)
{
	if (!repo)
		return;
	gm_refs_free(repo->refs);
	gm_store_free(repo->store);
	gm_config_free(repo->config);
	gm_free(repo->dir);
	gm_free(repo);
}

const char *gm_repo_dir(const struct gm_repo *repo)
{
	return repo->dir;
}

struct gm_store *gm_repo_store(struct gm_repo *repo)
{
	return repo->store;
}

struct gm_refs *gm_repo_refs(struct gm_repo *repo)
{
	return repo->refs;
}

const struct gm_config *gm_repo_config(const struct gm_repo *repo)
{
	return repo->config;
}

int gm_repo_max_content(size_t *out, const struct gm_repo *repo)
{
	size_t max = GM_RECORD_MAX_CONTENT;
	int rc = gm_config_get_size(&max, repo->config, "memory.maxSize");

	if (rc < 0)
		return rc;
	if (max > MAX_CONTENT)
		return gm_error(GM_EINVALID,
			"'memory.maxSize' is over %zu bytes, the most there is",
			MAX_CONTENT);
	*out = max;
	return 0;
}

int gm_repo_path(struct gm_buf *out, const struct gm_repo *repo, const char *name)
{
	return gm_buf_printf(out, "%s/%s", repo->dir, name);
}

int gm_repo_lock(struct gm_lock **out, struct gm_repo *repo, const char *command,
	gm_lock_wait_fn waiting, void *payload)
{
	gm_cleanup(gm_lock_release_p) struct gm_lock *lock = NULL;
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_repo_path(&path, repo, "lock");

	if (rc == 0)
		rc = gm_lock_acquire(&lock, gm_buf_str(&path), command, waiting, payload);
	/* Who held it may have converted the repository. */
	if (rc == 0)
		rc = gm_store_follow(repo->store);
	if (rc < 0)
		return rc;
	*out = gm_steal(&lock);
	return 0;
}

int gm_branch_check_name(const char *branch)
{
	gm_autofree char *ref = gm_format("refs/heads/%s", branch);

	if (!ref)
		return GM_ENOMEM;
	if (branch[0] == '-' || !strcmp(branch, "HEAD") || gm_ref_check_name(ref) < 0)
		return gm_error(GM_EINVALID, "'%s' is not a valid branch name", branch);
	return 0;
}

void gm_head_dispose(struct gm_head *head)
{
	gm_free(head->ref);
	*head = (struct gm_head)GM_HEAD_INIT;
}

/* The commit a ref names and its tree; a ref that names nothing there is damage. */
static int read_commit(struct gm_head *head, struct gm_repo *repo)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	int rc = gm_commit_read(&commit, repo->store, &head->commit);

	if (rc == GM_ENOTFOUND)
		return gm_error(
			GM_EMISMATCH, "'%s' names a commit that is missing", head->ref);
	if (rc < 0)
		return gm_error_prefix("%s", head->ref);
	head->tree = commit.tree;
	return 0;
}

int gm_head_read(struct gm_head *out, struct gm_repo *repo, const char *branch)
{
	gm_autohead head = GM_HEAD_INIT;
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);
	gm_autofree char *wanted =
		gm_format("%s%s", branch ? "refs/heads/" : "", branch ? branch : "HEAD");
	int rc = wanted ? 0 : GM_ENOMEM;

	if (rc == 0 && branch)
		rc = gm_branch_check_name(branch);
	if (rc < 0)
		return rc;
	rc = gm_ref_read(&head.commit, &name, repo->refs, wanted);
	if (rc < 0 && rc != GM_ENOTFOUND)
		return rc;
	head.exists = rc == 0;
	head.ref = gm_strdup(name.size ? gm_buf_str(&name) : wanted);
	if (!head.ref)
		return GM_ENOMEM;
	if (!strncmp(head.ref, "refs/heads/", 11))
		head.branch = head.ref + 11;
	head.tree = gm_oid_empty_tree;
	if (head.exists) {
		rc = read_commit(&head, repo);
		if (rc < 0)
			return rc;
	} else {
		head.commit = gm_oid_zero;
	}
	gm_head_dispose(out);
	*out = head;
	head = (struct gm_head)GM_HEAD_INIT;
	return 0;
}
