#include "base/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/utf8.h"

bool gm_color_wanted(enum gm_color_when when, FILE *stream)
{
	if (when != GM_COLOR_AUTO)
		return when == GM_COLOR_ALWAYS;
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	if (no_color && *no_color)
		return false;
	return term && *term && strcmp(term, "dumb") != 0 && isatty(fileno(stream));
}

unsigned gm_terminal_columns(FILE *stream)
{
	const char *text = getenv("COLUMNS");
	struct winsize size;

	if (text && strspn(text, "0123456789") == strlen(text)) {
		unsigned long columns = strtoul(text, NULL, 10);
		if (columns > 0 && columns <= 10000)
			return (unsigned)columns;
	}
	if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return 80;
}

bool gm_has_terminal(void)
{
	gm_autoclose int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	return fd >= 0;
}

/* The command to page with, NULL for none. Without `less` installed nothing is paged. */
static const char *pager_command(void)
{
	const char *command = getenv("GITMEM_PAGER");

	if (!command)
		command = getenv("PAGER");
	if (!command)
		return "if command -v less >/dev/null; then exec less; else exec cat; fi";
	return *command && strcmp(command, "cat") != 0 ? command : NULL;
}

_Noreturn static void run_pager(const char *command, int in_fd)
{
	if (dup2(in_fd, STDIN_FILENO) >= 0 && setenv("LESS", "FRX", 0) == 0)
		(void)execlp("sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

int gm_pager_start(struct gm_pager *pager)
{
	const char *command = pager_command();
	int ends[2];

	if (!command || !isatty(STDOUT_FILENO))
		return 0;
	(void)fflush(stdout); /* what fails here fails again at the end */
	if (pipe2(ends, O_CLOEXEC) < 0)
		return gm_error_errno("cannot start a pager");
	gm_autoclose int read_end = ends[0];
	gm_autoclose int write_end = ends[1];
	gm_autoclose int terminal = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	if (terminal < 0)
		return gm_error_errno("cannot start a pager");
	pid_t pid = fork();
	if (pid < 0)
		return gm_error_errno("cannot start a pager");
	if (!pid)
		run_pager(command, read_end);
	pager->pid = pid;
	pager->terminal_fd = terminal;
	terminal = -1;
	if (dup2(write_end, STDOUT_FILENO) < 0) {
		int rc = gm_error_errno("cannot start a pager");
		gm_close_p(&write_end);
		gm_pager_finish(pager);
		return rc;
	}
	return 0;
}

void gm_pager_finish(struct gm_pager *pager)
{
	if (!pager->pid)
		return;
	/* A reader who quit the pager early has seen enough: no error here is one. */
	(void)fflush(stdout);
	(void)dup2(pager->terminal_fd, STDOUT_FILENO); /* closes the pipe */
	gm_close_p(&pager->terminal_fd);
	while (waitpid(pager->pid, NULL, 0) < 0 && errno == EINTR)
		;
	pager->pid = 0;
}

static int64_t monotonic_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void gm_progress_start(
	struct gm_progress *out, const char *title, uint64_t total, bool wanted)
{
	*out = (struct gm_progress){.title = title, .total = total, .wanted = wanted};
	out->started_us = out->drawn_us = wanted ? monotonic_us() : 0;
}

static void draw(struct gm_progress *progress, uint64_t done, int64_t now_us)
{
	char text[128];
	uint64_t elapsed_us = (uint64_t)(now_us - progress->started_us);
	int width;

	if (progress->total) {
		double percent = 100.0 * (double)done / (double)progress->total;
		width = snprintf(text, sizeof(text),
			"%s: %d %% (%" PRIu64 "/%" PRIu64 ")", progress->title,
			percent < 100 ? (int)percent : 100, done, progress->total);
	} else {
		double rate = elapsed_us ? (double)done * 1e6 / (double)elapsed_us : 0;
		width = snprintf(text, sizeof(text), "%s: %" PRIu64 ", %.0f/s",
			progress->title, done, rate);
	}
	/* Blanks wipe what a longer line left; no escapes, since --progress may go to a file. */
	(void)fprintf(stderr, "\r%-*s", progress->width, text);
	(void)fflush(stderr);
	progress->width = width;
	progress->drawn_us = now_us;
	progress->shown = true;
}

void gm_progress_update(struct gm_progress *progress, uint64_t done)
{
	if (!progress->wanted)
		return;
	int64_t now_us = monotonic_us();
	if (now_us - progress->drawn_us >= (progress->shown ? 100000 : 1000000))
		draw(progress, done, now_us);
}

void gm_progress_finish(struct gm_progress *progress, uint64_t done)
{
	if (!progress->shown)
		return;
	draw(progress, done, monotonic_us());
	(void)fputc('\n', stderr);
	progress->shown = false;
	progress->wanted = false;
}

/* Marks that make a terminal show text in another order than it has. */
static bool changes_direction(uint32_t c)
{
	return c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
		(c >= 0x2066 && c <= 0x2069);
}

/* How many bytes from the beginning are plain ASCII, which is most of what there is. */
static size_t plain_size(const char *text, size_t size)
{
	size_t n = 0;

	while (n < size && text[n] >= ' ' && text[n] < 0x7f)
		n++;
	return n;
}

int gm_put_safe(struct gm_buf *out, const char *text, size_t size)
{
	size_t plain = plain_size(text, size);
	int rc = gm_buf_put(out, text, plain);

	text += plain;
	size -= plain;
	if (!gm_utf8_valid(text, size)) {
		for (size_t i = 0; rc == 0 && i < size; i++)
			rc = gm_buf_putc(
				out, text[i] >= ' ' && text[i] < 0x7f ? text[i] : '?');
		return rc;
	}
	for (size_t i = 0, step; rc == 0 && i < size; i += step) {
		uint32_t c = gm_utf8_decode(&step, text + i);
		if (c == '\n' || c == '\t' || c == '\r')
			rc = gm_buf_putc(out, ' ');
		else if (gm_utf8_is_control(c) || changes_direction(c))
			rc = gm_buf_putc(out, '?');
		else
			rc = gm_buf_put(out, text + i, step);
	}
	return rc;
}
