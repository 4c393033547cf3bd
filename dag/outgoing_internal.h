/*
 * The inside of the list of what is to be sent: dag/outgoing.c and dag/outgoing_walk.c.
 */
#ifndef GM_DAG_OUTGOING_INTERNAL_H
#define GM_DAG_OUTGOING_INTERNAL_H

#include "dag/object_set.h"
#include "dag/oid_list.h"
#include "dag/outgoing.h"
#include "dag/tree.h"
#include "dag/walk.h"

/* How many trees one is compared with; what only others have is sent again. */
#define GM_OUTGOING_OLD_MAX 8

/* Flags in the set: `previous` is a number in `outside`, which the other side has. */
enum gm_outgoing_flags {
	GM_OUTGOING_BASE_OUTSIDE = 1 << 0,
};

/* A path by the folder it is in; the first one is the root. */
struct gm_outgoing_path {
	uint32_t folder;
	size_t name; /* where it begins in `names` */
};

struct gm_outgoing {
	struct gm_store *store;
	struct gm_walk *walk;     /* NULL before the walk */
	struct gm_oid_list wants; /* commits */
	struct gm_oid_list haves;
	struct gm_oid_list loose; /* wanted trees and blobs, by no commit */
	struct gm_object_set set; /* what is to be sent; `path` is a number in `paths` */
	struct gm_outgoing_path *paths;
	size_t n_paths;
	size_t cap_paths;
	struct gm_buf names;    /* of the paths, each with a NUL */
	struct gm_oid *outside; /* bases that the other side has */
	size_t n_outside;
	size_t cap_outside;
	uint32_t *
		commits; /* those of the set, ascending; what they brought follows them */
	size_t n_commits;
	size_t cap_commits;
	uint32_t end_of_commits; /* what has higher numbers came by none */
	uint32_t *order;         /* the numbers of the set, as they are to be sent */
	uint32_t *places;        /* where a number stands in it */
};

/* Fill the set. */
int gm_outgoing_collect(
	struct gm_outgoing *outgoing, gm_outgoing_progress_fn progress, void *payload);

#endif
