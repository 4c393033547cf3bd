#include <string.h>
#include <strings.h>

#include "base/config.h"
#include "base/file.h"
#include "cmd/commands.h"
#include "index/embedding.h"

struct config_options {
	bool global;
	bool unset;
	bool list;
};

static int print_pair(const char *name, const char *value, void *payload)
{
	const struct gm_call *call = payload;

	if (!call->json)
		return gm_print("%s=%s\n", name, value);
	gm_autojson *object = gm_json_object();
	int rc = object ? gm_json_set_string(object, "key", name) : GM_ENOMEM;
	if (rc == 0)
		rc = gm_json_set_string(object, "value", value);
	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

/* The user's own file, alone. */
static int read_global(struct gm_config **out)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_global_config_path(&path);

	if (rc == 0)
		rc = gm_config_new(out);
	return rc < 0 ? rc : gm_config_add_file(*out, gm_buf_str(&path), NULL);
}

static int get(struct gm_call *call, const struct gm_config *config, const char *name)
{
	int rc = gm_config_check_name(name);

	if (rc < 0)
		return gm_error(GM_EUSAGE, "%s", gm_error_last()->message);
	const char *value = gm_config_get(config, name);
	if (!value)
		return gm_error(GM_ENO, "%s", "");
	return call->json ? print_pair(name, value, call) : gm_print("%s\n", value);
}

static int set(const char *path, const char *name, const char *value)
{
	int rc = gm_config_check_name(name);

	if (rc < 0)
		return gm_error(GM_EUSAGE, "%s", gm_error_last()->message);
	rc = gm_config_set_file(path, name, value);
	return rc == GM_ENOTFOUND && !value ? gm_error(GM_ENO, "'%s' is not set", name)
					    : rc;
}

/* The repository may be closed for the very value that is to be changed. */
static int settings_path(struct gm_buf *out, const struct gm_call *call)
{
	if (call->repo)
		return gm_repo_path(out, call->repo, "config");
	int rc = gm_find_repository(out);
	return rc < 0 ? rc : gm_buf_puts(out, "/config");
}

static int change(struct gm_call *call, const struct config_options *options,
	const char *name, const char *value)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	bool is_ours = options->global || !call->repo ||
		gm_store_has_segments(gm_repo_store(call->repo));
	int rc = value && is_ours ? gm_repo_check_setting(name, value) : 0;

	if (rc == 0 && value)
		rc = gm_embedding_check_setting(name, value);
	if (rc < 0)
		return gm_error(GM_EUSAGE, "%s", gm_error_last()->message);
	rc = options->global ? gm_global_config_path(&path) : settings_path(&path, call);
	return rc < 0 ? rc : set(gm_buf_str(&path), name, value);
}

static int look(
	struct gm_call *call, const struct config_options *options, const char *name)
{
	gm_cleanup(gm_config_free_p) struct gm_config *own = NULL;
	int rc = options->global ? read_global(&own) : 0;

	if (rc < 0)
		return rc;
	const struct gm_config *config =
		options->global ? own : gm_repo_config(call->repo);
	if (name)
		return get(call, config, name);
	rc = gm_call_page(call);
	return rc < 0 ? rc : gm_config_each(config, print_pair, call);
}

int gm_cmd_config(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {"config [--global] [--list]",
		"config [--global] <key> [<value>]", "config [--global] --unset <key>",
		NULL};
	gm_autoargs args = GM_ARGS_INIT;
	struct config_options options = {0};
	const struct gm_option table[] = {
		{GM_OPTION_BOOL, 0, "global", &options.global, NULL,
			"the settings of the user, for all repositories", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "unset", &options.unset, NULL, "take a setting away",
			NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 'l', "list", &options.list, NULL, "list all settings",
			NULL, GM_COMPLETE_NONE},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "config",
		.synopsis = synopsis,
		.summary = "Read and change settings.",
		.options = table,
		.arguments = GM_COMPLETE_CONFIG,
	};

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	rc = gm_command_expect_args(&args, options.unset ? 1 : 0,
		options.list            ? 0
			: options.unset ? 1
					: 2);
	if (rc == 0 && !options.global)
		rc = gm_call_open(call);
	bool is_change = options.unset || args.n_rest == 2;
	if (rc == GM_EINVALID && is_change && !strcasecmp(args.rest[0], "core.fsync"))
		rc = 0;
	if (rc < 0)
		return rc;
	if (is_change)
		return change(call, &options, args.rest[0],
			options.unset ? NULL : args.rest[1]);
	return look(call, &options, args.n_rest ? args.rest[0] : NULL);
}
