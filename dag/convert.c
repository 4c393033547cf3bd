#include "dag/convert.h"

#include <string.h>
#include <strings.h>

#include "base/config.h"
#include "base/file.h"
#include "base/seam.h"
#include "dag/convert_internal.h"
#include "dag/repository_format.h"
#include "objstore/own_objects.h"
#include "objstore/store_layout.h"

struct extensions {
	bool is_marked;
	bool has_others;
};

static int note_extension(const char *name, const char *value, void *payload)
{
	struct extensions *extensions = payload;

	(void)value;
	if (strncasecmp(name, "extensions.", strlen("extensions.")) != 0)
		return 0;
	if (!strcasecmp(name, "extensions.gitmem"))
		extensions->is_marked = true;
	else
		extensions->has_others = true;
	return 0;
}

static int look_at_extensions(struct extensions *out, const char *path)
{
	gm_cleanup(gm_config_free_p) struct gm_config *config = NULL;
	int rc = gm_config_new(&config);

	if (rc == 0)
		rc = gm_config_add_file(config, path, NULL);
	return rc < 0 ? rc : gm_config_each(config, note_extension, out);
}

/* Git looks at most extensions in version 1 only, so it is the version that counts. */
int gm_convert_mark(const char *gitdir, bool has_segments)
{
	struct extensions extensions = {.is_marked = false};
	gm_autofree char *path = gm_path_join(gitdir, "config");
	int rc = path ? look_at_extensions(&extensions, path) : GM_ENOMEM;

	if (rc < 0 || (!has_segments && !extensions.is_marked))
		return rc;
	if (has_segments)
		rc = gm_config_set_file(path, "extensions.gitmem", "1");
	if (rc == 0 && (has_segments || !extensions.has_others))
		rc = gm_config_set_file(
			path, "core.repositoryformatversion", has_segments ? "1" : "0");
	if (rc == 0 && !has_segments)
		rc = gm_config_set_file(path, "extensions.gitmem", NULL);
	return rc;
}

/* A folder that is being removed; what it may hold has no folders deeper down. */
struct removal {
	const char *path;
	bool is_top;
};

static int remove_folder(const char *path, bool is_top);

static int remove_entry(const char *name, void *payload)
{
	const struct removal *removal = payload;
	gm_autofree char *path = gm_path_join(removal->path, name);

	if (!path)
		return GM_ENOMEM;
	return removal->is_top && gm_is_dir(path) ? remove_folder(path, false)
						  : gm_unlink(path);
}

static int remove_folder(const char *path, bool is_top)
{
	struct removal removal = {path, is_top};
	int rc = gm_dir_each(path, remove_entry, &removal);

	if (rc == 0 && gm_is_dir(path) && gm_sys_rmdir(path) < 0)
		rc = gm_error_errno("cannot remove folder '%s'", path);
	return rc;
}

int gm_convert_remove_folder(const char *gitdir, const char *name)
{
	gm_autofree char *path = gm_path_join(gitdir, name);
	gm_autofree char *manifest = path ? gm_path_join(path, "manifest") : NULL;
	int rc = manifest ? gm_unlink(manifest) : GM_ENOMEM;

	/* Without it, nobody takes the rest for a store. */
	return rc < 0 ? rc : remove_folder(path, true);
}

static bool has(const char *gitdir, const char *name)
{
	gm_autofree char *path = gm_path_join(gitdir, name);

	return path && gm_path_exists(path);
}

/* Whether HEAD is not as it is where segments count. */
static int has_head(const char *gitdir)
{
	gm_autofree char *path = gm_path_join(gitdir, "HEAD");
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = path ? gm_file_read(&text, path) : GM_ENOMEM;

	return rc < 0 ? rc : strcmp(gm_buf_str(&text), GM_NO_HEAD) != 0;
}

static int settle(struct gm_conversion *conversion)
{
	const char *gitdir = conversion->gitdir;

	if (!gm_store_has_segments(conversion->store)) {
		if (has(gitdir, GM_STORE_NEW_DIR) || has(gitdir, GM_STORE_OLD_DIR))
			return gm_convert_drop_segments(conversion);
		return 0;
	}
	int rc = has_head(gitdir);
	if (rc > 0 || (rc == 0 && has(gitdir, GM_STORE_NEW_DIR)))
		rc = gm_convert_drop_git(conversion);
	if (rc == 0 && has(gitdir, GM_STORE_OLD_DIR))
		rc = gm_convert_remove_folder(gitdir, GM_STORE_OLD_DIR);
	return rc;
}

int gm_convert_settle(struct gm_repo *repo, struct gm_lock *lock)
{
	struct gm_convert_result result = {.n_objects = 0};
	struct gm_conversion conversion = {.repo = repo,
		.lock = lock,
		.store = gm_repo_store(repo),
		.gitdir = gm_repo_dir(repo),
		.result = &result};

	return settle(&conversion);
}

int gm_convert(struct gm_convert_result *out, struct gm_repo *repo, struct gm_lock *lock,
	enum gm_layout layout, bool progress)
{
	struct gm_convert_result result = {.n_objects = 0};
	struct gm_conversion conversion = {.repo = repo,
		.lock = lock,
		.store = gm_repo_store(repo),
		.gitdir = gm_repo_dir(repo),
		.progress = progress,
		.result = &result};
	bool segments = layout == GM_LAYOUT_SEGMENTS;
	int rc = gm_own_litter_remove(conversion.store);

	if (rc == 0)
		rc = settle(&conversion);

	if (rc == 0 && segments != gm_store_has_segments(conversion.store))
		rc = segments ? gm_convert_to_segments(&conversion)
			      : gm_convert_to_git(&conversion);
	if (rc == 0)
		*out = result;
	return rc;
}
