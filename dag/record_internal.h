/*
 * What the files of the record codec share. Not for others.
 */
#ifndef GM_DAG_RECORD_INTERNAL_H
#define GM_DAG_RECORD_INTERNAL_H

#include "dag/record.h"

/* Names of unknown keys, in bytes; libyaml reads no key over 1024 characters. */
#define GM_RECORD_MAX_NAME ((size_t)128)

/* Lists and mappings inside each other in one unknown key or `source`; YAML gets one more. */
#define GM_RECORD_MAX_DEPTH 6

/* Append the front matter without the `---` lines. */
int gm_record_encode_front_matter(struct gm_buf *out, const struct gm_record *record);

/* Where fields come from: JSON is strict about types, people who write YAML are not. */
enum gm_record_origin {
	GM_RECORD_FROM_JSON,
	GM_RECORD_FROM_YAML,
};

/* Set the fields that `object` has; unknown keys go to `extra`. GM_EINVALID names the key. */
int gm_record_take_fields(
	struct gm_record *record, json_t *object, enum gm_record_origin origin);

/* True for a name that unknown keys must not have: fields, and what JSON adds to them. */
bool gm_record_name_is_taken(const char *name);

#endif
