/*
 * The files of stages: which journal is that of a ref (gitmem-format(5), "STAGE").
 */
#ifndef GM_DAG_STAGE_FILE_H
#define GM_DAG_STAGE_FILE_H

#include "dag/repository.h"

/*
 * Append the name of the file for the stage of `ref`, one of its own for each ref. It always
 * fits where names have at most 255 bytes.
 */
int gm_stage_file_name(struct gm_buf *out, const char *ref);

/* Append the path of that file. */
int gm_stage_file_path(struct gm_buf *out, const struct gm_repo *repo, const char *ref);

#endif
