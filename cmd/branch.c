#include <stdint.h>
#include <string.h>

#include "cmd/branch_change.h"
#include "cmd/commands.h"
#include "dag/upstream.h"

struct listing {
	struct gm_call *call;
	char *current; /* the ref HEAD is on */
};

static int print_json(
	struct listing *listing, const char *name, const struct gm_oid *oid, bool current)
{
	gm_autobuf upstream = GM_BUF_INIT(GM_BUF_PATH);
	gm_autojson *object = gm_json_object();
	char hex[GM_OID_HEX];
	int rc = object
		? gm_upstream_ref(&upstream, gm_repo_config(listing->call->repo), name)
		: GM_ENOMEM;

	gm_oid_format(hex, oid);
	if (rc == 0)
		rc = gm_json_set_string(object, "name", name);
	if (rc == 0)
		rc = gm_json_set_string(object, "commit", hex);
	if (rc == 0)
		rc = gm_json_set_bool(object, "current", current);
	if (rc == 0)
		rc = gm_json_set_string(object, "upstream",
			upstream.size ? gm_upstream_name(gm_buf_str(&upstream)) : NULL);
	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

/* "1a2b3c4 subject", for -v. */
static int put_tip(struct gm_buf *out, struct gm_call *call, const struct gm_oid *oid)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	gm_autobuf subject = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = gm_abbreviate(out, gm_repo_store(call->repo), oid);

	if (rc == 0)
		rc = gm_commit_read(&commit, gm_repo_store(call->repo), oid);
	if (rc == 0)
		rc = gm_commit_subject(&subject, commit.message);
	if (rc == 0)
		rc = gm_buf_putc(out, ' ');
	return rc < 0 ? rc : gm_put_safe(out, gm_buf_str(&subject), subject.size);
}

static int print_one(const char *ref, const struct gm_oid *oid, void *payload)
{
	struct listing *listing = payload;
	struct gm_call *call = listing->call;
	gm_autobuf tip = GM_BUF_INIT(GM_BUF_TEXT);
	bool local = !strncmp(ref, "refs/heads/", 11);
	bool current = !strcmp(ref, listing->current);
	const char *name = ref + strlen(local ? "refs/heads/" : "refs/");

	if (call->json)
		return print_json(listing, name, oid, current);
	const char *color = !call->colored ? ""
		: current                  ? "\033[32m"
		: local                    ? ""
					   : "\033[31m";
	if (!call->verbose)
		return gm_print("%s %s%s%s\n", current ? "*" : " ", color, name,
			*color ? "\033[m" : "");
	int rc = put_tip(&tip, call, oid);
	return rc < 0 ? rc
		      : gm_print("%s %s%s%s %s\n", current ? "*" : " ", color, name,
				*color ? "\033[m" : "", gm_buf_str(&tip));
}

static int list_branches(struct gm_call *call, bool all)
{
	gm_autohead head = GM_HEAD_INIT;
	struct listing listing = {.call = call};
	int rc = gm_head_read(&head, call->repo, NULL);

	if (rc == 0)
		rc = gm_call_page(call);
	listing.current = head.ref;
	if (rc == 0 && !head.branch && !call->json)
		rc = gm_print("* (HEAD detached)\n");
	if (rc == 0)
		rc = gm_refs_each(
			gm_repo_refs(call->repo), "refs/heads/", print_one, &listing);
	if (rc == 0 && all)
		rc = gm_refs_each(
			gm_repo_refs(call->repo), "refs/remotes/", print_one, &listing);
	return rc;
}

int gm_cmd_branch(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {"branch [-a] [-v]",
		"branch [-f] <name> [<revision>]", "branch (-d | -D) <name>...",
		"branch (-m | -M) [<old>] <new>", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	bool all = false, drop = false, force_drop = false, rename = false;
	bool force_rename = false, force = false;
	const struct gm_option table[] = {
		{GM_OPTION_BOOL, 'a', "all", &all, NULL, "list remote branches too", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 'd', "delete", &drop, NULL,
			"delete branches whose commits are on HEAD's too", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 'D', NULL, &force_drop, NULL,
			"delete branches with all that only they have", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 'm', "move", &rename, NULL, "rename a branch", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 'M', NULL, &force_rename, NULL,
			"rename it, even if another branch has to give way", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 'f', "force", &force, NULL,
			"move a branch that is there; with -d and -m, as -D and -M", NULL,
			GM_COMPLETE_NONE},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "branch",
		.synopsis = synopsis,
		.summary = "List, make, rename or delete branches.",
		.options = table,
		.arguments = GM_COMPLETE_BRANCH,
	};

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	drop = drop || force_drop;
	rename = rename || force_rename;
	if (drop + rename + all > 1)
		return gm_error(GM_EUSAGE, "-a, -d and -m exclude each other");
	rc = gm_command_expect_args(&args, drop || rename || force ? 1 : 0,
		drop          ? SIZE_MAX
			: all ? 0
			      : 2);
	if (rc == 0)
		rc = gm_call_open(call);
	if (rc < 0)
		return rc;
	if (drop)
		return gm_branches_delete(
			call, args.rest, args.n_rest, force || force_drop);
	if (rename)
		return gm_branch_rename(call, args.n_rest == 2 ? args.rest[0] : NULL,
			args.rest[args.n_rest - 1], force || force_rename);
	if (args.n_rest)
		return (force ? gm_branch_create_or_move : gm_branch_create)(
			call, args.rest[0], args.n_rest == 2 ? args.rest[1] : NULL);
	return list_branches(call, all);
}
