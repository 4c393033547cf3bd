#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "base/seam.h"
#include "dag/repository.h"
#include "dag/repository_format.h"

#define CORE_TEXT             \
	"\tfilemode = true\n" \
	"\tbare = true\n"     \
	"\tlogAllRefUpdates = true\n"

static const char *const config_texts[] = {
	[GM_LAYOUT_GIT] = "[core]\n"
			  "\trepositoryformatversion = 0\n" CORE_TEXT,
	[GM_LAYOUT_SEGMENTS] =
		"[core]\n"
		"\trepositoryformatversion = 1\n" CORE_TEXT "[extensions]\n"
		"\tgitmem = 1\n",
};

const char *gm_repo_config_text(enum gm_layout layout)
{
	return config_texts[layout];
}

/* Those below come first where they are removed. */
static const struct {
	const char *name;
	bool of_git; /* not needed beside a segment store */
} folders[] = {{"objects/info", true}, {"objects/pack", true}, {"objects", false},
	{"refs/heads", true}, {"refs/tags", true}, {"refs", false}, {"logs/refs", true},
	{"logs", true}, {"stage", false}, {"recall", false}};

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
	const char *branch;
	enum gm_layout layout;
	bool made_folder;
	bool made_store;
	bool made[FILE_N];
};

static int make_folders(const struct making *making)
{
	for (size_t i = 0; i < N_FOLDERS; i++) {
		gm_autofree char *path = gm_path_join(making->gitdir, folders[i].name);
		if (folders[i].of_git && making->layout != GM_LAYOUT_GIT)
			continue;
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
		if (rc < 0 && rc != GM_ENOTFOUND)
			return rc;
	}
	return 0;
}

static void remove_store(int gitdir_fd)
{
	int fd = openat(
		gitdir_fd, "store", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!dir) {
		gm_close_p(&fd);
		return;
	}
	while ((entry = readdir(dir)))
		(void)gm_sys_unlinkat(fd, entry->d_name, 0);
	(void)closedir(dir);
	(void)gm_sys_unlinkat(gitdir_fd, "store", AT_REMOVEDIR);
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
			(void)gm_sys_unlinkat(fd, file_names[i], 0);
	if (making->made_store)
		remove_store(fd);
	for (size_t i = 0; i < N_FOLDERS; i++)
		(void)gm_sys_unlinkat(fd, folders[i].name, AT_REMOVEDIR);
	(void)gm_sys_rmdir(making->gitdir);
}

int gm_repo_layout(enum gm_layout *out, const char *gitdir)
{
	gm_cleanup(gm_config_free_p) struct gm_config *config = NULL;
	gm_autofree char *path = gm_path_join(gitdir, file_names[FILE_CONFIG]);

	if (!path)
		return GM_ENOMEM;
	if (!gm_path_exists(path))
		return gm_error(GM_ENOTFOUND, "'%s' is no repository", gitdir);
	int rc = gm_config_new(&config);
	if (rc == 0)
		rc = gm_config_add_file(config, path, NULL);
	if (rc < 0)
		return rc;
	*out = gm_repo_format_has_segments(config) ? GM_LAYOUT_SEGMENTS : GM_LAYOUT_GIT;
	return 0;
}

static int point_head(struct gm_store *store, const char *branch)
{
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	gm_autofree char *target = gm_format("refs/heads/%s", branch);
	const struct gm_ref_change change = {.name = "HEAD", .target = target};
	struct gm_ref_value value;
	int rc = target ? gm_store_ref_read(&value, store, "HEAD") : GM_ENOMEM;

	if (rc != GM_ENOTFOUND)
		return rc;
	rc = gm_batch_begin(&batch, store);
	if (rc == 0)
		rc = gm_batch_ref_update(batch, &change);
	return rc < 0 ? rc : gm_batch_commit(batch);
}

/* Make the store and HEAD in it, or what is missing of them. */
static int make_store(struct making *making)
{
	gm_cleanup(gm_store_free_p) struct gm_store *store = NULL;
	gm_autofree char *head = gm_path_join(making->gitdir, file_names[FILE_HEAD]);

	if (!head)
		return GM_ENOMEM;
	/* Of a whole repository it must not be made anew: that would hide that it is lost. */
	if (gm_path_exists(head))
		return 0;
	making->made_store = true;
	int rc = gm_store_create(making->gitdir);
	if (rc == 0 || rc == GM_EEXISTS)
		rc = gm_store_open(&store, making->gitdir);
	return rc < 0 ? rc : point_head(store, making->branch);
}

static int make_head(struct making *making)
{
	if (making->layout == GM_LAYOUT_SEGMENTS) {
		int rc = make_store(making);
		return rc < 0 ? rc : make_file(making, FILE_HEAD, GM_NO_HEAD);
	}
	gm_autofree char *head = gm_format("ref: refs/heads/%s\n", making->branch);
	return head ? make_file(making, FILE_HEAD, head) : GM_ENOMEM;
}

static int make_files(struct making *making)
{
	int rc = gm_repo_layout(&making->layout, making->gitdir);

	if (rc == 0 || rc == GM_ENOTFOUND)
		rc = make_file(making, FILE_IGNORE, "*\n");
	if (rc == 0)
		rc = make_folders(making);
	if (rc == 0)
		rc = make_file(making, FILE_CONFIG, gm_repo_config_text(making->layout));
	if (rc == 0)
		rc = make_head(making);
	return rc < 0 ? rc : flush_folders(making->gitdir);
}

/* Of several processes that make it one does, in one layout, and the others find it. */
static int make_alone(struct making *making)
{
	gm_autoclose int fd = open(making->gitdir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = -1;

	while (fd >= 0 && (rc = flock(fd, LOCK_EX)) < 0 && errno == EINTR)
		continue;
	if (rc < 0)
		return gm_error_errno("cannot lock '%s'", making->gitdir);
	return make_files(making);
}

int gm_repo_init(
	bool *created_out, const char *gitdir, const char *branch, enum gm_layout layout)
{
	int rc = gm_branch_check_name(branch);

	if (rc < 0)
		return rc;
	int found = gm_repo_format_look(gitdir);
	if (found < 0 && found != GM_ENOTFOUND)
		return found;
	struct making making = {.gitdir = gitdir,
		.branch = branch,
		.layout = layout,
		.made_folder = !gm_path_exists(gitdir)};
	rc = gm_mkdirs(gitdir);
	if (rc == 0)
		rc = make_alone(&making);
	if (rc < 0) {
		remove_made(&making);
		return rc;
	}
	*created_out = found == GM_ENOTFOUND;
	return 0;
}
