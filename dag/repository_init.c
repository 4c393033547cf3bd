#include <limits.h>
#include <string.h>

#include "base/file.h"
#include "dag/repository.h"
#include "dag/repository_format.h"

static const char config_text[] =
	"[core]\n"
	"\trepositoryformatversion = 0\n"
	"\tfilemode = true\n"
	"\tbare = true\n"
	"\tlogAllRefUpdates = true\n";

static int make_folders(const char *gitdir)
{
	static const char *const folders[] = {"objects/info", "objects/pack", "refs/heads",
		"refs/tags", "logs/refs", "stage", "recall"};

	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		gm_autofree char *path = gm_path_join(gitdir, folders[i]);
		int rc = path ? gm_mkdirs(path) : GM_ENOMEM;
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Write a file of the folder unless it is there. */
static int make_file(const char *gitdir, const char *name, const char *text)
{
	gm_autofree char *path = gm_path_join(gitdir, name);

	if (!path)
		return GM_ENOMEM;
	if (gm_path_exists(path))
		return 0;
	return gm_file_write(path, text, strlen(text));
}

/* Flush the names of the new folders, so that what is acknowledged later cannot lose its home. */
static int flush_folders(const char *gitdir)
{
	static const char *const folders[] = {"objects", "refs", "logs", ".", ".."};

	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		gm_autofree char *path = gm_path_join(gitdir, folders[i]);
		int rc = path ? gm_fsync_dir(path) : GM_ENOMEM;
		if (rc < 0)
			return rc;
	}
	return 0;
}

int gm_repo_init(bool *created_out, const char *gitdir, const char *branch)
{
	gm_autofree char *head = gm_format("ref: refs/heads/%s\n", branch);
	int rc;

	if (!head)
		return GM_ENOMEM;
	rc = gm_branch_check_name(branch);
	if (rc < 0)
		return rc;
	bool exists = gm_repo_format_look(gitdir) == 0;
	rc = gm_mkdirs(gitdir);
	/* First, so that a surrounding project never sees a file of ours. */
	if (rc == 0)
		rc = make_file(gitdir, ".gitignore", "*\n");
	if (rc == 0)
		rc = make_folders(gitdir);
	if (rc == 0)
		rc = make_file(gitdir, "config", config_text);
	/* Last: with it the folder is a repository. */
	if (rc == 0)
		rc = make_file(gitdir, "HEAD", head);
	if (rc == 0 && !exists)
		rc = flush_folders(gitdir);
	if (rc < 0)
		return rc;
	*created_out = !exists;
	return 0;
}
