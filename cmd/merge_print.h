/*
 * What is told of a merge that was made, or would be.
 */
#ifndef GM_CMD_MERGE_PRINT_H
#define GM_CMD_MERGE_PRINT_H

#include "cmd/merge_job.h"

/* Print it in git's words, with a line for each decision. Nothing with -q. */
int gm_merge_job_print(const struct gm_merge_job *job);

/*
 * The same as JSON, into `object`: {commit, fast_forward, up_to_date, tree, dry_run, waiting,
 * conflicts, decisions[]}.
 */
int gm_merge_job_json(json_t *object, const struct gm_merge_job *job);

/* GM_ENO, with advice, when conflicts are left to be settled; talks of those that were. */
int gm_merge_job_conclude(const struct gm_merge_job *job);

#endif
