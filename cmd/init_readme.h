/*
 * The first commit of `init --readme`: files for people who meet the repository with stock git.
 */
#ifndef GM_CMD_INIT_README_H
#define GM_CMD_INIT_README_H

#include "cmd/command.h"

/* Commit README.md and .gitattributes, those of them that the branch does not have yet. */
int gm_commit_readme(struct gm_call *call);

#endif
