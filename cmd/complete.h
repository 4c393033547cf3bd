/*
 * Completion of a command line, from the option tables of the commands and from what the
 * repository holds. The scripts for the shells (cmd/completion_scripts.h) ask for it.
 */
#ifndef GM_CMD_COMPLETE_H
#define GM_CMD_COMPLETE_H

#include "cmd/command.h"

/*
 * Print what the last of the words, which follow the program's name, could become: a line
 * each, the whole word, and behind a tab a few words about it. A line that begins with the
 * tab says "file" or "dir" instead: the shell knows those best. What goes wrong on the way,
 * such as a repository that is not there, leaves fewer candidates and is no error.
 */
int gm_complete(struct gm_call *call, const char *const *words, size_t n);

#endif
