#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "cmd/export.h"
#include "dag/path_rule.h"

struct writer {
	struct gm_export_counts *counts;
	struct gm_call *call;
	int fd; /* -1: standard output */
	const char *name;
	struct gm_buf lines;
};

static int flush(struct writer *writer)
{
	int rc = 0;

	if (writer->fd >= 0)
		rc = gm_write_all(writer->fd, gm_buf_str(&writer->lines),
			writer->lines.size, writer->name);
	else
		rc = gm_print("%s", gm_buf_str(&writer->lines));
	gm_buf_reset(&writer->lines);
	return rc;
}

static int put_memory(struct writer *writer, const char *path, const struct gm_oid *blob)
{
	gm_automemory memory = GM_MEMORY_INIT;
	gm_autojson *json = NULL;
	int rc = gm_interrupted();

	if (rc == 0)
		rc = gm_memory_read(&memory, writer->call->repo, path, blob);
	if (rc == GM_EINVALID) {
		writer->counts->left_out++;
		return 0;
	}
	if (rc == 0)
		rc = gm_memory_json(&json, writer->call->repo, &memory);
	if (rc == 0)
		rc = gm_json_dump(&writer->lines, json, false);
	if (rc == 0)
		rc = gm_buf_putc(&writer->lines, '\n');
	writer->counts->memories++;
	if (rc == 0 && writer->lines.size > (size_t)64 << 10)
		rc = flush(writer);
	return rc;
}

static int put_file(const char *path, const struct gm_tree_entry *entry, void *payload)
{
	struct writer *writer = payload;

	if (!gm_path_may_be_record(path) ||
		(entry->mode & GM_MODE_TYPE) != (GM_MODE_FILE & GM_MODE_TYPE)) {
		writer->counts->left_out++;
		return 0;
	}
	return put_memory(writer, path, &entry->oid);
}

static int write_all(struct writer *writer, const struct gm_oid *tree)
{
	int rc = gm_tree_each(gm_repo_store(writer->call->repo), tree, put_file, writer);

	if (rc == 0)
		rc = flush(writer);
	gm_buf_dispose(&writer->lines);
	return rc;
}

/* A device or a pipe is written to; another file in its place would be a surprise. */
static int write_in_place(struct writer *writer, const struct gm_oid *tree)
{
	gm_autoclose int fd = open(writer->name, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return gm_error_errno("cannot write '%s'", writer->name);
	writer->fd = fd;
	return write_all(writer, tree);
}

/* Beside the old file, whose permissions stay, and which is behind the link if it is one. */
static int write_new(struct writer *writer, const struct gm_oid *tree)
{
	gm_autotempfile temp = GM_TEMPFILE_INIT;
	char real[PATH_MAX];
	const char *target = realpath(writer->name, real) ? real : writer->name;
	gm_autofree char *dir = gm_path_dir(target);
	struct stat st;
	int rc = dir ? gm_tempfile_open(&temp, dir, ".gitmem-export-", 0666) : GM_ENOMEM;

	if (rc == 0 && stat(target, &st) == 0 && fchmod(temp.fd, st.st_mode & 0777) < 0)
		rc = gm_error_errno("cannot write '%s'", writer->name);
	writer->fd = temp.fd;
	if (rc == 0)
		rc = write_all(writer, tree);
	return rc < 0 ? rc : gm_tempfile_commit(&temp, target);
}

int gm_export_jsonl(struct gm_export_counts *out, struct gm_call *call,
	const struct gm_oid *tree, const char *file)
{
	struct writer writer = {.counts = out,
		.call = call,
		.fd = -1,
		.name = file,
		.lines = GM_BUF_INIT(GM_BUF_LARGE)};

	if (!file || !strcmp(file, "-"))
		return write_all(&writer, tree);
	struct stat st;
	if (stat(file, &st) == 0 && !S_ISREG(st.st_mode))
		return write_in_place(&writer, tree);
	return write_new(&writer, tree);
}
