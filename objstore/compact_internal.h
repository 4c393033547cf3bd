/*
 * The inside of gc in a store of segments, for its own files.
 */
#ifndef GM_OBJSTORE_COMPACT_INTERNAL_H
#define GM_OBJSTORE_COMPACT_INTERNAL_H

#include "objstore/compact.h"
#include "objstore/internal.h"
#include "objstore/segment_bulk.h"

#define GM_COMPACT_LEVEL 19
#define GM_COMPACT_DICTIONARY_SIZE ((size_t)112 << 10)

/* A segment of the snapshot. */
struct gm_compact_part {
	gm_time time; /* it was written to last */
	uint64_t size;
	bool is_compact; /* gc wrote it */
	bool is_kept;    /* it stays as it is */
	size_t n;        /* objects */
	size_t n_stray; /* of them those that nothing leads to */
	size_t n_expired;
};

/* An object that nothing leads to. */
struct gm_compact_stray {
	struct gm_oid oid;
	gm_time time;  /* it was written or used last */
	uint32_t part; /* where it is */
	bool is_moved; /* it has to be written anew to be kept */
};

struct gm_compact_strays {
	struct gm_compact_stray *items;
	size_t n;
	size_t cap;
};

struct gm_compact_ids {
	struct gm_oid *items;
	size_t n;
	size_t cap;
};

/* Segments that are written: what lives, and what does not but stays for now. */
enum { GM_COMPACT_LIVE, GM_COMPACT_YOUNG, GM_COMPACT_OLD, GM_COMPACT_OUTPUTS };

struct gm_compact_output {
	struct gm_bulk *bulk;            /* NULL until there is something to write */
	gm_time time;                    /* of the youngest of the strays in it */
	struct gm_manifest_segment line; /* once it is sealed; its number is 0 before */
};

struct gm_compact {
	struct gm_store *store;
	struct gm_segments *segments;
	struct gm_compact_options options;
	struct gm_compact_live live;
	struct gm_compact_stats stats;
	struct gm_manifest snapshot;
	struct gm_compact_part *parts; /* as in the snapshot */
	struct gm_map used;            /* objects that were used again: oid to time */
	struct gm_compact_strays young;
	struct gm_compact_strays old;
	struct gm_map going;        /* oids of `old`: 1, or 0 when one was rescued */
	bool is_full;               /* no segment stays, so that everything can be new */
	struct gm_effort effort;    /* its dictionaries are ours */
	struct gm_manifest learned; /* the dictionaries that are new */
	struct gm_compact_output outputs[GM_COMPACT_OUTPUTS];
	struct gm_index_entry *entries; /* of everything that is new or stays */
	size_t n_entries;
	size_t cap_entries;
	struct gm_manifest_index line; /* of the new index; "" when there is none */
	uint64_t generation;           /* of the manifest that was looked through */
	uint64_t tail_id;              /* how far the active segment was looked through */
	size_t tail_at;
	struct gm_map seen;            /* segments that were looked through, by id */
	struct gm_compact_ids fresh;   /* ids of refs, not handed to `more` yet */
	struct gm_compact_ids rescued; /* to be written to the active segment */
	bool has_upkeep;
};

/* The part that a place lies in; NULL when it is none of the snapshot. */
struct gm_compact_part *gm_compact_part_at(struct gm_compact *compact, uint64_t place);

int gm_compact_learn(struct gm_compact *compact);
int gm_compact_copy(struct gm_compact *compact, struct gm_progress *progress);

/* Write strays that have to be written to be kept. */
int gm_compact_copy_strays(struct gm_compact *compact,
	const struct gm_compact_strays *strays, struct gm_compact_output *output);

/* Look through what was written since the snapshot, or since the last time. */
int gm_compact_look(struct gm_compact *compact);

/* Put everything in place. */
int gm_compact_switch(struct gm_compact *compact);

/*
 * Remove segments that the manifest does not name and nobody is writing; and the other files of
 * that kind, with the lock held and no batch about.
 */
int gm_compact_sweep_segments(struct gm_compact *compact);
int gm_compact_sweep_files(struct gm_compact *compact);

/* Remove a new file that is not wanted after all, unless the snapshot names it. Best effort. */
void gm_compact_remove_new(const struct gm_compact *compact, const char *file);

/* Remove what the snapshot names and the manifest does not any more. Best effort. */
void gm_compact_remove_old(struct gm_compact *compact);

#endif
