/*
 * Laying a file that is no memory on a tip that has moved on: by its lines, as a merge does it
 * (dag/file_merge.h). Where they do not merge, what is on the branch stays and history keeps ours.
 */
#ifndef GM_DAG_REAPPLY_FILE_H
#define GM_DAG_REAPPLY_FILE_H

#include "dag/reapply_place.h"

int gm_place_file(struct gm_placing *placing, const struct gm_change *put);

#endif
