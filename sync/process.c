#include "sync/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/libexec.h"
#include "base/terminal.h"
#include "sync/message.h"

#define NAME "gitmem-sync"

#define CHUNK 65536

/* How often we look for a signal while we wait. */
#define POLL_MS 100

/* How long it may take to end by itself when it is asked to. */
#define GRACE_MS 3000

/* How much longer someone may take to type a password than a machine to answer. */
#define PATIENCE 10

/* Processor time, in hundredths of a second, that tells work from waiting. */
#define BUSY_TICKS 10

struct gm_sync {
	pid_t pid;
	int in;  /* its standard input */
	int out; /* its standard output */
	size_t timeout_ms, limit_ms;
	bool has_terminal;
	bool wants_progress;
	struct gm_buf received; /* and not looked at yet */
	size_t searched;        /* how much of that has no newline in it */
};

/* A request on its way there, and what comes back. */
struct exchange {
	struct gm_sync *sync;
	struct gm_buf line;
	size_t sent;
	json_t *done;
	int64_t started_ms, heard_ms;
	bool has_moved;      /* bytes have come from the remote */
	unsigned long ticks; /* of processor time that it had used */
	struct gm_progress progress;
	char *title; /* that it shows; NULL: nothing */
};

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int read_seconds(
	size_t *out_ms, const struct gm_config *config, const char *name, size_t usual)
{
	size_t seconds = usual;
	int rc = config ? gm_config_get_size(&seconds, config, name) : 0;

	if (rc < 0)
		return rc;
	if (!seconds || seconds > 30 * 24 * 3600)
		return gm_error(
			GM_EINVALID, "'%s' must be from 1 to 2592000 seconds", name);
	*out_ms = seconds * 1000;
	return 0;
}

struct launch {
	const char *path;
	const char *gitdir;
	bool is_quiet;
	size_t memory;
	pid_t parent;
	int in[2], out[2];
};

/* Without a sanitizer's shadow a limit means what it says. */
static void limit_memory(size_t memory)
{
#ifndef __SANITIZE_ADDRESS__
	struct rlimit limit;

	if (getrlimit(RLIMIT_DATA, &limit) == 0 && limit.rlim_cur > memory) {
		limit.rlim_cur = memory;
		(void)setrlimit(RLIMIT_DATA, &limit); /* lowering is allowed */
	}
#else
	(void)memory;
#endif
}

/* In the child. */
_Noreturn static void execute(const struct launch *launch)
{
	const char *argv[6] = {NAME};
	size_t n = 1;
	static const struct rlimit no_core = {0, 0};

	if (launch->gitdir) {
		argv[n++] = "--git-dir";
		argv[n++] = launch->gitdir;
	}
	if (launch->is_quiet)
		argv[n++] = "-q";
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* cannot fail for this signal */
	if (getppid() != launch->parent)
		_exit(127);
	(void)setrlimit(RLIMIT_CORE, &no_core); /* lowering is allowed */
	limit_memory(launch->memory);
	if (dup2(launch->in[0], STDIN_FILENO) >= 0 &&
		dup2(launch->out[1], STDOUT_FILENO) >= 0)
		(void)execv(launch->path, (char *const *)(uintptr_t)argv);
	_exit(127);
}

static int spawn(struct gm_sync *sync, struct launch *launch)
{
	launch->parent = getpid();
	if (pipe2(launch->in, O_CLOEXEC) < 0 || pipe2(launch->out, O_CLOEXEC) < 0)
		return gm_error_errno("cannot start '" NAME "'");
	pid_t pid = fork();
	if (pid < 0)
		return gm_error_errno("cannot start '" NAME "'");
	if (!pid)
		execute(launch);
	sync->pid = pid;
	sync->in = launch->in[1];
	sync->out = launch->out[0];
	launch->in[1] = launch->out[0] = -1;
	if (fcntl(sync->in, F_SETFL, O_NONBLOCK) < 0 ||
		fcntl(sync->out, F_SETFL, O_NONBLOCK) < 0)
		return gm_error_errno("cannot start '" NAME "'");
	return 0;
}

static int launch_program(struct gm_sync *sync, const char *gitdir,
	const struct gm_config *config, bool is_quiet)
{
	struct launch launch = {
		.gitdir = gitdir,
		.is_quiet = is_quiet,
		.memory = (size_t)1 << 30,
		.in = {-1, -1},
		.out = {-1, -1},
	};
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_libexec_find(&path, NAME, "sync", "libgit2");

	if (rc == 0 && config)
		rc = gm_config_get_size(&launch.memory, config, "sync.memoryLimit");
	if (rc < 0)
		return rc;
	launch.path = gm_buf_str(&path);
	rc = spawn(sync, &launch);
	gm_close_p(&launch.in[0]);
	gm_close_p(&launch.in[1]);
	gm_close_p(&launch.out[0]);
	gm_close_p(&launch.out[1]);
	return rc;
}

int gm_sync_start(struct gm_sync **out, const char *gitdir,
	const struct gm_config *config, const struct gm_sync_options *options)
{
	gm_cleanup(gm_sync_free_p) struct gm_sync *sync = gm_calloc(1, sizeof(*sync));

	if (!sync)
		return GM_ENOMEM;
	sync->in = sync->out = -1;
	sync->received = (struct gm_buf)GM_BUF_INIT(GM_SYNC_MESSAGE_MAX);
	sync->wants_progress = options->progress;
	sync->has_terminal = gm_has_terminal();
	int rc = read_seconds(&sync->timeout_ms, config, "sync.timeout", 60);
	if (rc == 0)
		rc = read_seconds(&sync->limit_ms, config, "sync.timeLimit", 3600);
	if (rc == 0)
		rc = launch_program(sync, gitdir, config, options->is_quiet);
	if (rc == 0)
		*out = gm_steal(&sync);
	return rc;
}

/* It is not waited for yet, so that its number is nobody else's. */
static bool has_ended(const struct gm_sync *sync)
{
	siginfo_t info = {.si_pid = 0};
	int rc = waitid(P_PID, (id_t)sync->pid, &info, WEXITED | WNOHANG | WNOWAIT);

	return rc < 0 || info.si_pid;
}

static void await_end(const struct gm_sync *sync)
{
	int64_t until = now_ms() + GRACE_MS;
	struct timespec nap = {.tv_nsec = 250000};

	while (!has_ended(sync) && now_ms() < until) {
		(void)nanosleep(&nap, NULL);
		if (nap.tv_nsec < 16000000)
			nap.tv_nsec *= 2;
	}
}

/* Let it end by itself, or by this signal unless 0, or at once when it does not listen. */
static int end(struct gm_sync *sync, int number)
{
	int status = 0;

	gm_close_p(&sync->in);
	gm_close_p(&sync->out);
	if (!sync->pid)
		return 0;
	if (number)
		(void)kill(sync->pid, number);
	await_end(sync);
	(void)kill(sync->pid, SIGKILL);
	while (waitpid(sync->pid, &status, 0) < 0 && errno == EINTR)
		;
	sync->pid = 0;
	return status;
}

void gm_sync_free(struct gm_sync *sync)
{
	if (!sync)
		return;
	(void)end(sync, 0); /* nobody waits for an answer any more */
	gm_buf_dispose(&sync->received);
	gm_free(sync);
}

/* It closed its side: say how it ended. */
static int ended(struct gm_sync *sync)
{
	int status = end(sync, 0);

	if (WIFSIGNALED(status))
		return gm_error(GM_ERROR, "'" NAME "' was ended by signal %d (%s)",
			WTERMSIG(status), strsignal(WTERMSIG(status)));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return gm_error(GM_ERROR, "'" NAME "' cannot be run");
	return gm_error(GM_ERROR, "'" NAME "' ended without an answer");
}

/* The processor time it has used, in ticks; 0 when that cannot be told (proc(5), "stat"). */
static unsigned long ticks_of(const struct gm_sync *sync)
{
	char path[64], text[512];
	unsigned long user = 0, system = 0;
	ssize_t n = -1;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)sync->pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		n = read(fd, text, sizeof(text) - 1);
	gm_close_p(&fd);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	const char *rest = strrchr(text, ')'); /* the name may have anything in it */
	if (!rest ||
		sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
			&user, &system) != 2)
		return 0;
	return user + system;
}

/* It computes, and has no time to tell: silence would be somebody else's. */
static bool is_busy(struct exchange *exchange)
{
	unsigned long ticks = ticks_of(exchange->sync);
	bool is_busy = ticks > exchange->ticks + BUSY_TICKS;

	exchange->ticks = ticks;
	return is_busy;
}

static int overdue(struct exchange *exchange)
{
	struct gm_sync *sync = exchange->sync;
	int64_t now = now_ms();
	bool may_ask = sync->has_terminal && !exchange->has_moved;
	int64_t silence = (int64_t)sync->timeout_ms * (may_ask ? PATIENCE : 1);

	if (now - exchange->heard_ms >= silence) {
		if (is_busy(exchange)) {
			exchange->heard_ms = now;
			return 0;
		}
		(void)end(sync, SIGTERM);
		return gm_error(GM_ERROR, "nothing came from the remote for %lld seconds",
			(long long)silence / 1000);
	}
	if (now - exchange->started_ms >= (int64_t)sync->limit_ms) {
		(void)end(sync, SIGTERM);
		return gm_error(GM_ERROR, "it takes longer than %zu seconds",
			sync->limit_ms / 1000);
	}
	return 0;
}

/* Nothing that it says now can be told apart. */
static int damaged(struct exchange *exchange)
{
	(void)end(exchange->sync, SIGTERM);
	return gm_error(GM_EINVALID, "a message of '" NAME "' is damaged");
}

static int show_progress(struct exchange *exchange, const json_t *progress)
{
	const char *title = json_string_value(json_object_get(progress, "title"));
	json_int_t done = json_integer_value(json_object_get(progress, "done"));
	json_int_t total = json_integer_value(json_object_get(progress, "total"));

	if (!title || done < 0 || total < 0)
		return damaged(exchange);
	if (!exchange->title || strcmp(exchange->title, title) != 0) {
		if (exchange->title)
			gm_progress_finish(&exchange->progress, exchange->progress.total);
		gm_free(exchange->title);
		exchange->title = gm_strdup(title);
		if (!exchange->title)
			return GM_ENOMEM;
		gm_progress_start(&exchange->progress, exchange->title, (uint64_t)total,
			exchange->sync->wants_progress);
	}
	exchange->progress.total = (uint64_t)total;
	gm_progress_update(&exchange->progress, (uint64_t)done);
	return 0;
}

/* 1 when it was the answer. */
static int take_message(struct exchange *exchange, const char *line, size_t size)
{
	gm_autojson *message = NULL;
	int rc = gm_json_parse(&message, line, size);

	if (rc < 0)
		return damaged(exchange);
	json_t *part = json_object_get(message, "progress");
	if (part)
		return show_progress(exchange, part);
	if (json_object_get(message, "bytes")) {
		exchange->has_moved = true;
		return 0;
	}
	part = json_object_get(message, "error");
	if (part)
		return gm_message_to_error(part);
	part = json_object_get(message, "done");
	if (!part)
		return damaged(exchange);
	exchange->done = json_incref(part);
	return 1;
}

/* Take all whole lines. 1 with the answer. */
static int take_messages(struct exchange *exchange)
{
	struct gm_buf *received = &exchange->sync->received;
	size_t at = 0;
	int rc = 0;
	char *end;

	while (rc == 0) {
		size_t from =
			at > exchange->sync->searched ? at : exchange->sync->searched;
		end = from < received->size
			? memchr(received->ptr + from, '\n', received->size - from)
			: NULL;
		if (!end)
			break;
		rc = take_message(
			exchange, received->ptr + at, (size_t)(end - received->ptr) - at);
		at = (size_t)(end - received->ptr) + 1;
	}
	if (at) {
		received->size -= at;
		memmove(received->ptr, received->ptr + at, received->size);
	}
	exchange->sync->searched = rc == 0 ? received->size : 0;
	return rc;
}

static int receive(struct exchange *exchange)
{
	struct gm_sync *sync = exchange->sync;
	int rc = gm_buf_reserve(&sync->received, CHUNK);

	if (rc < 0)
		return rc;
	ssize_t n = read(sync->out, sync->received.ptr + sync->received.size, CHUNK);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return ended(sync);
	sync->received.size += (size_t)n;
	exchange->heard_ms = now_ms();
	return take_messages(exchange);
}

static int send_some(struct exchange *exchange)
{
	ssize_t n = write(exchange->sync->in, exchange->line.ptr + exchange->sent,
		exchange->line.size - exchange->sent);

	if (n > 0)
		exchange->sent += (size_t)n;
	/* When it has gone, reading tells why. */
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		exchange->sent = exchange->line.size;
	return 0;
}

/* Wait for something to do, and do it. 1 with the answer. */
static int step(struct exchange *exchange)
{
	bool has_more = exchange->sent < exchange->line.size;
	struct pollfd fds[2] = {
		{.fd = exchange->sync->out, .events = POLLIN},
		{.fd = has_more ? exchange->sync->in : -1, .events = POLLOUT},
	};
	int n = poll(fds, 2, POLL_MS);
	int rc = gm_interrupted();

	if (n < 0 && errno != EINTR && rc == 0)
		rc = gm_error_errno("cannot wait for '" NAME "'");
	if (rc < 0) {
		struct gm_error why = *gm_error_last();
		(void)end(exchange->sync, SIGTERM);
		return gm_error(why.code, "%s", why.message);
	}
	if (n > 0 && fds[1].revents)
		rc = send_some(exchange);
	if (n > 0 && fds[0].revents)
		rc = receive(exchange);
	return rc == 0 ? overdue(exchange) : rc;
}

static int converse(struct exchange *exchange, json_t *request)
{
	int rc = gm_json_dump(&exchange->line, request, false);

	if (rc == 0)
		rc = gm_buf_putc(&exchange->line, '\n');
	while (rc == 0)
		rc = step(exchange);
	if (exchange->title)
		gm_progress_finish(&exchange->progress, exchange->progress.total);
	return rc;
}

int gm_sync_ask(json_t **done_out, struct gm_sync *sync, json_t *request)
{
	gm_autojson *owned = request;
	struct exchange exchange = {
		.sync = sync,
		.line = GM_BUF_INIT(GM_SYNC_MESSAGE_MAX),
		.started_ms = now_ms(),
		.heard_ms = now_ms(),
	};

	if (!request)
		return gm_error_last()->code;
	if (!sync->pid)
		return gm_error(GM_ERROR, "'" NAME "' has ended");
	exchange.ticks = ticks_of(sync);
	int rc = converse(&exchange, owned);
	gm_buf_dispose(&exchange.line);
	gm_free(exchange.title);
	if (rc < 0)
		return rc;
	*done_out = exchange.done;
	return 0;
}

json_t *gm_sync_request(const char *name)
{
	gm_autojson *request = gm_json_object();

	if (!request || gm_json_set_string(request, "request", name) < 0)
		return NULL;
	return gm_steal(&request);
}
