/*
 * Option tables: one table of a command gives its parsing, its `-h`, and its completion.
 *
 * Long options may be shortened to a unique prefix, values stand behind `=` or in the next
 * argument, short options without a value may be bundled, `--` ends the options, and options
 * may stand between arguments, as git does it.
 */
#ifndef GM_BASE_OPTIONS_H
#define GM_BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/strv.h"

enum gm_option_type {
	GM_OPTION_END,    /* closes a table */
	GM_OPTION_BOOL,   /* bool *: set to true; --no-NAME sets it to false */
	GM_OPTION_COUNT,  /* size_t *: one more for each use; --no-NAME sets it to 0 */
	GM_OPTION_STRING, /* const char **: points into argv */
	GM_OPTION_STRV,   /* struct gm_strv *: each use appends */
	GM_OPTION_SIZE, /* size_t *: a decimal number; also `-NUMBER` for the one with name 'n' */
	GM_OPTION_OPTIONAL_SIZE, /* the same, with the number right behind it; 1 without one */
	GM_OPTION_CHOICE,        /* const char **: one of `choices` */
};

/* What completes a value or an argument. */
enum gm_complete {
	GM_COMPLETE_NONE,
	GM_COMPLETE_FILE,
	GM_COMPLETE_DIR,
	GM_COMPLETE_BRANCH,
	GM_COMPLETE_REVISION,
	GM_COMPLETE_MEMORY,
	GM_COMPLETE_KEY,
	GM_COMPLETE_TAG,
	GM_COMPLETE_CONFIG,
	GM_COMPLETE_COMMAND,
};

struct gm_option {
	enum gm_option_type type;
	char letter;      /* 0 for none */
	const char *name; /* without the dashes; NULL for none */
	void *value;
	const char *argument; /* name of the value in the help: "TIME" */
	const char *help;
	const char *choices; /* GM_OPTION_CHOICE: "auto|always|never" */
	enum gm_complete complete;
};

#define GM_OPTION_TABLE_END           \
	{                             \
		.type = GM_OPTION_END \
	}

/* How a command is called: for `-h`, the manual page's SYNOPSIS and completion. */
struct gm_usage {
	const char *command; /* "add" */
	const char *const
		*synopsis;   /* lines without the program's name, NULL-terminated */
	const char *summary; /* one line */
	const struct gm_option *options; /* as in gm_options_parse() */
	enum gm_complete arguments;
	const char *verbs; /* what the first argument is one of, "start|reset"; or NULL */
};

/* What gm_options_parse() found besides options. */
struct gm_options_result {
	const char **rest; /* arguments that are no options; the strings are argv's */
	size_t n_rest;
	size_t n_before_dashes; /* how many of them stood before a `--` (n_rest without one) */
	bool has_dashes;        /* there was a `--`, perhaps with nothing behind it */
	bool help; /* -h or --help was given; nothing behind it was looked at */
};

/*
 * Parse `argv[0..argc)` (without the command's name). With `stop_at_argument` the first
 * argument ends the options and stays in `rest` with all behind it (for the program's own
 * options). Returns GM_EUSAGE with the reason. gm_options_result_dispose() frees the list.
 */
int gm_options_parse(struct gm_options_result *out, const struct gm_option *options,
	int argc, char *const *argv, bool stop_at_argument);
void gm_options_result_dispose(struct gm_options_result *result);

/* Whether an option never takes a value. */
bool gm_option_is_flag(const struct gm_option *option);

/* The `-h` text: usage lines, then the options in two columns. */
int gm_options_help(struct gm_buf *out, const struct gm_usage *usage);

#endif
