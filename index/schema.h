/*
 * The tables of the index, and its mark in the file's header: an application id and, as
 * user_version, the version of the tables. A file with other marks is not ours to read.
 */
#ifndef GM_INDEX_SCHEMA_H
#define GM_INDEX_SCHEMA_H

#include "index/database.h"

/* Make the tables in an empty database. */
int gm_schema_make(struct gm_database *database);

/* Drop and make them, inside a transaction of the caller. What was dropped is noted. */
int gm_schema_remake(struct gm_database *database);

/*
 * Note, in the transaction that drops rows, that their words may still be in free space, until
 * gm_index_forget() has seen to it.
 */
int gm_schema_note_dropped(struct gm_database *database);

/* GM_EMISMATCH, as damage, unless the file bears our marks. */
int gm_schema_verify(struct gm_database *database);

/* A number that changes whenever rows may have got other numbers. */
int gm_schema_generation(int64_t *out, struct gm_database *database);

#endif
