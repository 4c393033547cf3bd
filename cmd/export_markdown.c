#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "cmd/export.h"
#include "dag/path_rule.h"

struct writer {
	struct gm_export_counts *counts;
	struct gm_call *call;
	const char *dir; /* the folder as it grows, beside its final place */
};

/* Nothing is promised until the whole folder stands, so one file is not flushed. */
static int write_new(const char *path, const struct gm_buf *bytes)
{
	gm_autoclose int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	if (fd < 0)
		return gm_error_errno("cannot write '%s'", path);
	return gm_write_all(fd, gm_buf_str(bytes), bytes->size, path);
}

static int put_file(const char *path, const struct gm_tree_entry *entry, void *payload)
{
	struct writer *writer = payload;
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autofree char *target = gm_path_join(writer->dir, path);

	if ((entry->mode & GM_MODE_TYPE) != (GM_MODE_FILE & GM_MODE_TYPE)) {
		writer->counts->left_out++;
		return 0;
	}
	int rc = target ? gm_interrupted() : GM_ENOMEM;
	if (rc == 0)
		rc = gm_store_read_type(&bytes, gm_repo_store(writer->call->repo),
			&entry->oid, GM_OBJECT_BLOB);
	if (rc == 0)
		rc = gm_mkdirs_for(target);
	if (rc == 0)
		rc = write_new(target, &bytes);
	if (rc == 0 && gm_path_may_be_record(path))
		writer->counts->memories++;
	return rc;
}

static int remove_entry(
	const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

/* What was written of an export that failed goes away again. */
static void remove_folder(const char *dir)
{
	(void)nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS); /* best effort */
}

static int check_target(const char *dir)
{
	DIR *handle = opendir(dir);
	size_t n = 0;

	if (!handle && errno == ENOENT)
		return 0;
	if (!handle)
		return gm_error_errno("cannot export to '%s'", dir);
	for (const struct dirent *entry; (entry = readdir(handle));)
		n += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
	(void)closedir(handle); /* was only read */
	return n ? gm_error(GM_EEXISTS, "cannot export to '%s': the folder is not empty",
			   dir)
		 : 0;
}

int gm_export_markdown(struct gm_export_counts *out, struct gm_call *call,
	const struct gm_oid *tree, const char *dir)
{
	size_t size = strlen(dir);

	while (size > 1 && dir[size - 1] == '/')
		size--; /* "notes/" grows beside "notes", not in it */
	gm_autofree char *growing = gm_format("%.*s.gitmem-XXXXXX", (int)size, dir);
	int rc = growing ? check_target(dir) : GM_ENOMEM;
	if (rc == 0 && !mkdtemp(growing))
		rc = gm_error_errno("cannot make a folder beside '%s'", dir);
	if (rc < 0)
		return rc;
	struct writer writer = {.counts = out, .call = call, .dir = growing};
	rc = chmod(growing, 0755) < 0 ? gm_error_errno("cannot export to '%s'", dir) : 0;
	if (rc == 0)
		rc = gm_tree_each(gm_repo_store(call->repo), tree, put_file, &writer);
	if (rc == 0)
		rc = gm_rename(growing, dir);
	if (rc < 0)
		remove_folder(growing);
	return rc;
}
