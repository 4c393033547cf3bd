#include <string.h>

#include "base/file.h"
#include "cmd/commands.h"
#include "dag/file_merge.h"
#include "dag/path_rule.h"

/* As stock git calls it; all are files but for the path. */
struct call_of_git {
	const char *base;
	const char *ours; /* gets the result */
	const char *theirs;
	const char *path; /* in the tree */
};

static bool is_equal(const struct gm_buf *a, const struct gm_buf *b)
{
	return a->size == b->size && !memcmp(gm_buf_str(a), gm_buf_str(b), a->size);
}

static struct gm_text text_of(const struct gm_buf *bytes)
{
	return (struct gm_text){.ptr = gm_buf_str(bytes), .size = bytes->size};
}

static int put_result(const struct call_of_git *git, const struct gm_buf *ours,
	const struct gm_buf *result)
{
	return is_equal(ours, result)
		? 0
		: gm_file_write(git->ours, gm_buf_str(result), result->size);
}

static int merge(const struct call_of_git *git, const struct gm_buf *base,
	const struct gm_buf *ours, const struct gm_buf *theirs)
{
	gm_autofilemerge result = GM_FILE_MERGE_INIT;
	const struct gm_text base_text = text_of(base);
	const struct gm_text our_text = text_of(ours);
	const struct gm_text their_text = text_of(theirs);
	/* Git has no base where both sides made the file, and passes an empty one. */
	const struct gm_file_merge_input input = {.base = base->size ? &base_text : NULL,
		.ours = &our_text,
		.theirs = &their_text,
		.may_be_records = gm_path_may_be_record(git->path)};
	const char *why = NULL;
	int rc = gm_file_merge_driver(&result, &why, &input, git->path);

	if (rc > 0)
		return put_result(git, ours, &result.bytes);
	if (rc < 0)
		return rc;
	rc = gm_error(GM_ENO, "'%s' is left to 'gitmem merge': %s", git->path, why);
	gm_error_hint("'git merge --abort' leaves this merge, 'gitmem merge' makes it");
	return rc;
}

/* What one side alone changed, or both alike, needs no merge. */
static int run(const struct call_of_git *git)
{
	gm_autobuf base = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf ours = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf theirs = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = gm_file_read(&base, git->base);

	if (rc == 0)
		rc = gm_file_read(&ours, git->ours);
	if (rc == 0)
		rc = gm_file_read(&theirs, git->theirs);
	if (rc < 0 || is_equal(&ours, &theirs) || is_equal(&base, &theirs))
		return rc;
	return is_equal(&base, &ours) ? put_result(git, &ours, &theirs)
				      : merge(git, &base, &ours, &theirs);
}

int gm_cmd_merge_driver(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {
		"merge-driver <base> <ours> <theirs> <path>", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	const struct gm_option table[] = {GM_OPTION_TABLE_END};
	const struct gm_usage usage = {
		.command = "merge-driver",
		.synopsis = synopsis,
		.summary = "Merge one file for stock git: %O %A %B %P.",
		.options = table,
		.arguments = GM_COMPLETE_FILE,
	};

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	rc = gm_command_expect_args(&args, 4, 4);
	if (rc < 0)
		return rc;
	const struct call_of_git git = {.base = args.rest[0],
		.ours = args.rest[1],
		.theirs = args.rest[2],
		.path = args.rest[3]};
	return run(&git);
}
