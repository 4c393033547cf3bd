#include <string.h>

#include "cmd/branch_change.h"
#include "cmd/branch_upstream.h"
#include "cmd/commands.h"
#include "dag/revision_log.h"

static int move_head(
	struct gm_call *call, const struct gm_head *from, const struct gm_head *to)
{
	gm_cleanup(gm_lock_release_p) struct gm_lock *lock = NULL;
	gm_autosignature author = GM_SIGNATURE_INIT;
	gm_autosignature committer = GM_SIGNATURE_INIT;
	char hex[GM_OID_HEX];
	int rc = gm_call_signatures(&author, &committer, call);

	gm_oid_format(hex, &from->commit);
	gm_autofree char *message = gm_format("checkout: moving from %s to %s",
		from->branch ? from->branch : hex, to->branch);
	if (!message)
		return GM_ENOMEM;
	if (rc == 0)
		rc = gm_call_lock(&lock, call);
	return rc < 0 ? rc
		      : gm_ref_set_symbolic(gm_repo_refs(call->repo), lock, "HEAD",
				to->ref, to->exists ? &committer : NULL, message);
}

struct switch_options {
	bool create;
	bool track, no_track;
};

/* HEAD stays on branches: for a commit, a tag too, one has to be made. */
static int no_branch(struct gm_call *call, const char *name)
{
	struct gm_oid commit;
	bool is_commit = gm_revision_commit(&commit, call->repo, name, NULL) == 0;
	int rc = gm_error(GM_ENOTFOUND, "branch '%s' does not exist", name);

	if (is_commit)
		gm_error_hint("'%s' is a commit: 'gitmem switch -c NAME %s' begins a "
			      "branch there",
			name, name);
	else
		gm_error_hint("'gitmem switch -c %s' makes it", name);
	return rc;
}

/* A branch that only a remote has is made here, and follows that one. */
static int make_of_remote(struct gm_call *call, struct gm_head *to, const char *name)
{
	gm_autobuf ref = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_find_remote_branch(&ref, call->repo, name);

	if (rc == 0 && !ref.size)
		rc = no_branch(call, name);
	if (rc == 0)
		rc = gm_branch_create(call, name, gm_buf_str(&ref));
	if (rc == 0)
		rc = gm_branch_follow(call, name, gm_buf_str(&ref));
	gm_head_dispose(to);
	return rc < 0 ? rc : gm_head_read(to, call->repo, name);
}

/* With -c. On an unborn branch there is nothing to start at: HEAD moves to another unborn one. */
static int make(struct gm_call *call, const struct gm_head *from, struct gm_head *to,
	const char *name, const char *start, const struct switch_options *options)
{
	bool unborn = !from->exists && !start;
	int track = options->track ? 1 : options->no_track ? 0 : -1;
	int rc = unborn ? 0 : gm_branch_create(call, name, start);

	if (rc == 0 && !unborn)
		rc = gm_branch_follow_start(call, name, start, track);
	if (rc == 0)
		rc = gm_head_read(to, call->repo, name);
	if (rc == 0 && unborn && to->exists)
		rc = gm_error(GM_EEXISTS, "a branch named '%s' exists already", name);
	return rc;
}

/* The branch that is there, or can be made of one of a remote. */
static int find(struct gm_call *call, struct gm_head *to, const char *name,
	const struct switch_options *options)
{
	int rc = gm_head_read(to, call->repo, name);

	if (rc < 0 || to->exists)
		return rc;
	if (!options->no_track)
		return make_of_remote(call, to, name);
	return no_branch(call, name);
}

static int run(struct gm_call *call, const char *name, const char *start,
	const struct switch_options *options)
{
	gm_autohead from = GM_HEAD_INIT;
	gm_autohead to = GM_HEAD_INIT;
	gm_autobuf previous = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_head_read(&from, call->repo, NULL);

	if (rc == 0 && !options->create && !strcmp(name, "-")) {
		rc = gm_revision_log_previous(&previous, gm_repo_refs(call->repo), 1);
		name = gm_buf_str(&previous);
	}
	if (rc == 0)
		rc = options->create ? make(call, &from, &to, name, start, options)
				     : find(call, &to, name, options);
	if (rc < 0)
		return rc;
	if (!strcmp(from.ref, to.ref)) {
		gm_talk(call, "Already on '%s'", name);
		return 0;
	}
	rc = move_head(call, &from, &to);
	if (rc == 0)
		gm_talk(call, "Switched to %sbranch '%s'",
			options->create ? "a new " : "", name);
	return rc;
}

int gm_cmd_switch(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {"switch [--no-track] (<branch> | -)",
		"switch [--track | --no-track] -c <name> [<revision>]", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	struct switch_options options = {.create = false};
	const struct gm_option table[] = {
		{GM_OPTION_BOOL, 'c', "create", &options.create, NULL,
			"make the branch first", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "no-track", &options.no_track, NULL,
			"let it follow none, and make none of a remote's", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 't', "track", &options.track, NULL,
			"with -c, let it follow the branch it starts at", NULL,
			GM_COMPLETE_NONE},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "switch",
		.synopsis = synopsis,
		.summary =
			"Move HEAD to another branch. Each branch keeps its own stage.",
		.options = table,
		.arguments = GM_COMPLETE_BRANCH,
	};

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	if (options.track && (options.no_track || !options.create))
		return gm_error(
			GM_EUSAGE, "--track goes with -c, and not with --no-track");
	rc = gm_command_expect_args(&args, 1, options.create ? 2 : 1);
	if (rc == 0)
		rc = gm_call_open(call);
	return rc < 0 ? rc
		      : run(call, args.rest[0], args.n_rest == 2 ? args.rest[1] : NULL,
				&options);
}
