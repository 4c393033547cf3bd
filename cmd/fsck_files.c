#include "cmd/fsck_files.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/hole.h"
#include "dag/stage_file.h"
#include "dag/stage_journal.h"

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

/* "end SUM", the last line of a group. */
static bool ends_a_group(const char *data, size_t size)
{
	static const char mark[] = "\nend ";
	const size_t line = sizeof(mark) - 1 + GM_OID_HEX;

	return size >= line && data[size - 1] == '\n' &&
		!memcmp(data + size - line, mark, sizeof(mark) - 1);
}

static bool begins_with(const char *data, size_t size, const char *start)
{
	size_t n = strlen(start);

	return !memcmp(data, start, size < n ? size : n);
}

/*
 * What stands behind the whole groups. A write that was cut short leaves the beginning of a
 * group, or zeros where a power cut came before the bytes; anything else is damage.
 */
static bool is_unfinished(const struct gm_buf *data, size_t whole)
{
	const char *tail = gm_buf_str(data) + whole;
	size_t size = data->size - whole;
	bool first = !whole;

	if (gm_has_hole(gm_buf_str(data), whole, data->size, data->size))
		return true;
	if (!size || !tail[0])
		return true;
	if (first)
		return begins_with(tail, size, "gitmem-stage 1 ") &&
			!memchr(tail, '\n', size);
	return begins_with(tail, size, "group ") && !ends_a_group(tail, size);
}

/* A journal under the name of another ref is one that nobody looks at. */
static int check_name(
	struct gm_faults *faults, const char *name, const struct gm_buf *data)
{
	gm_autobuf ref = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf wanted = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_journal_ref(&ref, gm_buf_str(data), data->size);

	if (rc <= 0)
		return rc;
	rc = gm_buf_puts(&wanted, "stage/");
	if (rc == 0)
		rc = gm_stage_file_name(&wanted, gm_buf_str(&ref));
	if (rc < 0 || !strcmp(gm_buf_str(&wanted), name))
		return rc;
	return gm_faults_add(faults, GM_SEVERITY_ERROR, "stage", name,
		"it is the stage of '%s' and belongs in '%s'", gm_buf_str(&ref),
		gm_buf_str(&wanted));
}

static int check_stage(struct gm_faults *faults, struct gm_repo *repo, const char *name)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf data = GM_BUF_INIT(GM_BUF_LARGE);
	size_t whole = 0;
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
		rc = gm_journal_each(
			&whole, gm_buf_str(&data), data.size, NULL, NULL, NULL);
	if (rc < 0)
		return gm_faults_add_error(faults, GM_SEVERITY_ERROR, "stage", name, rc);
	if (is_unfinished(&data, whole))
		return check_name(faults, name, &data);
	return gm_faults_add(
		faults, GM_SEVERITY_ERROR, "stage", name, "damaged at byte %zu", whole);
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
