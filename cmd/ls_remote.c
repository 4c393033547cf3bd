#include <fnmatch.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/text.h"
#include "sync/ls_refs.h"

struct listing {
	struct gm_call *call;
	bool heads, tags, refs, exit_code;
	const char *const *patterns;
	size_t n_patterns;
	size_t n; /* printed */
};

static bool begins_with(const char *name, const char *prefix)
{
	return !strncmp(name, prefix, strlen(prefix));
}

/* As git: a pattern fits the end of a name, from a slash on. */
static bool fits(const char *name, const char *pattern)
{
	for (; name; name = strchr(name, '/')) {
		name += *name == '/';
		if (fnmatch(pattern, name, 0) == 0)
			return true;
	}
	return false;
}

static bool is_wanted(const struct listing *listing, const char *name)
{
	if (listing->refs && !strcmp(name, "HEAD"))
		return false;
	if ((listing->heads || listing->tags) &&
		!(listing->heads && begins_with(name, "refs/heads/")) &&
		!(listing->tags && begins_with(name, "refs/tags/")))
		return false;
	for (size_t i = 0; i < listing->n_patterns; i++)
		if (fits(name, listing->patterns[i]))
			return true;
	return !listing->n_patterns;
}

static int print_json(const struct gm_remote_ref *ref, const char *head)
{
	gm_autojson *object = gm_json_object();
	char hex[GM_OID_HEX];
	bool is_tag = !gm_oid_is_zero(&ref->peeled);
	int rc = object ? gm_json_set_string(object, "name", ref->name) : GM_ENOMEM;

	gm_oid_format(hex, &ref->oid);
	if (rc == 0)
		rc = gm_json_set_string(object, "object", hex);
	gm_oid_format(hex, &ref->peeled);
	if (rc == 0)
		rc = gm_json_set_string(object, "peeled", is_tag ? hex : NULL);
	if (rc == 0)
		rc = gm_json_set_string(
			object, "target", strcmp(ref->name, "HEAD") != 0 ? NULL : head);
	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

static int print_line(const struct gm_oid *oid, const char *name)
{
	gm_autobuf shown = GM_BUF_INIT(GM_BUF_PATH);
	char hex[GM_OID_HEX];
	int rc = gm_puts_safe(&shown, name);

	gm_oid_format(hex, oid);
	return rc < 0 ? rc : gm_print("%s\t%s\n", hex, gm_buf_str(&shown));
}

/* Patterns choose among what tags lead to as well, by a name that ends in "^{}". */
static int print_text(struct listing *listing, const struct gm_remote_ref *ref)
{
	gm_autofree char *peeled = gm_format("%s^{}", ref->name);
	int rc = peeled ? 0 : GM_ENOMEM;

	if (rc == 0 && is_wanted(listing, ref->name)) {
		listing->n++;
		rc = print_line(&ref->oid, ref->name);
	}
	if (rc < 0 || listing->refs || gm_oid_is_zero(&ref->peeled) ||
		!is_wanted(listing, peeled))
		return rc;
	listing->n++;
	return print_line(&ref->peeled, peeled);
}

static int print_refs(struct listing *listing, const struct gm_remote_refs *refs)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < refs->n; i++) {
		const struct gm_remote_ref *ref = &refs->refs[i];
		if (!listing->call->json) {
			rc = print_text(listing, ref);
		} else if (is_wanted(listing, ref->name)) {
			listing->n++;
			rc = print_json(ref, refs->head);
		}
	}
	return rc;
}

/* A URL needs no repository; a name, or none, is that of a remote of one. */
static int find_remote(struct gm_remote *out, struct gm_call *call, const char *name)
{
	gm_autobuf usual = GM_BUF_INIT(GM_BUF_PATH);
	gm_autohead head = GM_HEAD_INIT;
	int rc = gm_call_open(call);

	if (rc < 0 && (rc != GM_ENOTFOUND || !name))
		return rc;
	if (name)
		return gm_remote_read(out, call->repo, name);
	rc = gm_head_read(&head, call->repo, call->branch);
	if (rc == 0)
		rc = gm_remote_of_branch(&usual, call->repo, head.branch);
	if (rc == GM_ENOTFOUND)
		gm_error_hint(
			"'gitmem remote add origin URL' adds one, 'gitmem ls-remote URL' "
			"asks another");
	return rc < 0 ? rc : gm_remote_read(out, call->repo, gm_buf_str(&usual));
}

static int show(struct listing *listing, const char *name)
{
	struct gm_call *call = listing->call;
	gm_autoremote remote = GM_REMOTE_INIT;
	gm_autoremoterefs refs = GM_REMOTE_REFS_INIT;
	gm_cleanup(gm_sync_free_p) struct gm_sync *sync = NULL;
	const struct gm_sync_options options = {
		.progress = gm_call_progress(call), .is_quiet = call->quiet};
	int rc = find_remote(&remote, call, name);

	if (rc == 0)
		rc = gm_sync_start(&sync, call->repo ? gm_repo_dir(call->repo) : NULL,
			call->repo ? gm_repo_config(call->repo) : NULL, &options);
	if (rc == 0)
		rc = gm_sync_ls_refs(&refs, sync, &remote, false);
	return rc < 0 ? rc : print_refs(listing, &refs);
}

int gm_cmd_ls_remote(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {
		"ls-remote [<options>] [<remote> [<pattern>...]]", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	struct listing listing = {.call = call};
	const struct gm_option table[] = {
		{GM_OPTION_BOOL, 0, "heads", &listing.heads, NULL, "branches only", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 't', "tags", &listing.tags, NULL, "tags only", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "refs", &listing.refs, NULL,
			"without HEAD and what tags lead to", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "exit-code", &listing.exit_code, NULL,
			"say no (1) when nothing fits", NULL, GM_COMPLETE_NONE},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "ls-remote",
		.synopsis = synopsis,
		.summary = "List the refs of a remote.",
		.options = table,
	};

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	listing.patterns = args.n_rest ? args.rest + 1 : NULL;
	listing.n_patterns = args.n_rest > 1 ? args.n_rest - 1 : 0;
	rc = show(&listing, args.n_rest ? args.rest[0] : NULL);
	if (rc == 0 && listing.exit_code && !listing.n)
		return gm_error(GM_ENO, "no ref fits");
	return rc;
}
