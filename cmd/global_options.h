/*
 * The options that every command takes, before its name and after it, and the command's name.
 */
#ifndef GM_CMD_GLOBAL_OPTIONS_H
#define GM_CMD_GLOBAL_OPTIONS_H

#include "cmd/command.h"

/*
 * Read the program's arguments up to the command's name and what the environment says.
 * `call->command` and the command's own arguments (`n_out`, `args_out`, inside argv) are set;
 * GM_EUSAGE for an unknown command or option. A call without a command, or with --help or
 * --version, is one of `help` or `version`.
 */
int gm_global_options_parse(
	int *n_out, char ***args_out, struct gm_call *call, int argc, char **argv);

/* How many options gm_global_options_fill() writes, without an end of table. */
#define GM_GLOBAL_OPTIONS 6

/* Those that stand before the command's name: the global ones, -C and --version. */
#define GM_PROGRAM_OPTIONS (GM_GLOBAL_OPTIONS + 2)
void gm_program_options_fill(
	struct gm_option out[GM_PROGRAM_OPTIONS], struct gm_call *call, bool *version);

/* Change to the folders of -C, one after the other. */
int gm_call_enter(const struct gm_call *call);

/* The options that commands take after their name too; they write to `call`. */
void gm_global_options_fill(
	struct gm_option out[GM_GLOBAL_OPTIONS], struct gm_call *call);

#endif
