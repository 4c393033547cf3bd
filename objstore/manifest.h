/*
 * The manifest of a segment store: which files it consists of. Text, replaced atomically, the
 * only file that changes in place of another. (gitmem-format(5), "Manifest")
 */
#ifndef GM_OBJSTORE_MANIFEST_H
#define GM_OBJSTORE_MANIFEST_H

#include "objstore/segment.h"

#define GM_DICTIONARY_SLOTS 255

struct gm_manifest_segment {
	uint64_t number;
	uint64_t id;
	uint64_t size;
};

struct gm_manifest_index {
	char file[GM_STORE_NAME_MAX];
	uint64_t first; /* the least and the greatest number of the segments in it */
	uint64_t last;
	uint64_t n;
};

struct gm_manifest_dictionary {
	unsigned slot;
	char file[GM_STORE_NAME_MAX];
	enum gm_object_type class;
	uint32_t crc; /* of the file */
};

struct gm_manifest {
	uint64_t generation;
	uint64_t active;
	uint64_t active_id;
	struct gm_manifest_segment *segments; /* sealed, by number */
	size_t n_segments;
	size_t cap_segments;
	struct gm_manifest_index *indexes; /* oldest first */
	size_t n_indexes;
	size_t cap_indexes;
	struct gm_manifest_dictionary *dictionaries;
	size_t n_dictionaries;
	size_t cap_dictionaries;
	char (*logs)[GM_STORE_NAME_MAX]; /* oldest first */
	size_t n_logs;
	size_t cap_logs;
	char refs[GM_STORE_NAME_MAX]; /* "" when there is none yet */
};

#define gm_automanifest gm_cleanup(gm_manifest_dispose) struct gm_manifest

/*
 * Parse what a file holds. Returns GM_EMISMATCH when it is damaged, GM_EINVALID when a newer
 * gitmem wrote it. `out` must be empty; dispose of it also after a failure.
 */
int gm_manifest_parse(struct gm_manifest *out, const char *text, size_t size);

int gm_manifest_format(struct gm_buf *out, const struct gm_manifest *manifest);

/* A deep copy, into an empty one. */
int gm_manifest_copy(struct gm_manifest *out, const struct gm_manifest *from);

void gm_manifest_dispose(struct gm_manifest *manifest);

/* Lists stay in order. */
int gm_manifest_add_segment(
	struct gm_manifest *manifest, uint64_t number, uint64_t id, uint64_t size);
int gm_manifest_add_index(
	struct gm_manifest *manifest, const struct gm_manifest_index *index);
int gm_manifest_add_dictionary(
	struct gm_manifest *manifest, const struct gm_manifest_dictionary *dictionary);
int gm_manifest_add_log(struct gm_manifest *manifest, const char *file);

/* NULL when there is none. */
const struct gm_manifest_segment *gm_manifest_segment(
	const struct gm_manifest *manifest, uint64_t number);

/* Whether it names the file `file` of the store's folder, as the active segment or any other. */
bool gm_manifest_names(const struct gm_manifest *manifest, const char *file);

#endif
