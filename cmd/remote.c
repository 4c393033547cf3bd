#include <string.h>

#include "cmd/commands.h"
#include "cmd/public_warning.h"
#include "cmd/text.h"
#include "sync/project.h"
#include "sync/remote.h"
#include "sync/url.h"

struct remote_options {
	bool attach;
	bool push;
	const char *scope;
};

static int put_url(json_t *object, const char *key, const char *url)
{
	gm_autobuf shown = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_url_show(&shown, url);

	return rc < 0 ? rc : gm_json_set_string(object, key, gm_buf_str(&shown));
}

static int print_json(const struct gm_remote *remote)
{
	gm_autojson *object = gm_json_object();
	int rc = object ? gm_json_set_string(object, "name", remote->name) : GM_ENOMEM;

	if (rc == 0)
		rc = put_url(object, "url", remote->given_url);
	if (rc == 0)
		rc = put_url(object, "push_url", remote->given_push_url);
	if (rc == 0)
		rc = gm_json_set_string(object, "scope", gm_scope_name(remote->scope));
	if (rc == 0)
		rc = gm_json_set_bool(object, "attached", remote->is_attached);
	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

/* "origin	https://example.com/x (fetch)" */
static int print_url(const struct gm_remote *remote, const char *url, const char *use)
{
	gm_autobuf shown = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf line = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = gm_url_show(&shown, url);

	if (rc == 0)
		rc = gm_puts_safe(&line, remote->name);
	if (rc == 0)
		rc = gm_buf_putc(&line, '\t');
	if (rc == 0)
		rc = gm_puts_safe(&line, gm_buf_str(&shown));
	return rc < 0 ? rc : gm_print("%s (%s)\n", gm_buf_str(&line), use);
}

static int print_remote(struct gm_call *call, const char *name)
{
	gm_autoremote remote = GM_REMOTE_INIT;
	gm_autobuf line = GM_BUF_INIT(GM_BUF_PATH);
	int rc;

	if (!call->json && !call->verbose) {
		rc = gm_puts_safe(&line, name);
		return rc < 0 ? rc : gm_print("%s\n", gm_buf_str(&line));
	}
	rc = gm_remote_read(&remote, call->repo, name);
	if (rc < 0 && rc != GM_ENOMEM) {
		gm_warn("%s", gm_error_last()->message); /* the others are fine */
		return 0;
	}
	if (rc == 0 && call->json)
		return print_json(&remote);
	if (rc == 0)
		rc = print_url(&remote, remote.given_url, "fetch");
	return rc < 0 ? rc : print_url(&remote, remote.given_push_url, "push");
}

static int list(struct gm_call *call)
{
	gm_autostrv names = GM_STRV_INIT;
	int rc = gm_remote_names(&names, gm_repo_config(call->repo));

	for (size_t i = 0; rc == 0 && i < names.n; i++)
		rc = print_remote(call, names.items[i]);
	return rc;
}

static int parse_scope(enum gm_scope *out, const char *word)
{
	if (gm_remote_scope_parse(out, word))
		return 0;
	return gm_error(
		GM_EUSAGE, "'%s' is no scope of a remote: shared or global", word);
}

/* One of the project's, which must have it; its URL is looked up at each use. */
static int add_attached(struct gm_call *call, const char *name, enum gm_scope scope)
{
	gm_autoproject project = GM_PROJECT_INIT;
	gm_autobuf url = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_project_around(&project, gm_repo_dir(call->repo));

	if (rc == 0)
		rc = gm_project_url(&url, &project, name, true);
	if (rc == 0)
		rc = gm_remote_add_attached(call->repo, name);
	if (rc < 0)
		return rc;
	gm_autoremote remote = GM_REMOTE_INIT;
	remote.name = gm_strdup(name);
	remote.push_url = gm_buf_detach(&url);
	remote.scope = scope;
	remote.is_attached = true;
	return remote.name && remote.push_url ? gm_warn_public(call, &remote, false)
					      : GM_ENOMEM;
}

static int add(struct gm_call *call, const struct remote_options *options,
	const char *const *args, size_t n)
{
	enum gm_scope scope = GM_SCOPE_SHARED;
	int rc = options->scope ? parse_scope(&scope, options->scope) : 0;

	if (rc < 0)
		return rc;
	if (n != (options->attach ? 1 : 2))
		return gm_error(GM_EUSAGE,
			options->attach
				? "an attached remote takes its url from the project"
				: "expected a name and a url");
	rc = options->attach ? add_attached(call, args[0], scope)
			     : gm_remote_add(call->repo, args[0], args[1]);
	if (rc == 0 && options->scope)
		rc = gm_remote_set_scope(call->repo, args[0], scope);
	return rc;
}

static int set_scope(struct gm_call *call, const char *name, const char *word)
{
	enum gm_scope scope;
	int rc = parse_scope(&scope, word);

	return rc < 0 ? rc : gm_remote_set_scope(call->repo, name, scope);
}

static int drop(struct gm_call *call, const char *name)
{
	gm_cleanup(gm_lock_release_p) struct gm_lock *lock = NULL;
	int rc = gm_call_lock(&lock, call);

	return rc < 0 ? rc : gm_remote_remove(call->repo, lock, name);
}

static int print_one_url(struct gm_call *call, const char *name, const char *url)
{
	gm_autobuf line = GM_BUF_INIT(GM_BUF_TEXT);

	if (call->json) {
		gm_autojson *object = gm_json_object();
		int rc = object ? gm_json_set_string(object, "name", name) : GM_ENOMEM;
		if (rc == 0)
			rc = gm_json_set_string(object, "url", url);
		return rc < 0 ? rc : gm_print_json(gm_steal(&object));
	}
	int rc = gm_puts_safe(&line, url);
	return rc < 0 ? rc : gm_print("%s\n", gm_buf_str(&line));
}

static int get_url(struct gm_call *call, const char *name, bool for_push)
{
	gm_autoremote remote = GM_REMOTE_INIT;
	gm_autobuf shown = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_remote_exists(gm_repo_config(call->repo), name)
		? gm_remote_read(&remote, call->repo, name)
		: gm_error(GM_ENOTFOUND, "no such remote '%s'", name);

	if (rc == 0)
		rc = gm_url_show(
			&shown, for_push ? remote.given_push_url : remote.given_url);
	return rc < 0 ? rc : print_one_url(call, name, gm_buf_str(&shown));
}

enum verb {
	VERB_LIST,
	VERB_ADD,
	VERB_REMOVE,
	VERB_GET_URL,
	VERB_SET_URL,
	VERB_SET_SCOPE,
};

static const struct {
	const char *name;
	enum verb verb;
	size_t min, max; /* arguments behind it */
} verbs[] = {
	{"list", VERB_LIST, 0, 0},
	{"add", VERB_ADD, 1, 2},
	{"rm", VERB_REMOVE, 1, 1},
	{"remove", VERB_REMOVE, 1, 1},
	{"get-url", VERB_GET_URL, 1, 1},
	{"set-url", VERB_SET_URL, 2, 2},
	{"set-scope", VERB_SET_SCOPE, 2, 2},
};

static int find_verb(size_t *out, const struct gm_options_result *args)
{
	const size_t n = sizeof(verbs) / sizeof(*verbs);

	*out = 0;
	while (args->n_rest && *out < n && strcmp(verbs[*out].name, args->rest[0]) != 0)
		(*out)++;
	if (*out == n)
		return gm_error(GM_EUSAGE, "unknown subcommand '%s'", args->rest[0]);
	return args->n_rest
		? gm_command_expect_args(args, 1 + verbs[*out].min, 1 + verbs[*out].max)
		: 0;
}

static int check_options(enum verb verb, const struct remote_options *options)
{
	if (verb != VERB_ADD && (options->attach || options->scope))
		return gm_error(
			GM_EUSAGE, "only 'remote add' takes --attach and --scope");
	if (options->push && verb != VERB_SET_URL && verb != VERB_GET_URL)
		return gm_error(
			GM_EUSAGE, "only 'remote get-url' and 'set-url' take --push");
	return 0;
}

static int run(struct gm_call *call, enum verb verb, const struct remote_options *options,
	const struct gm_options_result *args)
{
	const char *const *rest = args->rest + 1;

	switch (verb) {
	case VERB_ADD:
		return add(call, options, rest, args->n_rest - 1);
	case VERB_REMOVE:
		return drop(call, rest[0]);
	case VERB_GET_URL:
		return get_url(call, rest[0], options->push);
	case VERB_SET_URL:
		return gm_remote_set_url(call->repo, rest[0], rest[1], options->push);
	case VERB_SET_SCOPE:
		return set_scope(call, rest[0], rest[1]);
	case VERB_LIST:
		break;
	}
	return list(call);
}

int gm_cmd_remote(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {"remote [-v] [list]",
		"remote add [--scope <scope>] <name> <url>",
		"remote add [--scope <scope>] --attach <name>", "remote rm <name>",
		"remote get-url [--push] <name>",
		"remote set-url [--push] <name> <newurl>",
		"remote set-scope <name> (shared | global)", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	struct remote_options options = {0};
	size_t at;
	const struct gm_option table[] = {
		{GM_OPTION_BOOL, 0, "attach", &options.attach, NULL,
			"add: one that the surrounding project has", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 0, "scope", &options.scope, "SCOPE",
			"add: what may be sent there (shared)", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "push", &options.push, NULL,
			"get-url, set-url: the one to push to", NULL, GM_COMPLETE_NONE},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "remote",
		.synopsis = synopsis,
		.summary = "Manage the repositories that memory is exchanged with.",
		.options = table,
		.verbs = "list|add|rm|get-url|set-url|set-scope",
	};

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	rc = find_verb(&at, &args);
	if (rc == 0)
		rc = check_options(verbs[at].verb, &options);
	if (rc == 0)
		rc = gm_call_open(call);
	return rc < 0 ? rc : run(call, verbs[at].verb, &options, &args);
}
