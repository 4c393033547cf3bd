#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "dag/repository.h"
#include "dag/repository_format.h"

static const char config_text[] = "[core]\n"
				  "\trepositoryformatversion = 0\n"
				  "\tfilemode = true\n"
				  "\tbare = true\n"
				  "\tlogAllRefUpdates = true\n";

/* Those below come first where they are removed. */
static const char *const folders[] = {"objects/info", "objects/pack", "objects",
	"refs/heads", "refs/tags", "refs", "logs/refs", "logs", "stage", "recall"};

#define N_FOLDERS (sizeof(folders) / sizeof(*folders))

/* The files, in the order of their making. */
enum file {
	FILE_IGNORE, /* first, so that a surrounding project never sees a file of ours */
	FILE_CONFIG,
	FILE_HEAD, /* last: with it the folder is a repository */
	FILE_N,
};

static const char *const file_names[FILE_N] = {".gitignore", "config", "HEAD"};

/* A repository in the making. */
struct making {
	const char *gitdir;
	bool made_folder;
	bool made[FILE_N];
};

static int make_folders(const struct making *making)
{
	for (size_t i = 0; i < N_FOLDERS; i++) {
		gm_autofree char *path = gm_path_join(making->gitdir, folders[i]);
		int rc = path ? gm_mkdirs(path) : GM_ENOMEM;
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Write a file of the folder unless it is there. */
static int make_file(struct making *making, enum file file, const char *text)
{
	gm_autofree char *path = gm_path_join(making->gitdir, file_names[file]);

	if (!path)
		return GM_ENOMEM;
	if (gm_path_exists(path))
		return 0;
	making->made[file] = true;
	return gm_file_write(path, text, strlen(text));
}

/*
 * Flush the names of the folders, so that what is acknowledged later cannot lose its home: also
 * of those that were there, as who made them may not have done it.
 */
static int flush_folders(const char *gitdir)
{
	static const char *const flushed[] = {"objects", "refs", "logs", ".", ".."};

	for (size_t i = 0; i < sizeof(flushed) / sizeof(*flushed); i++) {
		gm_autofree char *path = gm_path_join(gitdir, flushed[i]);
		int rc = path ? gm_fsync_dir(path) : GM_ENOMEM;
		if (rc < 0)
			return rc;
	}
	return 0;
}

/*
 * Remove what was made of a repository that could not be finished: an empty folder would hide
 * one further up. Best effort, and without memory. Folders that are in use stay.
 */
static void remove_made(const struct making *making)
{
	gm_autoclose int fd =
		open(making->gitdir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (!making->made_folder || fd < 0)
		return;
	for (size_t i = 0; i < FILE_N; i++)
		if (making->made[i])
			(void)unlinkat(fd, file_names[i], 0);
	for (size_t i = 0; i < N_FOLDERS; i++)
		(void)unlinkat(fd, folders[i], AT_REMOVEDIR);
	(void)rmdir(making->gitdir);
}

static int make_all(struct making *making, const char *head)
{
	int rc = gm_mkdirs(making->gitdir);

	if (rc == 0)
		rc = make_file(making, FILE_IGNORE, "*\n");
	if (rc == 0)
		rc = make_folders(making);
	if (rc == 0)
		rc = make_file(making, FILE_CONFIG, config_text);
	if (rc == 0)
		rc = make_file(making, FILE_HEAD, head);
	return rc < 0 ? rc : flush_folders(making->gitdir);
}

int gm_repo_init(bool *created_out, const char *gitdir, const char *branch)
{
	gm_autofree char *head = gm_format("ref: refs/heads/%s\n", branch);
	int rc = head ? gm_branch_check_name(branch) : GM_ENOMEM;

	if (rc < 0)
		return rc;
	int found = gm_repo_format_look(gitdir);
	if (found < 0 && found != GM_ENOTFOUND)
		return found;
	struct making making = {.gitdir = gitdir, .made_folder = !gm_path_exists(gitdir)};
	rc = make_all(&making, head);
	if (rc < 0) {
		remove_made(&making);
		return rc;
	}
	*created_out = found == GM_ENOTFOUND;
	return 0;
}
