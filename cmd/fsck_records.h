/*
 * `fsck` on memories: the files under `memories/` and `keys/` of the tips of branches.
 */
#ifndef GM_CMD_FSCK_RECORDS_H
#define GM_CMD_FSCK_RECORDS_H

#include "base/map.h"
#include "base/strv.h"
#include "base/uuid.h"
#include "cmd/fsck_objects.h"

/* What is known of a blob, which many paths of many branches may share. */
struct gm_fsck_blob {
	char *path;  /* where the record belongs; NULL: it is none */
	char *fault; /* why not; NULL: damaged, which was told elsewhere */
	char id[GM_UUID_TEXT];
};

/* The tree of a branch, and how many memories an index finds there; SIZE_MAX: not known. */
struct gm_fsck_tip {
	struct gm_oid tree;
	size_t n_memories;
};

struct gm_fsck_records {
	struct gm_repo *repo;
	const struct gm_fsck_objects *objects;
	struct gm_faults *faults;
	struct gm_map numbers; /* of blobs, by id */
	struct gm_fsck_blob *blobs;
	size_t n_blobs;
	size_t cap_blobs;
	struct gm_map told; /* hashes of what was told, so that no branch repeats it */
	struct gm_fsck_tip *tips;
	size_t n_tips;
	size_t cap_tips;
	size_t n_memories; /* different blobs that are records */
	struct gm_progress progress;
};

#define GM_FSCK_RECORDS_INIT(repo_, objects_)                                           \
	{                                                                               \
		.repo = (repo_), .objects = (objects_), .faults = (objects_)->faults,   \
		.numbers = GM_MAP_INIT(GM_OID_SIZE), .told = GM_MAP_INIT(GM_SHA1_SIZE), \
		.blobs = NULL                                                           \
	}
void gm_fsck_records_dispose(struct gm_fsck_records *records);

/* Check the tips of these refs, those that can be read. */
int gm_fsck_records(struct gm_fsck_records *records, const struct gm_strv *branches);

#endif
