/*
 * gitmem(1): find the command, run it, turn its result into an exit code and an error line.
 */
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "cmd/command.h"
#include "cmd/exit.h"
#include "cmd/global_options.h"

/*
 * A file of ours must never be taken for a standard stream that the caller closed: what is
 * printed would be written into it.
 */
static void fill_standard_streams(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			_exit(128);
}

int main(int argc, char **argv)
{
	struct gm_call call = {.color = "auto"};
	int n_args;
	char **args;

	fill_standard_streams();
	(void)signal(SIGPIPE, SIG_IGN); /* a broken pipe is an error of a write */
	gm_interrupt_catch();
	gm_json_setup();
	int rc = gm_global_options_parse(&n_args, &args, &call, argc - 1, argv + 1);
	if (rc < 0)
		call.json = call.json || gm_asks_for_json(argc, argv);
	if (rc == 0)
		rc = call.command->run(&call, n_args, args);
	return gm_exit(&call, rc);
}
