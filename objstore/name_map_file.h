/*
 * A sorted map from objects to their SHA-256 names, in a file (gitmem-format(5), "The map of
 * names"). Mapped, so that a look-up touches a few pages of it. Each entry has a checksum of
 * its own, compared whenever it is used: what is damaged is not found.
 */
#ifndef GM_OBJSTORE_NAME_MAP_FILE_H
#define GM_OBJSTORE_NAME_MAP_FILE_H

#include "objstore/name_list.h"

/* How an entry stands in a file: the id, the name, and the checksum of both. */
#define GM_NAME_ENTRY_SIZE (GM_OID_SIZE + GM_SHA256_SIZE + 4)

void gm_name_entry_put(
	uint8_t out[GM_NAME_ENTRY_SIZE], const struct gm_name_entry *entry);

/* False when the checksum is wrong. */
bool gm_name_entry_get(
	struct gm_name_entry *out, const uint8_t bytes[GM_NAME_ENTRY_SIZE]);

struct gm_name_map_file {
	uint32_t number; /* in its name: the newest has the greatest */
	const uint8_t *map;
	size_t size;
	uint32_t n;
};

/* "map-NNNNNNNN"; false when `name` is none. */
bool gm_name_map_file_number(uint32_t *out, const char *name);

/*
 * GM_ENOTFOUND, without a message, when it is not there; GM_EMISMATCH when it is not whole or
 * not of this kind.
 */
int gm_name_map_file_open(
	struct gm_name_map_file **out, const char *dir, uint32_t number);
void gm_name_map_file_free(struct gm_name_map_file *file);
GM_DEFINE_CLEANUP(struct gm_name_map_file, gm_name_map_file_free)

/* The same of bytes that are the caller's and outlive it: for fuzzing. */
int gm_name_map_file_check(
	struct gm_name_map_file *out, const uint8_t *bytes, size_t size);

/* GM_ENOTFOUND without a message. */
int gm_name_map_file_find(uint8_t out[GM_SHA256_SIZE],
	const struct gm_name_map_file *file, const struct gm_oid *oid);

/* The entry at a place below `n`; false when it is damaged. */
bool gm_name_map_file_entry(
	struct gm_name_entry *out, const struct gm_name_map_file *file, uint32_t at);

/* The object of a SHA-256 name. GM_ENOTFOUND without a message. */
int gm_name_map_file_find_sha256(struct gm_oid *out, const struct gm_name_map_file *file,
	const uint8_t sha256[GM_SHA256_SIZE]);

/* Write a file of these entries, which are put in order; not flushed. */
int gm_name_map_file_write(
	const char *dir, uint32_t number, struct gm_name_entry *entries, size_t n);

#endif
