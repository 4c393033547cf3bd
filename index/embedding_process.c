#include "index/embedding_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/interrupt.h"

/* How much is read at once, and how much of its complaints is kept. */
#define CHUNK 65536
#define MAX_COMPLAINT 4096

/* How often we look for a signal while we wait. */
#define POLL_MS 100

/* How long it may take to end by itself when its input ended. */
#define GRACE_MS 200

struct gm_embedding_process {
	pid_t pid;
	int in;  /* its standard input; -1: closed */
	int out; /* its standard output */
	int err;
	char *name;
	struct gm_buf complaint; /* the end of what it wrote to standard error */
};

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct pipes {
	int in[2], out[2], err[2];
};

static void pipes_close(struct pipes *pipes)
{
	int *ends[] = {pipes->in, pipes->out, pipes->err};

	for (size_t i = 0; i < 3; i++) {
		gm_close_p(&ends[i][0]);
		gm_close_p(&ends[i][1]);
	}
}

/* In the child. */
_Noreturn static void execute(
	const struct pipes *pipes, const char *const *argv, const char *dir)
{
	static const char failed[] = "it cannot be run\n";

	(void)setpgid(0, 0); /* without a group of its own it is only harder to end */
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGINT, SIG_DFL);
	(void)signal(SIGTERM, SIG_DFL);
	(void)signal(SIGHUP, SIG_DFL);
	if (dup2(pipes->in[0], STDIN_FILENO) >= 0 &&
		dup2(pipes->out[1], STDOUT_FILENO) >= 0 &&
		dup2(pipes->err[1], STDERR_FILENO) >= 0 && chdir(dir) == 0)
		(void)execvp(argv[0], (char *const *)(uintptr_t)argv);
	(void)!write(pipes->err[1], failed, sizeof(failed) - 1);
	_exit(127);
}

static int spawn(struct gm_embedding_process *process, struct pipes *pipes,
	const char *const *argv, const char *dir)
{
	if (pipe2(pipes->in, O_CLOEXEC) < 0 || pipe2(pipes->out, O_CLOEXEC) < 0 ||
		pipe2(pipes->err, O_CLOEXEC) < 0)
		return gm_error_errno("cannot start %s", process->name);
	pid_t pid = fork();
	if (pid < 0)
		return gm_error_errno("cannot start %s", process->name);
	if (!pid)
		execute(pipes, argv, dir);
	(void)setpgid(pid, pid); /* whoever is first: the child does it, too */
	process->pid = pid;
	process->in = pipes->in[1];
	process->out = pipes->out[0];
	process->err = pipes->err[0];
	pipes->in[1] = pipes->out[0] = pipes->err[0] = -1;
	return 0;
}

int gm_embedding_process_start(struct gm_embedding_process **out, const char *name,
	const char *const *argv, const char *dir)
{
	gm_cleanup(gm_embedding_process_free_p) struct gm_embedding_process *process =
		gm_calloc(1, sizeof(*process));
	struct pipes pipes = {{-1, -1}, {-1, -1}, {-1, -1}};

	if (!process)
		return GM_ENOMEM;
	process->in = process->out = process->err = -1;
	process->complaint = (struct gm_buf)GM_BUF_INIT(MAX_COMPLAINT);
	process->name = gm_strdup(name);
	if (!process->name)
		return GM_ENOMEM;
	int rc = spawn(process, &pipes, argv, dir);
	pipes_close(&pipes);
	if (rc < 0)
		return rc;
	int fds[] = {process->in, process->out, process->err};
	for (size_t i = 0; i < 3; i++)
		if (fcntl(fds[i], F_SETFL, O_NONBLOCK) < 0)
			return gm_error_errno("cannot start %s", process->name);
	*out = gm_steal(&process);
	return 0;
}

/* It is not waited for yet, so that its number is nobody else's. */
static bool has_ended(const struct gm_embedding_process *process)
{
	siginfo_t info = {.si_pid = 0};
	int rc = waitid(P_PID, (id_t)process->pid, &info, WEXITED | WNOHANG | WNOWAIT);

	return rc < 0 || info.si_pid;
}

/* It ends by itself when its input does, or is ended with all that it started. */
static void end(const struct gm_embedding_process *process)
{
	int64_t until = now_ms() + GRACE_MS;
	struct timespec nap = {.tv_nsec = 1000000};

	while (!has_ended(process) && now_ms() < until) {
		(void)nanosleep(&nap, NULL);
		if (nap.tv_nsec < 16000000)
			nap.tv_nsec *= 2;
	}
	(void)kill(-process->pid, SIGKILL);
	(void)kill(process->pid, SIGKILL);
	while (waitpid(process->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

void gm_embedding_process_free(struct gm_embedding_process *process)
{
	if (!process)
		return;
	gm_close_p(&process->in);
	gm_close_p(&process->out);
	gm_close_p(&process->err);
	if (process->pid)
		end(process);
	gm_buf_dispose(&process->complaint);
	gm_free(process->name);
	gm_free(process);
}

/* Keep the end of what it complains of. 0 at the end of the file, 1 otherwise. */
static int read_complaint(struct gm_embedding_process *process)
{
	char bytes[1024];
	ssize_t n = read(process->err, bytes, sizeof(bytes));

	if (n == 0) {
		gm_close_p(&process->err);
		return 0;
	}
	if (n < 0)
		return 1;
	if (process->complaint.size + (size_t)n > MAX_COMPLAINT - 1)
		gm_buf_reset(&process->complaint);
	(void)gm_buf_put(&process->complaint, bytes, (size_t)n); /* only a message */
	return 1;
}

/* The last line of it that says something. */
static const char *last_complaint(struct gm_embedding_process *process)
{
	char *text = process->complaint.ptr;
	size_t size = process->complaint.size;
	char *line;

	if (!text)
		return "";
	while (size && strchr("\r\n \t", text[size - 1]))
		size--;
	text[size] = '\0';
	line = strrchr(text, '\n');
	return line ? line + 1 : text;
}

static int failed(struct gm_embedding_process *process, const char *what)
{
	while (process->err >= 0) {
		struct pollfd fd = {.fd = process->err, .events = POLLIN};
		if (poll(&fd, 1, 0) <= 0 || !read_complaint(process))
			break;
	}
	const char *why = last_complaint(process);
	return gm_error(
		GM_ERROR, "%s %s%s%s", process->name, what, *why ? ": " : "", why);
}

/* A line on its way there, and the one that comes back. */
struct exchange {
	const char *line;
	size_t left; /* bytes still to be sent, the newline among them */
	struct gm_buf *answer;
	bool done;
};

static int send_some(struct exchange *exchange, struct gm_embedding_process *process)
{
	bool last = exchange->left == 1;
	ssize_t n = write(
		process->in, last ? "\n" : exchange->line, last ? 1 : exchange->left - 1);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR
			? 0
			: failed(process, "does not read what it is asked");
	exchange->left -= (size_t)n;
	exchange->line += last ? 0 : n;
	return 0;
}

static int receive_some(struct exchange *exchange, struct gm_embedding_process *process)
{
	struct gm_buf *answer = exchange->answer;
	char bytes[CHUNK];
	ssize_t n = read(process->out, bytes, sizeof(bytes));

	if (n < 0)
		return errno == EAGAIN || errno == EINTR
			? 0
			: failed(process, "cannot be read from");
	if (n == 0)
		return failed(process, "ended without an answer");
	const char *end_of_line = memchr(bytes, '\n', (size_t)n);
	size_t size = end_of_line ? (size_t)(end_of_line - bytes) : (size_t)n;
	int rc = gm_buf_put(answer, bytes, size);
	if (rc == GM_ETOOBIG)
		return failed(process, "answers without an end");
	exchange->done = end_of_line != NULL;
	return rc;
}

static int wait_for_some(struct pollfd fds[3], const struct exchange *exchange,
	const struct gm_embedding_process *process, int64_t left_ms)
{
	fds[0] = (struct pollfd){.fd = process->out, .events = POLLIN};
	fds[1] = (struct pollfd){.fd = process->err, .events = POLLIN};
	fds[2] = (struct pollfd){
		.fd = exchange->left ? process->in : -1, .events = POLLOUT};
	if (poll(fds, 3, left_ms < POLL_MS ? (int)left_ms : POLL_MS) >= 0)
		return gm_interrupted();
	fds[0].revents = fds[1].revents = fds[2].revents = 0;
	return errno == EINTR ? gm_interrupted()
			      : gm_error_errno("cannot wait for %s", process->name);
}

int gm_embedding_process_ask(struct gm_buf *answer, struct gm_embedding_process *process,
	const char *line, size_t size, size_t timeout_ms)
{
	struct exchange exchange = {.line = line, .left = size + 1, .answer = answer};
	int64_t until = now_ms() + (int64_t)timeout_ms;
	struct pollfd fds[3];
	int rc = 0;

	gm_buf_reset(answer);
	gm_buf_reset(&process->complaint);
	while (rc == 0 && !exchange.done) {
		int64_t left_ms = until - now_ms();
		if (left_ms <= 0)
			return failed(process, "does not answer in time");
		rc = wait_for_some(fds, &exchange, process, left_ms);
		if (rc == 0 && fds[1].revents)
			(void)read_complaint(process);
		if (rc == 0 && fds[0].revents)
			rc = receive_some(&exchange, process);
		if (rc == 0 && !exchange.done && fds[2].revents)
			rc = send_some(&exchange, process);
	}
	return rc;
}
