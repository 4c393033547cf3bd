#include "cmd/commands.h"
#include "dag/walk.h"

/* How many are looked for; histories in use have one or two. */
#define BASES_MAX 1024

static int print_base(const struct gm_call *call, const struct gm_oid *base)
{
	char hex[GM_OID_HEX];

	gm_oid_format(hex, base);
	if (!call->json)
		return gm_print("%s\n", hex);
	gm_autojson *object = gm_json_object();
	int rc = object ? gm_json_set_string(object, "commit", hex) : GM_ENOMEM;
	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

static int print_bases(struct gm_call *call, const struct gm_oid *one,
	const struct gm_oid *two, bool all)
{
	gm_autofree struct gm_oid *bases = gm_calloc(BASES_MAX, sizeof(*bases));

	if (!bases)
		return GM_ENOMEM;
	int n = gm_merge_bases(
		bases, all ? BASES_MAX : 1, gm_repo_store(call->repo), one, two);
	if (n == 0)
		return gm_error(GM_ENO, "%s", "");
	for (int i = 0; i < n; i++) {
		int rc = print_base(call, &bases[i]);
		if (rc < 0)
			return rc;
	}
	return n < 0 ? n : 0;
}

/* The one base of a commit and its descendant is the commit. */
static int tell_ancestor(
	struct gm_call *call, const struct gm_oid *one, const struct gm_oid *two)
{
	struct gm_oid base;
	int n = gm_merge_bases(&base, 1, gm_repo_store(call->repo), one, two);

	if (n < 0)
		return n;
	return n && gm_oid_equal(&base, one) ? 0 : gm_error(GM_ENO, "%s", "");
}

int gm_cmd_merge_base(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {"merge-base [--all] <revision> <revision>",
		"merge-base --is-ancestor <revision> <revision>", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	bool all = false, ancestor = false;
	struct gm_oid one, two;
	const struct gm_option table[] = {
		{GM_OPTION_BOOL, 'a', "all", &all, NULL,
			"all of them, when there are several", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "is-ancestor", &ancestor, NULL,
			"only tell, by the exit code, whether the first leads to the "
			"second",
			NULL, GM_COMPLETE_NONE},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "merge-base",
		.synopsis = synopsis,
		.summary = "Find where two histories parted.",
		.options = table,
		.arguments = GM_COMPLETE_REVISION,
	};

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	if (all && ancestor)
		return gm_error(GM_EUSAGE, "--all and --is-ancestor exclude each other");
	rc = gm_command_expect_args(&args, 2, 2);
	if (rc == 0)
		rc = gm_call_open(call);
	if (rc == 0)
		rc = gm_revision_commit(&one, call->repo, args.rest[0], call->branch);
	if (rc == 0)
		rc = gm_revision_commit(&two, call->repo, args.rest[1], call->branch);
	if (rc < 0)
		return rc;
	return ancestor ? tell_ancestor(call, &one, &two)
			: print_bases(call, &one, &two, all);
}
