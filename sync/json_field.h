/*
 * Fields of the messages between gitmem and gitmem-sync (sync/message.h). What cannot be read is
 * GM_EINVALID.
 */
#ifndef GM_SYNC_JSON_FIELD_H
#define GM_SYNC_JSON_FIELD_H

#include "base/json.h"
#include "dag/commit.h"

/* What a field is called when it is not as it must be. Returns GM_EINVALID. */
int gm_json_field_invalid(const char *key);

int gm_json_set_oid(json_t *object, const char *key, const struct gm_oid *oid);
int gm_json_get_oid(struct gm_oid *out, const json_t *object, const char *key);

/* "NAME <MAIL> TIME ZONE" */
int gm_json_set_who(json_t *object, const char *key, const struct gm_signature *who);

/* A copy of a text, or NULL where there is none. */
int gm_json_copy_text(char **out, const json_t *object, const char *key);

/* The number of the name in a list of `n`; -1 when it is none of them. */
int gm_json_find_name(const char *const *names, size_t n, const json_t *value);

/* What is no number, or negative, is 0. */
uint64_t gm_json_get_count(const json_t *object, const char *key);

#endif
