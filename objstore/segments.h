/*
 * The segment store of a repository, `store/`: the second layout behind objstore/store.h.
 *
 * Readers never lock: they follow the manifest, and read it again when it changed or a file
 * has gone. What changes the store holds the lock in `store/lock` for an instant, inside of
 * the repository lock its caller may have. For the files of this folder only.
 */
#ifndef GM_OBJSTORE_SEGMENTS_H
#define GM_OBJSTORE_SEGMENTS_H

#include <sys/types.h>
#include <time.h>

#include "base/lock.h"
#include "base/map.h"
#include "objstore/cache.h"
#include "objstore/dictionary.h"
#include "objstore/segment_index.h"
#include "objstore/segment_tail.h"

/*
 * The longest chain of prefixes that is written, and that is read: what is written stands on
 * copies that may be replaced meanwhile by others which have bases themselves.
 */
#define GM_PREFIX_CHAIN_MAX 32
#define GM_PREFIX_CHAIN_READ (2 * GM_PREFIX_CHAIN_MAX)

struct gm_ref_table;

struct gm_segments {
	char *dir;
	struct gm_manifest manifest;
	int manifest_fd; /* of the one that was read: its inode is not given to another */
	ino_t inode;     /* of it, as the next two */
	off_t size;
	struct timespec modified;
	struct gm_segment **sealed;        /* as in the manifest; NULL until needed */
	struct gm_segment_index **indexes; /* as in the manifest; NULL when broken */
	struct gm_tail *tail;              /* NULL when broken */
	char *fault;                       /* what is broken; NULL when nothing is */
	int fault_code;
	struct gm_dictionary *dictionaries[GM_DICTIONARY_SLOTS]; /* NULL until needed */
	struct gm_codec codec;
	struct gm_cache bases;           /* of prefixes, by where they stand */
	struct gm_oid near;              /* what gm_segments_set_near() lent */
	const struct gm_buf *near_bytes; /* NULL: nothing */
	struct gm_map names; /* SHA-256 names that were worked out: oid to number */
	uint8_t (*name_list)[GM_SHA256_SIZE];
	size_t n_names;
	size_t cap_names;
	struct gm_ref_table *refs; /* NULL until needed */
	struct gm_lock *lock;      /* of `store/lock`, while it is held */
	unsigned lock_depth;
	const char *command;     /* for those who wait for it; lent */
	gm_lock_wait_fn waiting; /* told when we wait; may be NULL */
	void *waiting_payload;
	bool holds_flushes; /* gm_store_hold_flushes() */
	bool has_lost;      /* a commit that was to be flushed */
	size_t open_from; /* where the open group begins in the tail; 0: there is none */
	int upkeep_fd;    /* as objstore/segments_locks.h says */
	int batches_fd;   /* the same */
	bool has_upkeep;
	bool has_written; /* since gm_segments_settle() */
	bool may_learn;   /* there may be enough for a dictionary now */
	unsigned n_batches;
	bool is_flushed; /* core.fsync is not `none` */
};

/* Make `store/` in a repository's folder. GM_EEXISTS when there is one. */
int gm_segments_create(const char *gitdir);

/*
 * Write the first manifest of a store in `dir`, naming what is there already, and make the
 * active segment: its number is the first free one from `manifest->active` on, which is set.
 */
int gm_segments_begin(const char *dir, struct gm_manifest *manifest);

/*
 * GM_ENOTFOUND, without a message, when the repository has no `store/`; GM_EMISMATCH when the
 * manifest in it is missing or damaged.
 */
int gm_segments_open(struct gm_segments **out, const char *gitdir);
void gm_segments_free(struct gm_segments *segments);
GM_DEFINE_CLEANUP(struct gm_segments, gm_segments_free)

/* See what is new: 1 when something is, else 0, or an error. */
int gm_segments_refresh(struct gm_segments *segments);

/* Whether the manifest that was read is still the one that stands, as far as can be seen. */
bool gm_segments_is_current(const struct gm_segments *segments);

/*
 * For a reader whose attempt ended with `rc`: 1 when it may be because files were replaced
 * meanwhile, and one should try again; 0 when not, with the error of the attempt as it was.
 * `*tries` begins as 0. What was lent before is no more.
 */
int gm_segments_retry(struct gm_segments *segments, int rc, int *tries);

/* The error of what is broken, or 0: before one says that something does not exist. */
int gm_segments_fault(struct gm_segments *segments);

/* The same where it is an object whose name has a first byte from `first` to `last`. */
int gm_segments_fault_of(struct gm_segments *segments, unsigned first, unsigned last);

/* One copy of an object. The record is lent until the next refresh. */
struct gm_copy {
	struct gm_record record;
	uint64_t segment_id;
	uint64_t offset;
};

/*
 * Try the copies of an object, the newest first, until `each` returns 0 or an error that no
 * other copy would mend. Returns GM_ENOTFOUND, without a message, when there is none.
 */
typedef int (*gm_copy_fn)(
	struct gm_segments *segments, const struct gm_copy *copy, void *payload);
int gm_segments_try(struct gm_segments *segments, const struct gm_oid *oid,
	gm_copy_fn each, void *payload);

/* The first sound copy. GM_ENOTFOUND without a message. */
int gm_segments_find(
	struct gm_copy *out, struct gm_segments *segments, const struct gm_oid *oid);

/* A sealed segment by its place in the manifest. */
int gm_segments_sealed(struct gm_segment **out, struct gm_segments *segments, size_t at);

/* Decoded and compared with its name. */
int gm_segments_read(struct gm_buf *out, enum gm_object_type *type_out,
	struct gm_segments *segments, const struct gm_oid *oid);
int gm_segments_read_header(enum gm_object_type *type_out, size_t *size_out,
	struct gm_segments *segments, const struct gm_oid *oid);

/* 1 or 0, or an error. */
int gm_segments_exists(struct gm_segments *segments, const struct gm_oid *oid);

/* Where to look for the base of a copy: GM_ENOTFOUND (no message) when it is not there. */
struct gm_base_finder {
	int (*find)(struct gm_copy *out, void *payload, const struct gm_oid *oid);
	void *payload;
};

/* Replace the contents of `out` by what a copy stands for, not compared with its name. */
int gm_segments_decode(struct gm_buf *out, struct gm_segments *segments,
	const struct gm_copy *copy, const struct gm_base_finder *finder);

/* The same, for copies whose bases are in the store. */
int gm_segments_decode_stored(
	struct gm_buf *out, struct gm_segments *segments, const struct gm_copy *copy);

/*
 * The bytes of `oid`, which what is read next may be stored as a difference to; NULL: none. Lent
 * until the next call.
 */
void gm_segments_set_near(struct gm_segments *segments, const struct gm_oid *oid,
	const struct gm_buf *bytes);

/* How many bases stand behind this copy; -1 when they cannot be followed. */
int gm_segments_depth(const struct gm_copy *copy, const struct gm_base_finder *finder);

struct gm_base_finder gm_segments_finder(struct gm_segments *segments);

/* The dictionary to write this class with; NULL in `out` when there is none. */
int gm_segments_dictionary(struct gm_dictionary **out, struct gm_segments *segments,
	enum gm_object_type class);
int gm_segments_dictionary_at(
	struct gm_dictionary **out, struct gm_segments *segments, unsigned slot);

#endif
