#include "cmd/import.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "cmd/commands.h"
#include "cmd/import_jsonl.h"
#include "cmd/learning.h"

#define CHUNK ((size_t)64 << 10)

/* Of so many records nobody should have to wait for the index at the next recall. */
#define MANY_RECORDS 1000

struct import_options {
	const char *file;
	const char *message;
	bool strict;
	bool no_commit;
};

static int open_source(int *fd_out, gm_time *modified_out, const char *file)
{
	struct stat st;
	int fd = strcmp(file, "-") ? open(file, O_RDONLY | O_CLOEXEC)
				   : fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);

	*fd_out = fd;
	if (fd < 0 || fstat(fd, &st) < 0)
		return gm_error_errno("cannot read '%s'", file);
	if (S_ISDIR(st.st_mode))
		return gm_error(GM_ERROR, "cannot read '%s': is a folder", file);
	if (S_ISREG(st.st_mode)) {
		*modified_out = (gm_time)st.st_mtim.tv_sec * GM_TIME_SECOND;
		return 0;
	}
	return gm_call_now(modified_out);
}

static int copy_all(int to, int from, const char *name)
{
	gm_autofree char *chunk = gm_malloc(CHUNK);
	int rc = chunk ? 0 : GM_ENOMEM;

	while (rc == 0) {
		ssize_t n = read(from, chunk, CHUNK);
		if (n == 0)
			return 0;
		if (n > 0)
			rc = gm_write_all(to, chunk, (size_t)n, name);
		else
			rc = errno == EINTR ? gm_interrupted()
					    : gm_error_errno("cannot read '%s'", name);
	}
	return rc;
}

/* What stages holds the lock as long as it reads, so a pipe is read to its end before. */
static int spool(int *fd, struct gm_call *call, const char *name)
{
	gm_autotempfile temp = GM_TEMPFILE_INIT;
	struct stat st;

	if (fstat(*fd, &st) < 0)
		return gm_error_errno("cannot read '%s'", name);
	if (S_ISREG(st.st_mode))
		return 0;
	int rc = gm_tempfile_open(&temp, gm_repo_dir(call->repo), ".spool_", 0600);
	if (rc == 0)
		rc = gm_unlink(temp.path);
	if (rc == 0)
		rc = copy_all(temp.fd, *fd, name);
	if (rc < 0)
		return rc;
	if (lseek(temp.fd, 0, SEEK_SET) < 0)
		return gm_error_errno("cannot read '%s'", name);
	gm_close_p(fd);
	*fd = temp.fd;
	temp.fd = -1;
	return 0;
}

static int print_counts(const struct gm_import *import, const struct gm_oid *commit)
{
	const struct gm_import_counts *counts = gm_import_counts(import);
	gm_autojson *object = gm_json_object();
	char hex[GM_OID_HEX];
	int rc = object ? gm_json_set_int(object, "read", (long long)counts->read)
			: GM_ENOMEM;

	gm_oid_format(hex, commit);
	if (rc == 0)
		rc = gm_json_set_int(object, "added", (long long)counts->added);
	if (rc == 0)
		rc = gm_json_set_int(object, "updated", (long long)counts->updated);
	if (rc == 0)
		rc = gm_json_set_int(object, "unchanged", (long long)counts->unchanged);
	if (rc == 0)
		rc = gm_json_set_int(object, "rejected", (long long)counts->rejected);
	if (rc == 0)
		rc = gm_json_set_string(
			object, "commit", gm_oid_is_zero(commit) ? NULL : hex);
	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

static void tend_index(
	struct gm_call *call, const struct gm_import *import, const struct gm_oid *oid)
{
	const struct gm_import_counts *counts = gm_import_counts(import);
	gm_autocommit commit = GM_COMMIT_INIT;

	if (!gm_oid_is_zero(oid) && counts->added + counts->updated >= MANY_RECORDS &&
		gm_commit_read(&commit, gm_repo_store(call->repo), oid) == 0) {
		gm_interrupt_heed();
		gm_call_tend_index(call, &commit.tree);
		gm_interrupt_ignore();
	}
}

static int run(struct gm_call *call, const struct import_options *options)
{
	gm_cleanup(gm_import_free_p) struct gm_import *import = NULL;
	gm_autoclose int fd = -1;
	struct gm_progress progress;
	struct gm_oid commit = gm_oid_zero;
	gm_time modified;
	int rc = open_source(&fd, &modified, options->file);

	if (rc == 0)
		rc = gm_call_open(call);
	if (rc == 0 && options->no_commit)
		rc = spool(&fd, call, options->file);
	if (rc == 0)
		rc = gm_import_begin(&import, call, options->no_commit);
	if (rc < 0)
		return rc;
	gm_progress_start(&progress, "Importing", 0, gm_call_progress(call));
	const struct gm_jsonl_source source = {.fd = fd,
		.name = options->file,
		.modified = modified,
		.progress = &progress};
	rc = gm_import_jsonl(import, call, &source);
	if (rc < 0)
		return rc;
	bool refused = options->strict && gm_import_counts(import)->rejected;
	if (!refused)
		rc = gm_import_finish(&commit, import, options->message);
	if (rc == 0)
		rc = print_counts(import, &commit);
	if (rc == 0 && fflush(stdout))
		rc = gm_output_failed();
	if (rc == 0)
		tend_index(call, import, &commit);
	if (rc == 0 && refused)
		return gm_error(GM_ENO, "nothing was imported: %zu rejected",
			gm_import_counts(import)->rejected);
	return rc;
}

int gm_cmd_import(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {
		"import jsonl [<options>] (<file> | -)", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	struct import_options options = {0};
	const struct gm_option table[] = {
		{GM_OPTION_BOOL, 0, "strict", &options.strict, NULL,
			"import nothing unless everything is good", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "no-commit", &options.no_commit, NULL,
			"stage what comes in instead of committing it", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 'm', "message", &options.message, "MSG",
			"the commit's message", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "progress", &call->progress, NULL,
			"show progress also when not on a terminal", NULL,
			GM_COMPLETE_NONE},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "import",
		.synopsis = synopsis,
		.summary = "Bring memories in; what is there already is not added again.",
		.options = table,
		.arguments = GM_COMPLETE_FILE,
	};

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	rc = gm_command_expect_args(&args, 2, 2);
	if (rc == 0 && strcmp(args.rest[0], "jsonl"))
		rc = gm_error(
			GM_EUSAGE, "unknown format '%s'; 'jsonl' is known", args.rest[0]);
	if (rc == 0 && options.message && options.no_commit)
		rc = gm_error(GM_EUSAGE, "--message and --no-commit exclude each other");
	if (rc == 0 && options.message && !*options.message)
		rc = gm_error(GM_EUSAGE, "--message: an empty message");
	if (rc < 0)
		return rc;
	options.file = args.rest[1];
	return run(call, &options);
}
