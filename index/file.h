/*
 * The file of the index, `index.db` with its log (`-wal`) and shared memory (`-shm`), in the
 * folder `recall`. All that may be thrown away is thrown away here.
 */
#ifndef GM_INDEX_FILE_H
#define GM_INDEX_FILE_H

#include "index/database.h"

/*
 * Open the index in the folder `dir`, making what is missing. One that is damaged, foreign or
 * half-made is removed and made anew, which `*rebuilt_out` tells. A file that cannot be written
 * is opened for reading; where that cannot be either, the index is a new one in memory.
 * GM_EINVALID when `dir` is a symbolic link, GM_EEXISTS when it is a file.
 */
int gm_index_file_open(struct gm_database **out, bool *rebuilt_out, const char *dir);

/* Remove the index of `dir` whatever it is, and open a new one as above. */
int gm_index_file_remake(struct gm_database **out, const char *dir);

/* An empty index in memory. */
int gm_index_file_memory(struct gm_database **out);

/* True when the open file is no longer the one that has its name. */
bool gm_index_file_moved(const struct gm_database *database);

/*
 * Keep others from making the index anew until the lock is closed: 1, or 0 when somebody is about
 * to, or has: then the folder holds the files of another index.
 */
int gm_index_file_hold(int *lock_out, const struct gm_database *database);

#endif
