#include <stdint.h>
#include <string.h>

#include "cmd/branch_change.h"
#include "cmd/branch_upstream.h"
#include "cmd/commands.h"

#define HEADS "refs/heads/"

struct listing {
	struct gm_call *call;
	char *current; /* the ref HEAD is on */
};

static int read_tracking(struct gm_tracking *out, struct gm_call *call, const char *ref,
	const struct gm_oid *oid)
{
	if (strncmp(ref, HEADS, strlen(HEADS)) != 0)
		return 0;
	return gm_tracking_read(out, call->repo, ref + strlen(HEADS), oid);
}

static int print_json(struct listing *listing, const char *ref, const char *name,
	const struct gm_oid *oid)
{
	gm_autotracking tracking = GM_TRACKING_INIT;
	gm_autojson *object = gm_json_object();
	char hex[GM_OID_HEX];
	int rc = object ? read_tracking(&tracking, listing->call, ref, oid) : GM_ENOMEM;

	gm_oid_format(hex, oid);
	if (rc == 0)
		rc = gm_json_set_string(object, "name", name);
	if (rc == 0)
		rc = gm_json_set_string(object, "commit", hex);
	if (rc == 0)
		rc = gm_json_set_bool(object, "current", !strcmp(ref, listing->current));
	if (rc == 0)
		rc = gm_set_tracking(object, &tracking);
	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

/* "1a2b3c4 [ahead 1] subject", for -v; with -vv the branch that is followed, too. */
static int put_tip(struct gm_buf *out, struct gm_call *call, const char *ref,
	const struct gm_oid *oid)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	gm_autotracking tracking = GM_TRACKING_INIT;
	gm_autobuf subject = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = gm_abbreviate(out, gm_repo_store(call->repo), oid);

	if (rc == 0)
		rc = gm_commit_read(&commit, gm_repo_store(call->repo), oid);
	if (rc == 0)
		rc = gm_commit_subject(&subject, commit.message);
	if (rc == 0)
		rc = gm_buf_putc(out, ' ');
	if (rc == 0)
		rc = read_tracking(&tracking, call, ref, oid);
	if (rc == 0)
		rc = gm_put_tracking(out, &tracking, call->verbose > 1);
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
		return print_json(listing, ref, name, oid);
	const char *color = !call->colored ? ""
		: current                  ? "\033[32m"
		: local                    ? ""
					   : "\033[31m";
	if (!call->verbose)
		return gm_print("%s %s%s%s\n", current ? "*" : " ", color, name,
			*color ? "\033[m" : "");
	int rc = put_tip(&tip, call, ref, oid);
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

struct branch_options {
	bool all;
	bool drop, force_drop;
	bool rename, force_rename;
	bool force;
	const char *upstream;
	bool unset_upstream;
	bool track, no_track;
};

static bool is_plain(const struct branch_options *options)
{
	return !options->drop && !options->rename && !options->all &&
		!options->upstream && !options->unset_upstream;
}

/* One thing at a time, with as many arguments as that takes. */
static int check(
	const struct gm_options_result *args, const struct branch_options *options)
{
	int n_actions = options->drop + options->rename + options->all +
		(options->upstream != NULL) + options->unset_upstream;
	bool tracks = options->track || options->no_track;
	size_t max = options->drop                             ? SIZE_MAX
		: options->upstream || options->unset_upstream ? 1
		: options->all                                 ? 0
							       : 2;
	bool needs_name = options->drop || options->rename || tracks ||
		(options->force && is_plain(options));

	if (n_actions > 1)
		return gm_error(GM_EUSAGE,
			"-a, -d, -m, -u and --unset-upstream exclude each other");
	if (options->track && options->no_track)
		return gm_error(GM_EUSAGE, "--track and --no-track exclude each other");
	if (tracks && !is_plain(options))
		return gm_error(GM_EUSAGE, "--track is for new branches only");
	return gm_command_expect_args(args, needs_name, max);
}

static int make(struct gm_call *call, const struct gm_options_result *args,
	const struct branch_options *options)
{
	const char *name = args->rest[0];
	const char *revision = args->n_rest == 2 ? args->rest[1] : NULL;
	int track = options->track ? 1 : options->no_track ? 0 : -1;
	int rc = (options->force ? gm_branch_create_or_move : gm_branch_create)(
		call, name, revision);

	return rc < 0 ? rc : gm_branch_follow_start(call, name, revision, track);
}

static int run(struct gm_call *call, const struct gm_options_result *args,
	const struct branch_options *options)
{
	const char *first = args->n_rest ? args->rest[0] : NULL;

	if (options->drop)
		return gm_branches_delete(call, args->rest, args->n_rest,
			options->force || options->force_drop);
	if (options->rename)
		return gm_branch_rename(call, args->n_rest == 2 ? first : NULL,
			args->rest[args->n_rest - 1],
			options->force || options->force_rename);
	if (options->upstream)
		return gm_branch_follow(call, first, options->upstream);
	if (options->unset_upstream)
		return gm_branch_unfollow(call, first);
	return first ? make(call, args, options) : list_branches(call, options->all);
}

int gm_cmd_branch(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {"branch [-a] [-v | -vv]",
		"branch [-f] [--track | --no-track] <name> [<revision>]",
		"branch (-d | -D) <name>...", "branch (-m | -M) [<old>] <new>",
		"branch -u <upstream> [<name>]", "branch --unset-upstream [<name>]",
		NULL};
	gm_autoargs args = GM_ARGS_INIT;
	struct branch_options options = {.all = false};
	const struct gm_option table[] = {
		{GM_OPTION_BOOL, 'a', "all", &options.all, NULL,
			"list remote branches too", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 'd', "delete", &options.drop, NULL,
			"delete branches whose commits are on HEAD's too", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 'D', NULL, &options.force_drop, NULL,
			"delete branches with all that only they have", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 'm', "move", &options.rename, NULL, "rename a branch",
			NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 'M', NULL, &options.force_rename, NULL,
			"rename it, even if another branch has to give way", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 'f', "force", &options.force, NULL,
			"move a branch that is there; with -d and -m, as -D and -M", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 'u', "set-upstream-to", &options.upstream, "UPSTREAM",
			"let a branch follow this one", NULL, GM_COMPLETE_BRANCH},
		{GM_OPTION_BOOL, 0, "unset-upstream", &options.unset_upstream, NULL,
			"let a branch follow none", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "no-track", &options.no_track, NULL,
			"let it follow none, even if it starts at a remote one", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 't', "track", &options.track, NULL,
			"let the new branch follow the one it starts at", NULL,
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
	options.drop = options.drop || options.force_drop;
	options.rename = options.rename || options.force_rename;
	rc = check(&args, &options);
	if (rc == 0)
		rc = gm_call_open(call);
	return rc < 0 ? rc : run(call, &args, &options);
}
