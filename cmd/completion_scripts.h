/*
 * The completion scripts for the shells. They are thin: what can be completed, the program
 * tells itself (cmd/complete.h).
 */
#ifndef GM_CMD_COMPLETION_SCRIPTS_H
#define GM_CMD_COMPLETION_SCRIPTS_H

/* The script for "bash", "zsh" or "fish"; NULL for another shell. */
const char *gm_completion_script(const char *shell);

#endif
