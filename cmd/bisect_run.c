#include "cmd/bisect.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/shell_quote.h"

enum {
	EXIT_SKIP = 125,
	EXIT_NOT_RUN = 126,
	EXIT_NOT_FOUND = 127,
	EXIT_ABORT = 128,
};

struct run {
	struct gm_call *call;
	char *const *argv;   /* the command */
	const char *command; /* the same as text */
	struct gm_bisection known;
	bool is_checked; /* that the command can be run at all */
};

/* In the child: the commit, and the branch that the call acts on, for gitmem inside. */
_Noreturn static void execute(const struct run *run, const char *hex)
{
	bool ready = setenv("GITMEM_AT", hex, 1) == 0;

	if (ready && run->call->branch)
		ready = setenv("GITMEM_BRANCH", run->call->branch, 1) == 0;
	/* What it prints is no JSON. */
	if (ready && run->call->json)
		ready = dup2(STDERR_FILENO, STDOUT_FILENO) >= 0;
	(void)signal(SIGPIPE, SIG_DFL);
	if (ready)
		(void)execvp(run->argv[0], run->argv);
	int why = errno;
	(void)fprintf(stderr, "cannot run '%s': %s\n", run->argv[0], strerror(why));
	_exit(why == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUN);
}

/*
 * Wait for the command. Ctrl-C reaches it by itself; a signal that was sent to us alone is
 * passed on, so that nothing is left running.
 */
static int wait_for(int *code_out, pid_t pid)
{
	bool passed_on = false;
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return gm_error_errno("cannot wait for the command");
		if (!passed_on && gm_interrupted() < 0)
			passed_on = kill(pid, SIGTERM) == 0;
	}
	int rc = gm_interrupted();
	if (rc < 0)
		return rc;
	*code_out =
		WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_ABORT + WTERMSIG(status);
	return 0;
}

static int test(int *code_out, struct run *run, const struct gm_oid *commit)
{
	char hex[GM_OID_HEX];

	gm_oid_format(hex, commit);
	if (!run->call->json) {
		int rc = gm_print("running %s\n", run->command);
		if (rc < 0)
			return rc;
	}
	if (fflush(stdout) != 0)
		return gm_output_failed();
	pid_t pid = fork();
	if (pid < 0)
		return gm_error_errno("cannot start the command");
	if (!pid)
		execute(run, hex);
	return wait_for(code_out, pid);
}

/*
 * 126 and 127 can mean that there is no such command, which says nothing of the commit: then
 * a good commit gets the same.
 */
static int check_command(struct run *run, int code)
{
	int good_code;

	if (run->is_checked || (code != EXIT_NOT_RUN && code != EXIT_NOT_FOUND))
		return 0;
	int rc = test(&good_code, run, &run->known.good.items[0]);
	if (rc < 0)
		return rc;
	run->is_checked = true;
	return good_code == code
		? gm_error(GM_ERROR, "the command exits with %d on a %s commit too", code,
			  run->known.term_good)
		: 0;
}

/* For programs: what was tested, and how it went. What comes of it is told next. */
static int tell_result(const struct run *run, int code, const char *word)
{
	gm_autojson *object = gm_json_object();
	char hex[GM_OID_HEX];

	if (!run->call->json)
		return 0;
	gm_oid_format(hex, &run->known.head);
	int rc = gm_json_set_string(object, "status", "tested");
	if (rc == 0)
		rc = gm_json_set_string(object, "commit", hex);
	if (rc == 0)
		rc = gm_json_set_int(object, "exit_code", code);
	if (rc == 0)
		rc = gm_json_set_string(object, "term", word);
	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

/* Test the commit whose turn it is, and say what it is. */
static int test_one(enum gm_bisect_status *status_out, struct run *run)
{
	int code = 0;
	int rc = test(&code, run, &run->known.head);

	if (rc == 0)
		rc = check_command(run, code);
	if (rc < 0)
		return rc;
	if (code >= EXIT_ABORT)
		return gm_error(GM_ERROR, "exit code %d from %s ends the run", code,
			run->command);
	const char *word = code == EXIT_SKIP ? "skip"
		: code                       ? run->known.term_bad
					     : run->known.term_good;
	rc = tell_result(run, code, word);
	return rc < 0
		? rc
		: gm_bisect_mark_commit(status_out, run->call, word, &run->known.head);
}

/* Others may have gone on, or ended it, while the command ran. */
static int read_state(struct run *run)
{
	gm_bisection_dispose(&run->known);
	int rc = gm_bisect_read(&run->known, run->call);

	if (rc < 0)
		return rc;
	if (gm_oid_is_zero(&run->known.bad) || !run->known.good.n) {
		rc = gm_error(GM_ERROR, "a %s and a %s revision must be known first",
			run->known.term_good, run->known.term_bad);
		gm_error_hint("'gitmem bisect %s' and 'gitmem bisect %s' name them",
			run->known.term_good, run->known.term_bad);
		return rc;
	}
	if (gm_oid_is_zero(&run->known.head)) {
		rc = gm_error(GM_ERROR, "no commit is under test");
		gm_error_hint("'gitmem bisect next' chooses one");
	}
	return rc;
}

static int run_all(struct run *run)
{
	enum gm_bisect_status status = GM_BISECT_TEST;
	int rc = 0;

	while (rc == 0 && status != GM_BISECT_FOUND) {
		rc = read_state(run);
		if (rc == 0)
			rc = test_one(&status, run);
	}
	if (rc == GM_ENO && !gm_error_last()->message[0])
		return gm_error(GM_ENO, "bisect run cannot continue any more");
	if (rc < 0 || run->call->json)
		return rc;
	return gm_print("bisect found first %s commit\n", run->known.term_bad);
}

int gm_bisect_run(struct gm_call *call, char *const *command, size_t n)
{
	gm_autobuf quoted = GM_BUF_INIT(GM_BUF_TEXT);
	struct run run = {.call = call, .argv = command, .known = GM_BISECTION_INIT};
	int rc = gm_shell_quote_all(&quoted, (const char *const *)command, n);

	if (rc < 0)
		return rc;
	run.command = gm_buf_str(&quoted);
	rc = run_all(&run);
	gm_bisection_dispose(&run.known);
	return rc;
}
