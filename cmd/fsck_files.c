#include "cmd/fsck_files.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "dag/stage_journal.h"
#include "objstore/store_layout.h"

/* Names longer than this are no refs, and end a descent into folders in folders. */
#define NAME_MAX_SIZE 4096

static bool has_suffix(const char *text, const char *suffix)
{
	size_t size = strlen(text), suffix_size = strlen(suffix);

	return size >= suffix_size && !strcmp(text + size - suffix_size, suffix);
}

/* What belongs to processes at work, or was left by one that was killed. */
static bool is_passed_over(const char *name)
{
	return name[0] == '.' || has_suffix(name, ".lock") || !strncmp(name, "tmp_", 4);
}

/* Of the file itself, not of what it links to: folders could lead in circles. */
static mode_t kind_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 ? st.st_mode & S_IFMT : 0;
}

static int read_folder(struct gm_strv *files_out, struct gm_strv *folders_out,
	const char *gitdir, const char *folder)
{
	gm_autofree char *path = gm_path_join(gitdir, folder);
	DIR *dir = path ? opendir(path) : NULL;
	const struct dirent *entry;
	int rc = 0;

	if (!path)
		return GM_ENOMEM;
	if (!dir)
		return errno == ENOENT ? 0
				       : gm_error_errno("cannot read folder '%s'", path);
	while (rc == 0 && (entry = readdir(dir))) {
		gm_autofree char *name = gm_path_join(folder, entry->d_name);
		gm_autofree char *full = name ? gm_path_join(gitdir, name) : NULL;
		if (!full)
			rc = GM_ENOMEM;
		else if (is_passed_over(entry->d_name) || strlen(name) > NAME_MAX_SIZE)
			continue;
		else
			rc = gm_strv_add(
				kind_of(full) == S_IFDIR ? folders_out : files_out, name);
	}
	(void)closedir(dir); /* it was only read */
	return rc;
}

int gm_fsck_list_files(struct gm_strv *out, struct gm_faults *faults, const char *gitdir,
	const char *top)
{
	gm_autostrv folders = GM_STRV_INIT;
	int rc = gm_strv_add(&folders, top);

	while (rc == 0 && folders.n) {
		gm_autofree char *folder = folders.items[--folders.n];
		rc = read_folder(out, &folders, gitdir, folder);
		if (rc < 0)
			rc = gm_faults_add_error(
				faults, GM_SEVERITY_ERROR, "file", folder, rc);
	}
	gm_strv_make_set(out);
	return rc;
}

static int check_stage(struct gm_faults *faults, struct gm_repo *repo, const char *name)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf data = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = gm_repo_path(&path, repo, name);

	if (rc < 0)
		return rc;
	mode_t kind = kind_of(gm_buf_str(&path));
	/* Reading a pipe in its place would hold us up for ever. */
	if (kind && kind != S_IFREG)
		return gm_faults_add(
			faults, GM_SEVERITY_ERROR, "stage", name, "it is no plain file");
	rc = gm_file_read(&data, gm_buf_str(&path));
	/* Committed meanwhile. */
	if (rc == GM_ENOTFOUND)
		return 0;
	if (rc == 0)
		rc = gm_journal_check(
			gm_buf_str(&data), data.size, name + strlen("stage/"));
	return rc < 0 ? gm_faults_add_error(faults, GM_SEVERITY_ERROR, "stage", name, rc)
		      : 0;
}

static int add_file(const char *file, const char *ref, void *payload)
{
	gm_autofree char *name = gm_path_join("stage", file);

	(void)ref; /* of a damaged one there is none */
	return name ? gm_strv_add(payload, name) : GM_ENOMEM;
}

int gm_fsck_stages(struct gm_faults *faults, struct gm_repo *repo)
{
	gm_autostrv files = GM_STRV_INIT;
	int rc = gm_stages_each(repo, add_file, &files);

	if (rc < 0 && rc != GM_ENOMEM)
		return gm_faults_add_error(
			faults, GM_SEVERITY_ERROR, "file", "stage", rc);
	gm_strv_make_set(&files);
	for (size_t i = 0; rc == 0 && i < files.n; i++)
		rc = check_stage(faults, repo, files.items[i]);
	return rc;
}

int gm_fsck_leftovers(struct gm_faults *faults, struct gm_repo *repo)
{
	static const char *const names[] = {GM_STORE_NEW_DIR, GM_STORE_OLD_DIR};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(names) / sizeof(*names); i++) {
		gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
		rc = gm_repo_path(&path, repo, names[i]);
		if (rc == 0 && kind_of(gm_buf_str(&path)))
			rc = gm_faults_add(faults, GM_SEVERITY_WARNING, "file", names[i],
				"a conversion that was stopped left it; 'gitmem repack' "
				"removes it");
	}
	return rc;
}
