/*
 * The inside of a rescue, for this folder only.
 */
#ifndef GM_OBJSTORE_RESCUE_INTERNAL_H
#define GM_OBJSTORE_RESCUE_INTERNAL_H

#include "base/strv.h"
#include "objstore/rescue.h"
#include "objstore/segments.h"

/* A segment's file, as far as it can be made out what it is. */
struct gm_rescue_file {
	char *path;
	uint64_t number;
	uint64_t id;
	const uint8_t *map;
	size_t size;
};

/* A sound record of an object. */
struct gm_rescue_copy {
	struct gm_oid oid;
	size_t file;
	uint64_t offset;
	size_t before; /* the copy of the same object before it, plus 1; 0: none */
	bool is_whole; /* it was decoded, and was what its name says */
};

/* A sound record of a ref update whose group was written whole. */
struct gm_rescue_change {
	uint64_t number; /* of its segment */
	const uint8_t *bytes;
	size_t size;
};

struct gm_rescue {
	char *dir;
	bool has_manifest; /* a sound one, of this store */
	struct gm_segments
		view; /* what decoding needs of a store; its manifest is ours */
	struct gm_manifest manifest;
	struct gm_strv names; /* of the files */
	struct gm_rescue_file *files;
	size_t n_files;
	size_t cap_files;
	struct gm_rescue_copy *copies;
	size_t n_copies;
	size_t cap_copies;
	struct gm_map by_oid; /* to the number of the latest in `copies` */
	struct gm_rescue_change *changes;
	size_t n_changes;
	size_t cap_changes;
};

/* Parse the record of a copy. */
int gm_rescue_record(struct gm_copy *out, const struct gm_rescue *rescue,
	const struct gm_rescue_copy *copy);

/* Find out which dictionary belongs to which slot. */
int gm_rescue_find_dictionaries(struct gm_rescue *rescue);

/* A finder of bases among the copies. */
struct gm_base_finder gm_rescue_finder(struct gm_rescue *rescue);

/* Decode a copy and compare it with its name. */
int gm_rescue_decode(
	struct gm_buf *out, struct gm_rescue *rescue, const struct gm_rescue_copy *copy);

/*
 * The number in the name of a file, behind `kind` and a dash, and in front of another one if it
 * was merged of several; false for any other file.
 */
bool gm_rescue_number(uint64_t *out, const char *name, const char *kind);

#endif
