/*
 * `fsck` on files of the repository that are no objects: which there are, and the stages.
 */
#ifndef GM_CMD_FSCK_FILES_H
#define GM_CMD_FSCK_FILES_H

#include "base/strv.h"
#include "cmd/fsck_faults.h"

/*
 * Add the names of all files below a folder of the repository ("refs"), as a set; without
 * those that processes at work leave for a moment. A folder that cannot be read is a fault.
 */
int gm_fsck_list_files(struct gm_strv *out, struct gm_faults *faults, const char *gitdir,
	const char *top);

/* Name what a conversion to another layout that was stopped left behind. */
int gm_fsck_leftovers(struct gm_faults *faults, struct gm_repo *repo);

/* Check the journals of all stages. */
int gm_fsck_stages(struct gm_faults *faults, struct gm_repo *repo);

#endif
