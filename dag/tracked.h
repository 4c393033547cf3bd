/*
 * Whether a repository came as a part of a project: git checks out a folder `.gitmem` like any
 * other, with whatever its sender put there. Nothing in such a one may be run.
 */
#ifndef GM_DAG_TRACKED_H
#define GM_DAG_TRACKED_H

#include "dag/repository.h"

/*
 * Asks git whether it has files of the repository in the index of a project around it. False
 * where there is no git, or no project.
 */
int gm_repo_is_tracked(bool *out, const struct gm_repo *repo);

#endif
