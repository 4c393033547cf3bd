/*
 * `fsck --repair`: what is damaged is replaced by what is whole of it.
 */
#ifndef GM_CMD_FSCK_REPAIR_H
#define GM_CMD_FSCK_REPAIR_H

#include "base/map.h"
#include "cmd/command.h"
#include "dag/repair.h"

/* What a check found that can be repaired. */
struct gm_fsck_needs {
	bool settings; /* the repository cannot be opened */
	bool store;    /* the store, or objects in it */
};

/* What was done, for the JSON object; and for the count of what is lost. */
struct gm_fsck_repair {
	struct gm_call *call;
	json_t *actions;
	struct gm_fsck_loss *lost;
	size_t n_lost;
	size_t cap_lost;
	struct gm_map lost_by_id;
	size_t n_done;
	bool has_losses; /* also what is not known by an id */
};

#define GM_FSCK_REPAIR_INIT(call_)                                      \
	{                                                               \
		.call = (call_), .lost_by_id = GM_MAP_INIT(GM_OID_SIZE) \
	}
void gm_fsck_repair_dispose(struct gm_fsck_repair *repair);

/*
 * Repair the repository in `gitdir`, telling what is done; `call->repo` is closed, and open
 * again at the end.
 */
int gm_fsck_repair(struct gm_fsck_repair *repair, const char *gitdir,
	const struct gm_fsck_needs *needs);

/* Print what is lost, unless there is to be an object that tells. */
int gm_fsck_repair_print(const struct gm_fsck_repair *repair);

/* Add what was done to the object, as "repaired" and "lost". */
int gm_fsck_repair_give(json_t *object, struct gm_fsck_repair *repair);

#endif
