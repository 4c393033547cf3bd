/*
 * Making a clone, telling of it, and making its index: what clone and fork end in.
 */
#ifndef GM_CMD_CLONE_TELL_H
#define GM_CMD_CLONE_TELL_H

#include "cmd/clone_make.h"

int gm_clone_and_tell(struct gm_call *call, const struct gm_clone_request *request);

#endif
