#include <strings.h>

#include "cmd/commands.h"
#include "cmd/fetch_print.h"
#include "sync/process.h"

struct fetch {
	struct gm_call *call;
	bool all;
	bool tags;
	bool no_tags;
	bool prune;
	bool dry_run;
	struct gm_strv refspecs;
	struct gm_sync *sync; /* started for the first remote */
	struct gm_signature author, who;
	size_t n_rejected;
};

static void fetch_dispose(struct fetch *fetch)
{
	gm_sync_free(fetch->sync);
	gm_strv_dispose(&fetch->refspecs);
	gm_signature_dispose(&fetch->author);
	gm_signature_dispose(&fetch->who);
}

static bool is_true(const char *value)
{
	return value &&
		(!strcasecmp(value, "true") || !strcasecmp(value, "yes") ||
			!strcasecmp(value, "on") || !strcasecmp(value, "1"));
}

/* --prune, or what the settings say of this remote, or of all. */
static int prunes(bool *out, const struct fetch *fetch, const struct gm_remote *remote)
{
	const struct gm_config *config = gm_repo_config(fetch->call->repo);
	const char *value = NULL;

	*out = fetch->prune;
	if (remote->name && !fetch->prune) {
		gm_autofree char *name = gm_format("remote.%s.prune", remote->name);
		if (!name)
			return GM_ENOMEM;
		value = gm_config_get(config, name);
	}
	*out |= is_true(value ? value : gm_config_get(config, "fetch.prune"));
	return 0;
}

static int start(struct fetch *fetch)
{
	struct gm_call *call = fetch->call;
	const struct gm_sync_options options = {
		.progress = gm_call_progress(call), .is_quiet = call->quiet};

	return fetch->sync ? 0
			   : gm_sync_start(&fetch->sync, gm_repo_dir(call->repo),
				     gm_repo_config(call->repo), &options);
}

static int print_json(
	const struct gm_remote *remote, const struct gm_fetch_result *result)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < result->n; i++) {
		json_t *object = NULL;
		rc = gm_fetched_json(&object, &result->refs[i]);
		if (rc == 0)
			rc = gm_json_set_string(object, "remote", remote->name);
		if (rc == 0)
			rc = gm_print_json(object);
		else
			json_decref(object);
	}
	return rc;
}

static int report(struct fetch *fetch, const struct gm_remote *remote,
	const struct gm_fetch_result *result)
{
	for (size_t i = 0; i < result->n; i++)
		fetch->n_rejected += result->refs[i].kind == GM_FETCHED_REJECTED;
	return fetch->call->json ? print_json(remote, result)
				 : gm_fetch_print(fetch->call, remote, result);
}

static int fetch_from(struct fetch *fetch, const char *name)
{
	gm_autoremote remote = GM_REMOTE_INIT;
	gm_autofetchresult result = GM_FETCH_RESULT_INIT;
	struct gm_fetch_request request = {.remote = &remote,
		.refspecs = fetch->refspecs.n ? &fetch->refspecs : NULL,
		.tags = fetch->tags      ? GM_FETCH_TAGS_ALL
			: fetch->no_tags ? GM_FETCH_TAGS_NONE
					 : GM_FETCH_TAGS_AUTO,
		.dry_run = fetch->dry_run,
		.who = &fetch->who};
	int rc = gm_remote_read(&remote, fetch->call->repo, name);

	if (rc == 0)
		rc = prunes(&request.prune, fetch, &remote);
	if (rc == 0)
		rc = start(fetch);
	if (rc == 0)
		rc = gm_sync_fetch(&result, fetch->sync, &request);
	return rc < 0 ? rc : report(fetch, &remote, &result);
}

/* One that cannot be reached does not keep us from the others. */
static int fetch_all(struct fetch *fetch)
{
	gm_autostrv names = GM_STRV_INIT;
	int rc = gm_remote_names(&names, gm_repo_config(fetch->call->repo));
	size_t n_failed = 0;

	for (size_t i = 0; rc == 0 && i < names.n; i++) {
		rc = fetch_from(fetch, names.items[i]);
		if (rc == GM_ENOMEM || rc == GM_EINTERRUPTED || rc == GM_EPIPE || !rc)
			continue;
		gm_warn("cannot fetch from '%s': %s", names.items[i],
			gm_error_last()->message);
		gm_sync_free(gm_steal(&fetch->sync));
		n_failed++;
		rc = 0;
	}
	if (rc == 0 && n_failed)
		rc = gm_error(GM_ERROR, "could not fetch from %zu of %zu remotes",
			n_failed, names.n);
	return rc;
}

/* The remote of the branch that the call acts on. */
static int fetch_usual(struct fetch *fetch)
{
	struct gm_call *call = fetch->call;
	gm_autohead head = GM_HEAD_INIT;
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_head_read(&head, call->repo, call->branch);

	if (rc == 0)
		rc = gm_remote_of_branch(&name, call->repo, head.branch);
	if (rc == GM_ENOTFOUND)
		gm_error_hint("'gitmem remote add origin URL' adds one");
	return rc < 0 ? rc : fetch_from(fetch, gm_buf_str(&name));
}

static int run(struct fetch *fetch, const struct gm_options_result *args)
{
	struct gm_call *call = fetch->call;
	int rc = gm_call_open(call);

	if (rc == 0)
		rc = gm_call_signatures(&fetch->author, &fetch->who, call);
	for (size_t i = 1; rc == 0 && i < args->n_rest; i++)
		rc = gm_strv_add(&fetch->refspecs, args->rest[i]);
	if (rc < 0)
		return rc;
	if (fetch->all)
		rc = fetch_all(fetch);
	else
		rc = args->n_rest ? fetch_from(fetch, args->rest[0]) : fetch_usual(fetch);
	if (rc == 0 && fetch->n_rejected)
		rc = gm_error(GM_ENO, "some refs could not be updated");
	return rc;
}

static int check_usage(const struct fetch *fetch, const struct gm_options_result *args)
{
	if (fetch->tags && fetch->no_tags)
		return gm_error(GM_EUSAGE, "--tags and --no-tags exclude each other");
	if (fetch->all && args->n_rest)
		return gm_error(GM_EUSAGE, "--all takes no remote and no refspecs");
	return 0;
}

int gm_cmd_fetch(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {
		"fetch [<options>] [<remote> [<refspec>...]]", "fetch --all [<options>]",
		NULL};
	gm_autoargs args = GM_ARGS_INIT;
	gm_cleanup(fetch_dispose) struct fetch fetch = {.call = call,
		.refspecs = GM_STRV_INIT,
		.author = GM_SIGNATURE_INIT,
		.who = GM_SIGNATURE_INIT};
	const struct gm_option table[] = {
		{GM_OPTION_BOOL, 0, "all", &fetch.all, NULL, "fetch from all remotes",
			NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 'p', "prune", &fetch.prune, NULL,
			"forget what the remote has no more", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 'n', "no-tags", &fetch.no_tags, NULL,
			"let no tags come along", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 't', "tags", &fetch.tags, NULL, "fetch all tags, too",
			NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "dry-run", &fetch.dry_run, NULL,
			"show what would be done, and change nothing", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "progress", &call->progress, NULL,
			"show progress also when not on a terminal", NULL,
			GM_COMPLETE_NONE},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "fetch",
		.synopsis = synopsis,
		.summary = "Bring what a remote has, and let nothing of ours move.",
		.options = table,
	};

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	rc = check_usage(&fetch, &args);
	return rc < 0 ? rc : run(&fetch, &args);
}
