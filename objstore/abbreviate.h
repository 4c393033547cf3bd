/*
 * What a store keeps to shorten many ids: the names of the loose objects, by folder, and those
 * of the active segment, sorted.
 */
#ifndef GM_OBJSTORE_ABBREVIATE_H
#define GM_OBJSTORE_ABBREVIATE_H

#include "objstore/segment_tail.h"

struct gm_loose_names {
	struct gm_oid *items;
	size_t n;
	size_t cap;
	bool listed;
};

struct gm_abbreviations {
	struct gm_loose_names loose[256]; /* by the first byte */
	struct gm_oid *tail;              /* sorted */
	size_t n_tail;
	uint64_t tail_number; /* of the segment they are of, */
	unsigned tail_epoch;  /* and the state of that */
	size_t n_scans;       /* how often the tail was gone through instead */
};

void gm_abbreviations_free(struct gm_abbreviations *abbreviations);

#endif
