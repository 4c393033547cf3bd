/*
 * Where a record lies in the tree: a pure function of the record.
 *
 *   memories/YYYY/MM-DD/H/<id>.md    from `created`, in UTC
 *   keys/<key>.md                    for a memory with a key
 *
 * H is the first hexadecimal digit of the SHA-1 of the id's text: it spreads a day with very
 * many memories over sixteen folders, so that one change never rewrites a huge tree.
 */
#ifndef GM_DAG_PATH_RULE_H
#define GM_DAG_PATH_RULE_H

#include <stdbool.h>

#include "dag/record.h"

/* Append the path of a normalised record. */
int gm_record_path(struct gm_buf *out, const struct gm_record *record);

/*
 * Check a key: relative, `/`-separated, in NFC, at most 1000 bytes and 64 components; no
 * component that is empty, `.`, `..`, over 252 bytes, looks like `.git` on any file system or
 * like a device on Windows, or ends in `.md`, a dot or a space; no backslash, control or
 * invisible character (gitmem-format(5), "PATHS"). GM_EINVALID with the reason.
 */
int gm_key_check(const char *key);

/* True when a file at `path` may be a record: `*.md` under `memories/` or `keys/`. */
bool gm_path_may_be_record(const char *path);

/*
 * The id that the file name of an unkeyed record gives away, or false. It is a hint until
 * the record was read.
 */
bool gm_path_id(char out[GM_UUID_TEXT], const char *path);

#endif
