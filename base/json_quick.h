/*
 * A parser for the JSON that programs write, in a third of jansson's time. It knows the plain
 * part of the language only: whatever else it meets is for jansson to take or to refuse.
 * For base/json.c only.
 */
#ifndef GM_BASE_JSON_QUICK_H
#define GM_BASE_JSON_QUICK_H

#include <jansson.h>

/* What jansson would make of it with JSON_REJECT_DUPLICATES; NULL when one has to ask it. */
json_t *gm_json_parse_quick(const char *text, size_t size);

#endif
