/*
 * The terminal: colour, paging and progress, each only where a person is looking.
 */
#ifndef GM_BASE_TERMINAL_H
#define GM_BASE_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/buf.h"

enum gm_color_when {
	GM_COLOR_AUTO,
	GM_COLOR_ALWAYS,
	GM_COLOR_NEVER,
};

/*
 * Whether to colour what goes to `stream`: AUTO says yes on a terminal that is not "dumb",
 * unless NO_COLOR is set (https://no-color.org).
 */
bool gm_color_wanted(enum gm_color_when when, FILE *stream);

/* Columns of the terminal behind `stream`, from COLUMNS or the system; 80 when it is none. */
unsigned gm_terminal_columns(FILE *stream);

/* Whether somebody could be asked: the process has a terminal, wherever its output goes. */
bool gm_has_terminal(void);

/*
 * Send stdout through a pager when it is a terminal: $GITMEM_PAGER, else $PAGER, else
 * `less` with LESS=FRX where it is installed; "cat" and "" mean none. Colour and columns must
 * be asked before. gm_pager_finish() flushes and waits. Without a pager both do nothing.
 */
struct gm_pager {
	pid_t pid;       /* 0: none */
	int terminal_fd; /* where stdout went before */
};

#define GM_PAGER_INIT                       \
	{                                   \
		.pid = 0, .terminal_fd = -1 \
	}
int gm_pager_start(struct gm_pager *pager);
void gm_pager_finish(struct gm_pager *pager);

/*
 * One line on stderr that is rewritten in place: "Importing: 41200, 8123/s" or, with a
 * total, "Indexing: 41 % (41000/100000)". Shown after a second, ten times a second at most;
 * only when `wanted`, which the caller has from --progress, -q and isatty.
 */
struct gm_progress {
	const char *title;
	uint64_t total; /* 0 when unknown */
	bool wanted;
	bool shown;
	int width; /* of what was drawn last */
	int64_t started_us;
	int64_t drawn_us;
};

void gm_progress_start(
	struct gm_progress *out, const char *title, uint64_t total, bool wanted);
void gm_progress_update(struct gm_progress *progress, uint64_t done);
void gm_progress_finish(struct gm_progress *progress, uint64_t done);

/* Append text of others for a terminal: control characters become `?`, newlines blanks. */
int gm_put_safe(struct gm_buf *out, const char *text, size_t size);

#endif
