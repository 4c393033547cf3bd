#include <string.h>

#include "cmd/branch_change.h"
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

static int run(struct gm_call *call, const char *name, const char *start, bool create)
{
	gm_autohead from = GM_HEAD_INIT;
	gm_autohead to = GM_HEAD_INIT;
	gm_autobuf previous = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_head_read(&from, call->repo, NULL);

	if (rc == 0 && !create && !strcmp(name, "-")) {
		rc = gm_revision_log_previous(&previous, gm_repo_refs(call->repo), 1);
		name = gm_buf_str(&previous);
	}
	/* On an unborn branch there is nothing to start at: HEAD moves to another unborn one. */
	bool unborn = create && !from.exists && !start;
	if (rc == 0 && create && !unborn)
		rc = gm_branch_create(call, name, start);
	if (rc == 0)
		rc = gm_head_read(&to, call->repo, name);
	if (rc == 0 && unborn && to.exists)
		rc = gm_error(GM_EEXISTS, "a branch named '%s' exists already", name);
	if (rc < 0)
		return rc;
	if (!to.exists && !create) {
		rc = gm_error(GM_ENOTFOUND, "branch '%s' does not exist", name);
		gm_error_hint("'gitmem switch -c %s' makes it", name);
		return rc;
	}
	if (!strcmp(from.ref, to.ref)) {
		gm_talk(call, "Already on '%s'", name);
		return 0;
	}
	rc = move_head(call, &from, &to);
	if (rc == 0)
		gm_talk(call, "Switched to %sbranch '%s'", create ? "a new " : "", name);
	return rc;
}

int gm_cmd_switch(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {
		"switch (<branch> | -)", "switch -c <name> [<revision>]", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	bool create = false;
	const struct gm_option table[] = {
		{GM_OPTION_BOOL, 'c', "create", &create, NULL, "make the branch first",
			NULL, GM_COMPLETE_NONE},
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
	rc = gm_command_expect_args(&args, 1, create ? 2 : 1);
	if (rc == 0)
		rc = gm_call_open(call);
	return rc < 0
		? rc
		: run(call, args.rest[0], args.n_rest == 2 ? args.rest[1] : NULL, create);
}
