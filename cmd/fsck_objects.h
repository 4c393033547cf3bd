/*
 * `fsck` on objects: each read whole, hashed and looked at, and then everything that refs
 * reach followed, each object once, however many ways lead to it.
 */
#ifndef GM_CMD_FSCK_OBJECTS_H
#define GM_CMD_FSCK_OBJECTS_H

#include "base/map.h"
#include "cmd/fsck_faults.h"

/* An object that was reached and whose links are still to be followed. */
struct gm_fsck_link {
	struct gm_oid oid;
	enum gm_object_type type;
};

struct gm_fsck_objects {
	struct gm_store *store;
	struct gm_faults *faults;
	struct gm_map states; /* by id: its type, and the flags of fsck_objects.c */
	struct gm_buf data;   /* of the object looked at */
	struct gm_fsck_link *links;
	size_t n_links;
	size_t cap_links;
	size_t n_read;
	size_t n_broken;
	size_t n_missing;
};

#define GM_FSCK_OBJECTS_INIT(store_, faults_)                          \
	{                                                              \
		.store = (store_), .faults = (faults_),                \
		.states = GM_MAP_INIT(GM_OID_SIZE),                    \
		.data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE), .links = NULL \
	}
void gm_fsck_objects_dispose(struct gm_fsck_objects *objects);

/* Read and check every object there is. */
int gm_fsck_objects_read(struct gm_fsck_objects *objects);

/*
 * Check that `oid` is there, and everything it reaches. `type` is what it has to be
 * (GM_OBJECT_NONE: anything), `from` says who names it ("'refs/heads/main'"). What is missing
 * is told once, with this severity.
 */
int gm_fsck_objects_reach(struct gm_fsck_objects *objects, enum gm_severity severity,
	enum gm_object_type type, const struct gm_oid *oid, const char *from);

/* Whether an object is there and was found good. */
bool gm_fsck_objects_is_good(
	const struct gm_fsck_objects *objects, const struct gm_oid *oid);

#endif
