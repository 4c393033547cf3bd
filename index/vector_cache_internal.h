/*
 * What the files of the cache of vectors share.
 */
#ifndef GM_INDEX_VECTOR_CACHE_INTERNAL_H
#define GM_INDEX_VECTOR_CACHE_INTERNAL_H

#include "base/strv.h"
#include "index/database.h"
#include "index/vector_cache.h"

struct gm_vector_cache {
	struct gm_database *database;
	char *dir;  /* NULL: memory */
	char *path; /* of the file; NULL: memory */
	uint8_t model[GM_EMBEDDING_MODEL_SIZE];
	int64_t number; /* of the model in the tables; 0: not there yet */
	size_t dims;
	int64_t generation, mark;
	int64_t away_until;
	char why[512];
};

/* Let what is known of the model be read anew: another process may have changed it. */
void gm_vector_cache_unread_model(struct gm_vector_cache *cache);

/* Read what the tables know of the model; it may be nothing. */
int gm_vector_cache_read_model(struct gm_vector_cache *cache);

/* Open an existing file of `dir`, a new one there, or one in memory, in place of what is open. */
int gm_vector_cache_open_somehow(struct gm_vector_cache *cache);

/*
 * After a failure `rc`: what is damaged is thrown away, and where nothing can be written now we go
 * on in memory; the cache is an empty one then. Other errors are passed on.
 */
int gm_vector_cache_recover(struct gm_vector_cache *cache, int rc);

/* The names of all caches of a folder, sorted. */
int gm_vector_cache_files(struct gm_strv *out, const char *dir);

/* Remove the file of a cache, as it is damaged. */
void gm_vector_cache_remove(const char *path);

/* Whether a database is one of ours; makes the tables of an empty one. */
int gm_vector_cache_verify(struct gm_database *database);

#endif
