#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/commands.h"

static int list_json(void)
{
	int rc = 0;

	for (const struct gm_command *c = gm_commands; rc == 0 && c->name; c++) {
		gm_autojson *object = gm_json_object();
		rc = object ? gm_json_set_string(object, "command", c->name) : GM_ENOMEM;
		if (rc == 0)
			rc = gm_json_set_string(object, "summary", c->summary);
		if (rc == 0)
			rc = gm_print_json(gm_steal(&object));
	}
	return rc;
}

static int list_commands(void)
{
	int rc = gm_print("usage: gitmem [-C <dir>] [--branch <name>] [--json] "
			  "[--color <when>]\n"
			  "              [--no-pager] [-q] [-v] <command> [<args>]\n\n"
			  "Git for the memory of AI agents.\n\n");

	for (const struct gm_command *c = gm_commands; rc == 0 && c->name; c++)
		rc = gm_print("   %-13s %s\n", c->name, c->summary);
	if (rc == 0)
		rc = gm_print("\n'gitmem help <command>' shows its manual page, "
			      "'gitmem <command> -h' its options.\n");
	return rc;
}

/* Show the manual page when there is somebody to read it; false when it could not be shown. */
static bool show_manual(const struct gm_command *command)
{
	gm_autofree char *page = gm_format("gitmem-%s", command->name);
	int status;

	if (!page || !isatty(STDOUT_FILENO))
		return false;
	(void)fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);
		if (null >= 0)
			(void)dup2(null, STDERR_FILENO); /* we answer in its place */
		(void)execlp("man", "man", "1", page, (char *)NULL);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int help_of(struct gm_call *call, const char *name)
{
	char help[] = "-h";
	char *argv[] = {help, NULL};
	const struct gm_command *command = gm_command_find(name);

	if (!command) {
		int rc = gm_error(GM_EUSAGE, "'%s' is not a gitmem command", name);
		gm_error_hint("'gitmem help' lists the commands");
		return rc;
	}
	if (!call->json && show_manual(command))
		return 0;
	return command->run(call, 1, argv);
}

int gm_cmd_help(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {"help [<command>]", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	const struct gm_option table[] = {GM_OPTION_TABLE_END};
	const struct gm_usage usage = {
		.command = "help",
		.synopsis = synopsis,
		.summary = "List the commands, or show the help of one.",
		.options = table,
		.arguments = GM_COMPLETE_COMMAND,
	};

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	rc = gm_command_expect_args(&args, 0, 1);
	if (rc < 0)
		return rc;
	if (args.n_rest)
		return help_of(call, args.rest[0]);
	return call->json ? list_json() : list_commands();
}
