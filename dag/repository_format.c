#include "dag/repository_format.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/file.h"
#include "objstore/store_layout.h"

#define EXTENSIONS "extensions."

int gm_repo_format_look(const char *gitdir)
{
	static const char *const needed[] = {"HEAD", "objects", "refs"};
	struct stat st;

	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++) {
		gm_autofree char *path = gm_path_join(gitdir, needed[i]);
		if (!path)
			return GM_ENOMEM;
		if (lstat(path, &st) == 0)
			continue;
		if (errno != ENOENT && errno != ENOTDIR)
			return gm_error_errno("cannot open repository '%s'", gitdir);
		return gm_error(GM_ENOTFOUND,
			"'%s' is not a gitmem repository: it has no '%s'", gitdir,
			needed[i]);
	}
	return 0;
}

static int check_extension(const char *name, const char *value, void *payload)
{
	(void)payload;
	if (strncasecmp(name, EXTENSIONS, strlen(EXTENSIONS)))
		return 0;
	const char *extension = name + strlen(EXTENSIONS);
	if (!strcasecmp(extension, "noop"))
		return 0;
	if (!strcasecmp(extension, "gitmem")) {
		if (!strcmp(value, "1"))
			return 0;
		return gm_error(GM_EINVALID,
			"the repository's store is of version '%s', which is newer than "
			"this program knows",
			value);
	}
	if (!strcasecmp(extension, "objectformat")) {
		if (!strcmp(value, "sha1"))
			return 0;
		return gm_error(GM_EINVALID,
			"the repository's object format '%s' is not supported", value);
	}
	return gm_error(GM_EINVALID,
		"the repository uses the extension '%s', which this version does not "
		"have",
		extension);
}

static bool has(const char *gitdir, const char *name)
{
	gm_autofree char *path = gm_path_join(gitdir, name);

	return path && gm_path_exists(path);
}

bool gm_repo_format_is_converting(const char *gitdir)
{
	return !has(gitdir, GM_STORE_DIR) &&
		(has(gitdir, GM_STORE_NEW_DIR) || has(gitdir, GM_STORE_OLD_DIR));
}

bool gm_repo_format_has_segments(const struct gm_config *config)
{
	const char *version = gm_config_get(config, "core.repositoryformatversion");

	return version && !strcmp(version, "1") &&
		gm_config_get(config, "extensions.gitmem");
}

bool gm_repo_format_is_stated(const struct gm_config *config)
{
	const char *version = gm_config_get(config, "core.repositoryformatversion");
	bool is_extended = gm_config_get(config, "extensions.gitmem") != NULL;

	return version && !strcmp(version, "1") == is_extended;
}

int gm_repo_format_check(const struct gm_config *config)
{
	const char *version = gm_config_get(config, "core.repositoryformatversion");

	if (!version || !strcmp(version, "0"))
		return 0;
	if (strcmp(version, "1"))
		return gm_error(GM_EINVALID,
			"the repository's format version '%s' is newer than this program "
			"knows",
			version);
	return gm_config_each(config, check_extension, NULL);
}
