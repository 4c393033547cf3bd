/*
 * A file's bytes in memory: small files are read, large ones mapped. That is for files that are
 * renamed into place complete and never shortened, so that a mapping stays good.
 */
#ifndef GM_BASE_MAPPING_H
#define GM_BASE_MAPPING_H

#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

#define GM_MAPPING_SMALL 8192

struct gm_mapping {
	const uint8_t *ptr;
	size_t size;
	int fd;    /* open until disposed of */
	void *map; /* NULL when `small` holds the bytes */
	uint8_t small[GM_MAPPING_SMALL];
};

#define gm_automapping gm_cleanup(gm_mapping_dispose) struct gm_mapping

/*
 * Fill `out`, which needs no preparation and must not move; call it right behind the
 * declaration of a gm_automapping. Returns GM_ENOTFOUND, without a
 * message, when there is no such file: that is an everyday answer here.
 */
int gm_mapping_open(struct gm_mapping *out, const char *path);
void gm_mapping_dispose(struct gm_mapping *mapping);

/* Open a regular file for reading; codes as above. A pipe in its place does not block us. */
int gm_open_regular(int *fd_out, size_t *size_out, const char *path);

/* Map `size` (not 0) bytes of `fd`; munmap(2) them. */
int gm_map_fd(const uint8_t **out, int fd, size_t size, const char *path);

#endif
