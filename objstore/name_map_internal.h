/*
 * The inside of a map of names, for its own files only.
 */
#ifndef GM_OBJSTORE_NAME_MAP_INTERNAL_H
#define GM_OBJSTORE_NAME_MAP_INTERNAL_H

#include <sys/stat.h>

#include "objstore/name_map.h"
#include "objstore/name_map_file.h"

/* The log of recent names becomes a sorted file when it has so many. */
#define GM_NAME_RECENT_MAX 256

struct gm_name_map {
	char *dir;
	char *recent_path;
	char *old_path; /* of a log that is becoming a file */
	struct gm_name_map_file **files; /* the newest last */
	size_t n_files;
	size_t cap_files;
	struct gm_name_list names; /* those of the log, and what was added */
	size_t n_saved;            /* so many of `names` are in files */
	size_t recent_size;        /* of the log when it was read */
	ino_t recent_inode;        /* 0: there was none */
	struct timespec modified;  /* the folder, before it was read */
	bool is_read;
};

/* Forget what was read, and read it again; what was not saved stays. */
int gm_name_map_reload(struct gm_name_map *map);

#endif
