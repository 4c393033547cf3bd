/*
 * What every command is made of: its place in the table of main.c, the options that all share,
 * and the repository it works on.
 *
 * A command is a function of its arguments; its option values are locals, so that one process
 * may run many commands. It begins with gm_command_parse(), which also answers `-h` and
 * completion from the same table, and ends with an error code that main.c turns into the exit
 * code and the error line.
 */
#ifndef GM_CMD_COMMAND_H
#define GM_CMD_COMMAND_H

#include <stdio.h>

#include "base/json.h"
#include "base/options.h"
#include "base/terminal.h"
#include "dag/repository.h"
#include "dag/revision.h"
#include "dag/stage.h"

/* What a call is asked for besides running. */
enum gm_command_mode {
	GM_COMMAND_RUN,
	GM_COMMAND_DESCRIBE, /* stop at gm_command_parse(), which gives `usage` to `describe` */
};

/* One call of the program. Zeroed, it is a call without global options. */
struct gm_call {
	const struct gm_command *command;
	struct gm_strv directories; /* of -C, entered one after the other */
	const char *branch;         /* --branch or $GITMEM_BRANCH */
	bool json;
	const char *color; /* "auto", "always", "never" */
	bool no_pager;
	bool quiet;
	size_t verbose; /* how often -v was given */
	bool progress;
	enum gm_command_mode mode;
	int (*describe)(const struct gm_usage *usage, void *payload);
	void *payload;
	struct gm_repo *repo; /* opened by gm_call_open() */
	struct gm_pager pager;
	bool colored;            /* set by gm_call_page() */
	struct gm_oid committed; /* the last commit it made; zero: none */
	bool told_embedding;     /* why recall goes by words alone */
};

struct gm_command {
	const char *name;
	const char *summary; /* one line, for `gitmem help` */
	int (*run)(struct gm_call *call, int argc, char **argv);
};

/* The table, in the order of `gitmem help`; ends with a NULL name. */
extern const struct gm_command gm_commands[];
const struct gm_command *gm_command_find(const char *name);

/*
 * Parse the arguments of a command by its table; the options that all commands share are
 * taken too and go to `call`. Returns 0 to go on. Anything else is for the command to return
 * at once: GM_EUSAGE, or GM_COMMAND_DONE after `-h` was answered or the usage was described.
 * `out` is disposed of by the caller with gm_options_result_dispose() (gm_autoargs).
 */
#define GM_COMMAND_DONE 1
int gm_command_parse(struct gm_options_result *out, struct gm_call *call,
	const struct gm_usage *usage, int argc, char **argv);

/*
 * The same up to the first argument, a subcommand, which stays in `rest` with all behind it:
 * what follows is for another gm_command_parse(), or is not ours to read.
 */
int gm_command_parse_verb(struct gm_options_result *out, struct gm_call *call,
	const struct gm_usage *usage, int argc, char **argv);

#define GM_ARGS_INIT          \
	{                     \
		.rest = NULL, \
	}
#define gm_autoargs gm_cleanup(gm_options_result_dispose) struct gm_options_result

/* Whether `--json` is among the arguments, before a `--`: also for errors about the others. */
bool gm_asks_for_json(int argc, char **argv);

/* GM_EUSAGE unless the number of arguments lies between `min` and `max`. */
int gm_command_expect_args(const struct gm_options_result *args, size_t min, size_t max);

/* The folder of the repository: $GITMEM_DIR, else the nearest upward. */
int gm_find_repository(struct gm_buf *out);

/*
 * Open the repository of the call: $GITMEM_DIR, else the nearest upward of the folder.
 * `call->repo` is freed by main.c.
 */
int gm_call_open(struct gm_call *call);

/*
 * The head the call acts on, to read: GM_ENOTFOUND when --branch names one that does not
 * exist (an unborn HEAD is fine).
 */
int gm_call_head(struct gm_head *out, struct gm_call *call);

/* Names the file of the stage that readers see in the place of the branch's: for hooks. */
#define GM_STAGE_VARIABLE "GITMEM_STAGE_FILE"

/*
 * The same with the branch's stage, in the order that dag/stage.h asks of readers without the
 * lock. `*stage_out` must be NULL before.
 */
int gm_call_head_and_stage(
	struct gm_head *out, struct gm_stage **stage_out, struct gm_call *call);

/*
 * The same to write: a branch that does not exist yet is fine; `start_out` is the commit it is
 * to start at (HEAD's; zero when there is none).
 */
int gm_call_head_to_write(
	struct gm_head *out, struct gm_oid *start_out, struct gm_call *call);

/* What a call looks at. */
struct gm_moment {
	struct gm_oid tree;
	struct gm_oid commit; /* zero: there is none, or it is not known */
	/* When memories are judged, whether they are valid and the like. */
	gm_time time;
};

/*
 * The revision `at` (of --at), as of when it was made; else that in $GITMEM_AT; else the head,
 * which may have no commit yet, as of now.
 */
int gm_call_moment(struct gm_moment *out, struct gm_call *call, const char *at);

/* Take the repository lock; tells on stderr whom it waits for after a second. */
int gm_call_lock(struct gm_lock **out, struct gm_call *call);

/* Start the pager if one is wanted and decide about colour. Before the first line of output. */
int gm_call_page(struct gm_call *call);

/* Whether progress is to be shown on stderr. */
bool gm_call_progress(const struct gm_call *call);

/* The identity for new commits and memories (cli: "Identity never fails"). */
int gm_call_agent(struct gm_buf *out, struct gm_call *call);
int gm_call_signatures(struct gm_signature *author_out,
	struct gm_signature *committer_out, struct gm_call *call);

/* Now, or what GITMEM_AUTHOR_DATE fixes it to: `created` and `updated` of what is written. */
int gm_call_now(gm_time *out);

/* A time of an option: RFC 3339, a date, or words; GM_EUSAGE that names the option. */
int gm_parse_time_option(gm_time *out, const char *option, const char *text);

/* Print to stdout; fails as gm_output_failed() says once stdout is broken. */
int gm_print(const char *fmt, ...) GM_PRINTF(1, 2);

/* The error of a write to stdout that has just failed; GM_EPIPE when its reader has gone. */
int gm_output_failed(void);

/* One JSON value and a newline to stdout; takes `value` over. NULL is an earlier failure. */
int gm_print_json(json_t *value);

/* One line of talk on stderr, unless -q. */
void gm_talk(const struct gm_call *call, const char *fmt, ...) GM_PRINTF(2, 3);

/* One line "warning: ..." on stderr, also with -q. */
void gm_warn(const char *fmt, ...) GM_PRINTF(1, 2);

#endif
