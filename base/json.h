/*
 * JSON over jansson: what we read is hostile and bounded, what we write is compact.
 *
 * A `json_t *` that a function returns as `out` is owned (json_decref, or gm_autojson).
 */
#ifndef GM_BASE_JSON_H
#define GM_BASE_JSON_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"

#define gm_autojson gm_cleanup(gm_json_free_p) json_t

void gm_json_free_p(json_t **value);

/* Let jansson allocate through base/mem.h. Called once, at the start of the process. */
void gm_json_setup(void);

/*
 * Parse one value (any type). Duplicate keys, NUL characters, invalid UTF-8, nesting beyond
 * jansson's limit and anything behind the value are GM_EINVALID with the place.
 */
int gm_json_parse(json_t **out, const char *text, size_t size);

/*
 * Append as one line without blanks; `sorted` sorts the keys, so that equal values are equal
 * bytes. Reals keep the digits they need to come back equal.
 */
int gm_json_dump(struct gm_buf *out, const json_t *value, bool sorted);

/*
 * New values; NULL with GM_ENOMEM set. A NULL text becomes JSON null; bytes of a text that are
 * not UTF-8 (in a file name, say) become U+FFFD.
 */
json_t *gm_json_object(void);
json_t *gm_json_array(void);
json_t *gm_json_string(const char *text);

/*
 * Set or append `value`, taking it over also on failure; a NULL `object`, `array` or `value`
 * is an earlier failure passed on. Returns 0 or the error.
 */
int gm_json_set(json_t *object, const char *key, json_t *value);
int gm_json_append(json_t *array, json_t *value);

/* Shorthands of gm_json_set(). */
int gm_json_set_string(json_t *object, const char *key, const char *text);
int gm_json_set_int(json_t *object, const char *key, long long number);
int gm_json_set_bool(json_t *object, const char *key, bool value);

#endif
