#include "sync/service_command.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/shell_quote.h"

static const char *ssh_command(const struct gm_config *config)
{
	const char *command = getenv("GITMEM_SSH_COMMAND");

	if (!command || !*command)
		command = gm_config_get(config, "core.sshCommand");
	return command && *command ? command : NULL;
}

static bool is_on_path(const char *program)
{
	gm_autofree char *folders = gm_strdup(getenv("PATH") ? getenv("PATH") : "");
	char *at = folders;
	bool found = false;

	for (char *folder; !found && (folder = strsep(&at, ":")) != NULL;) {
		gm_autofree char *path = gm_path_join(*folder ? folder : ".", program);
		found = path && access(path, X_OK) == 0;
	}
	return found;
}

bool gm_ssh_command_exists(const struct gm_config *config)
{
	return ssh_command(config) || is_on_path("ssh");
}

static int refuse_option(const char *kind, const char *text)
{
	if (!text || *text != '-')
		return 0;
	return gm_error(GM_EINVALID, "strange %s '%s' refused", kind, text);
}

static int check(const struct gm_url *url)
{
	int rc = refuse_option("user name", url->user);

	if (rc == 0)
		rc = refuse_option("host name", url->host);
	if (rc == 0)
		rc = refuse_option("port", url->port);
	return rc < 0 ? rc : refuse_option("path", url->path);
}

static int add_all(struct gm_strv *out, const char *const *words)
{
	int rc = 0;

	for (; rc == 0 && *words; words++)
		rc = gm_strv_add(out, *words);
	return rc;
}

static int add_local(struct gm_strv *out, const struct gm_url *url, const char *service)
{
	const char *const words[] = {"git", service, url->path, NULL};

	if (!gm_path_exists(url->path))
		return gm_error(GM_ENOTFOUND, "'%s' does not exist", url->path);
	if (!gm_is_dir(url->path))
		return gm_error(GM_ENOTFOUND, "'%s' is no folder", url->path);
	return add_all(out, words);
}

/* `ssh`, or a command line of the user's, which the shell takes apart. */
static int add_ssh_program(struct gm_strv *out, const struct gm_config *config)
{
	const char *command = ssh_command(config);

	if (!command)
		return gm_strv_add(out, "ssh");
	/* Without a shell in between it ends when we do. */
	bool is_plain = !command[strcspn(command, "|&;<>()$`\\\"'\n*?[#~=%")];
	gm_autofree char *line =
		gm_format("%s%s \"$@\"", is_plain ? "exec " : "", command);
	const char *const words[] = {"sh", "-c", line, command, NULL};
	return line ? add_all(out, words) : GM_ENOMEM;
}

static int add_ssh(struct gm_strv *out, const struct gm_url *url, const char *service,
	const struct gm_config *config)
{
	gm_autobuf command = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autofree char *account = gm_format(
		"%s%s%s", url->user ? url->user : "", url->user ? "@" : "", url->host);
	/* "ssh://host/~maya/notes" is below the home of maya. */
	const char *path = url->path + (url->path[0] == '/' && url->path[1] == '~');
	const char *const words[] = {account, NULL};
	const char *const port[] = {"-p", url->port, NULL};
	int rc = account ? add_ssh_program(out, config) : GM_ENOMEM;

	if (rc == 0 && url->port)
		rc = add_all(out, port);
	if (rc == 0)
		rc = add_all(out, words);
	if (rc == 0)
		rc = gm_buf_printf(&command, "git-%s ", service);
	if (rc == 0)
		rc = gm_shell_quote(&command, path);
	return rc < 0 ? rc : gm_strv_add(out, gm_buf_str(&command));
}

int gm_service_command(struct gm_strv *out, const struct gm_url *url, const char *service,
	const struct gm_config *config)
{
	int rc = check(url);

	if (rc < 0)
		return rc;
	if (url->transport == GM_TRANSPORT_SSH)
		return add_ssh(out, url, service, config);
	return add_local(out, url, service);
}
