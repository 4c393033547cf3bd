#include "sync/subprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/strv.h"

#define MAX_COMPLAINT 16384

/* What it may answer before we have sent all: more, and it has to wait. */
#define MAX_PENDING ((size_t)4 << 20)
#define CHUNK 65536

/* How often we look for a signal while we wait. */
#define POLL_MS 200

/* How long it may take to end by itself, and when it was asked to. */
#define GRACE_MS 2000
#define TERM_MS 1000

/* How long we wait for words about a failure. */
#define WORDS_MS 500

struct gm_subprocess {
	pid_t pid;
	int status; /* as waitpid(2) has it, once `has_ended` */
	bool has_ended;
	int in; /* its standard input; -1: closed */
	int out;
	int err;
	char *name;
	struct gm_buf pending; /* its output that was not asked for yet, */
	size_t pending_at;     /* from here on */
	struct gm_buf complaint;
	struct gm_remote_text *text;
};

struct pipes {
	int in[2], out[2], err[2], failure[2];
};

static void pipes_close(struct pipes *pipes)
{
	int *ends[] = {pipes->in, pipes->out, pipes->err, pipes->failure};

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		gm_close_p(&ends[i][0]);
		gm_close_p(&ends[i][1]);
	}
}

static bool is_passed_on(const char *variable)
{
	return strncmp(variable, "GIT_", 4) != 0 &&
		strncmp(variable, "GITMEM_TOKEN=", 13) != 0;
}

/* The environment, ended by NULL. */
static int make_environment(struct gm_strv *out, const char *const *variables)
{
	int rc = 0;

	for (char **at = environ; rc == 0 && *at; at++)
		if (is_passed_on(*at))
			rc = gm_strv_add(out, *at);
	for (; rc == 0 && variables && *variables; variables++)
		rc = gm_strv_add(out, *variables);
	if (rc == 0)
		rc = gm_grow(&out->items, &out->cap, out->n + 1, sizeof(*out->items));
	if (rc == 0)
		out->items[out->n] = NULL;
	return rc;
}

/* Our limit of memory is none of its. */
static void lift_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_DATA, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_DATA, &limit); /* then it has ours, after all */
}

/* In the child. */
_Noreturn static void execute(const struct pipes *pipes, const char *const *argv,
	char *const *environment, pid_t parent)
{
	static const int reset[] = {SIGPIPE, SIGINT, SIGTERM, SIGHUP};

	for (size_t i = 0; i < sizeof(reset) / sizeof(*reset); i++)
		(void)signal(reset[i], SIG_DFL);
	lift_limit();
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == parent &&
		dup2(pipes->in[0], STDIN_FILENO) >= 0 &&
		dup2(pipes->out[1], STDOUT_FILENO) >= 0 &&
		dup2(pipes->err[1], STDERR_FILENO) >= 0)
		(void)execvpe(argv[0], (char *const *)(uintptr_t)argv, environment);
	int why = errno;
	(void)!write(pipes->failure[1], &why, sizeof(why));
	_exit(127);
}

/* Nothing comes when it could be run: the pipe was closed by that. */
static int check_started(const struct gm_subprocess *process, struct pipes *pipes)
{
	int why = 0;
	ssize_t n;

	gm_close_p(&pipes->failure[1]);
	do
		n = read(pipes->failure[0], &why, sizeof(why));
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(why))
		return 0;
	errno = why;
	return gm_error_errno("cannot run '%s'", process->name);
}

static int spawn(struct gm_subprocess *process, struct pipes *pipes,
	const char *const *argv, char *const *environment)
{
	pid_t parent = getpid();

	if (pipe2(pipes->in, O_CLOEXEC) < 0 || pipe2(pipes->out, O_CLOEXEC) < 0 ||
		pipe2(pipes->err, O_CLOEXEC) < 0 || pipe2(pipes->failure, O_CLOEXEC) < 0)
		return gm_error_errno("cannot run '%s'", process->name);
	pid_t pid = fork();
	if (pid < 0)
		return gm_error_errno("cannot run '%s'", process->name);
	if (!pid)
		execute(pipes, argv, environment, parent);
	process->pid = pid;
	process->in = pipes->in[1];
	process->out = pipes->out[0];
	process->err = pipes->err[0];
	pipes->in[1] = pipes->out[0] = pipes->err[0] = -1;
	return check_started(process, pipes);
}

static int set_nonblocking(const struct gm_subprocess *process)
{
	int fds[] = {process->in, process->out, process->err};

	for (size_t i = 0; i < 3; i++)
		if (fcntl(fds[i], F_SETFL, O_NONBLOCK) < 0)
			return gm_error_errno("cannot run '%s'", process->name);
	return 0;
}

int gm_subprocess_start(
	struct gm_subprocess **out, const char *const *argv, const char *const *variables)
{
	gm_cleanup(gm_subprocess_free_p) struct gm_subprocess *process =
		gm_calloc(1, sizeof(*process));
	gm_cleanup(gm_strv_dispose) struct gm_strv environment = GM_STRV_INIT;
	struct pipes pipes = {{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}};

	if (!process)
		return GM_ENOMEM;
	process->in = process->out = process->err = -1;
	process->pending = (struct gm_buf)GM_BUF_INIT(MAX_PENDING + 2 * CHUNK);
	process->complaint = (struct gm_buf)GM_BUF_INIT(MAX_COMPLAINT);
	process->name = gm_strdup(argv[0]);
	int rc = process->name ? make_environment(&environment, variables) : GM_ENOMEM;
	if (rc == 0)
		rc = spawn(process, &pipes, argv, environment.items);
	pipes_close(&pipes);
	if (rc == 0)
		rc = set_nonblocking(process);
	if (rc == 0)
		*out = gm_steal(&process);
	return rc;
}

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* It is reaped only here, so that its number is nobody else's before. */
static bool has_ended(struct gm_subprocess *process)
{
	if (!process->has_ended)
		process->has_ended =
			waitpid(process->pid, &process->status, WNOHANG) != 0;
	return process->has_ended;
}

int gm_subprocess_wait(struct gm_subprocess *process, int timeout_ms)
{
	int64_t until = now_ms() + timeout_ms;
	struct timespec nap = {.tv_nsec = 500000};

	while (!has_ended(process)) {
		if (now_ms() >= until)
			return -1;
		(void)nanosleep(&nap, NULL);
		if (nap.tv_nsec < 16000000)
			nap.tv_nsec *= 2;
	}
	return WIFSIGNALED(process->status) ? 128 + WTERMSIG(process->status)
					    : WEXITSTATUS(process->status);
}

static void end(struct gm_subprocess *process)
{
	bool is_urgent = gm_interrupted() < 0;

	if (gm_subprocess_wait(process, is_urgent ? 0 : GRACE_MS) >= 0)
		return;
	(void)kill(process->pid, SIGTERM);
	if (gm_subprocess_wait(process, TERM_MS) >= 0)
		return;
	(void)kill(process->pid, SIGKILL);
	while (waitpid(process->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

void gm_subprocess_free(struct gm_subprocess *process)
{
	if (!process)
		return;
	gm_close_p(&process->in);
	gm_close_p(&process->out);
	gm_close_p(&process->err);
	if (process->pid)
		end(process);
	gm_buf_dispose(&process->pending);
	gm_buf_dispose(&process->complaint);
	gm_free(process->name);
	gm_free(process);
}

/* Take in some of what it complains of. False when there is no more. */
static bool read_complaint(struct gm_subprocess *process)
{
	struct gm_buf *kept = &process->complaint;
	char bytes[1024];
	ssize_t n = read(process->err, bytes, sizeof(bytes));

	if (n == 0)
		gm_close_p(&process->err);
	if (n <= 0)
		return n < 0 && errno == EINTR;
	if (process->text)
		gm_remote_text_put(process->text, bytes, (size_t)n);
	if (kept->size + (size_t)n > MAX_COMPLAINT - 1) {
		kept->size -= MAX_COMPLAINT / 2;
		memmove(kept->ptr, kept->ptr + MAX_COMPLAINT / 2, kept->size);
	}
	(void)gm_buf_put(kept, bytes, (size_t)n); /* only for a message */
	return true;
}

/* Take in output while we are sending. */
static int read_ahead(struct gm_subprocess *process)
{
	struct gm_buf *pending = &process->pending;
	int rc;

	if (process->pending_at) {
		pending->size -= process->pending_at;
		memmove(pending->ptr, pending->ptr + process->pending_at, pending->size);
		process->pending_at = 0;
	}
	rc = gm_buf_reserve(pending, CHUNK);
	if (rc < 0)
		return rc;
	ssize_t n = read(process->out, pending->ptr + pending->size, CHUNK);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR
			? 0
			: gm_error_errno("cannot read from '%s'", process->name);
	if (n == 0)
		gm_close_p(&process->out);
	pending->size += (size_t)n;
	return 0;
}

/* Wait for what `events` ask of its input and output, and hear complaints meanwhile. */
static int wait_for(
	struct gm_subprocess *process, struct pollfd fds[3], bool writes, bool reads)
{
	fds[0] = (struct pollfd){.fd = writes ? process->in : -1, .events = POLLOUT};
	fds[1] = (struct pollfd){.fd = reads ? process->out : -1, .events = POLLIN};
	fds[2] = (struct pollfd){.fd = process->err, .events = POLLIN};
	if (poll(fds, 3, POLL_MS) < 0) {
		fds[0].revents = fds[1].revents = fds[2].revents = 0;
		if (errno != EINTR)
			return gm_error_errno("cannot wait for '%s'", process->name);
	}
	if (fds[2].revents)
		(void)read_complaint(process);
	return gm_interrupted();
}

int gm_subprocess_write(struct gm_subprocess *process, const void *data, size_t size)
{
	const char *at = data;
	struct pollfd fds[3];

	while (size) {
		if (process->in < 0)
			return gm_error(GM_EPIPE, "'%s' does not listen", process->name);
		ssize_t n = write(process->in, at, size);
		if (n >= 0) {
			at += n;
			size -= (size_t)n;
			continue;
		}
		if (errno == EPIPE) {
			gm_close_p(&process->in);
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			return gm_error_errno("cannot write to '%s'", process->name);
		bool reads = process->pending.size - process->pending_at < MAX_PENDING;
		int rc = wait_for(process, fds, true, reads);
		if (rc == 0 && fds[1].revents)
			rc = read_ahead(process);
		if (rc < 0)
			return rc;
	}
	return 0;
}

void gm_subprocess_close_input(struct gm_subprocess *process)
{
	gm_close_p(&process->in);
}

static size_t take_pending(struct gm_subprocess *process, void *data, size_t size)
{
	size_t left = process->pending.size - process->pending_at;
	size_t n = left < size ? left : size;

	memcpy(data, process->pending.ptr + process->pending_at, n);
	process->pending_at += n;
	if (n == left) {
		gm_buf_reset(&process->pending);
		process->pending_at = 0;
	}
	return n;
}

int gm_subprocess_read(
	size_t *out, struct gm_subprocess *process, void *data, size_t size)
{
	struct pollfd fds[3];

	if (process->pending.size > process->pending_at) {
		*out = take_pending(process, data, size);
		return 0;
	}
	while (process->out >= 0) {
		ssize_t n = read(process->out, data, size);
		if (n > 0) {
			*out = (size_t)n;
			return 0;
		}
		if (n == 0) {
			gm_close_p(&process->out);
			break;
		}
		if (errno != EAGAIN && errno != EINTR)
			return gm_error_errno("cannot read from '%s'", process->name);
		int rc = wait_for(process, fds, false, true);
		if (rc < 0)
			return rc;
	}
	*out = 0;
	return 0;
}

const char *gm_subprocess_complaint(struct gm_subprocess *process)
{
	int64_t until = now_ms() + (process->out < 0 ? WORDS_MS : 0);

	while (process->err >= 0) {
		struct pollfd fd = {.fd = process->err, .events = POLLIN};
		int64_t left_ms = until - now_ms();
		bool was_last = has_ended(process) || left_ms <= 0;
		int n = poll(&fd, 1, was_last ? 0 : left_ms < 20 ? (int)left_ms : 20);
		if (n > 0 ? !read_complaint(process) : was_last)
			break;
	}
	return gm_buf_str(&process->complaint);
}

void gm_subprocess_show(struct gm_subprocess *process, struct gm_remote_text *text)
{
	process->text = text;
	if (text && process->complaint.size)
		gm_remote_text_put(text, process->complaint.ptr, process->complaint.size);
}
