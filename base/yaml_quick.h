/*
 * A parser for the YAML that we write ourselves, in a tenth of libyaml's time: strings on one
 * line and lists of them. Whatever else it meets is for libyaml to take or to refuse. For
 * base/yaml.c only.
 */
#ifndef GM_BASE_YAML_QUICK_H
#define GM_BASE_YAML_QUICK_H

#include "base/json.h"

/* What libyaml would make of it; NULL when one has to ask it. */
json_t *gm_yaml_parse_quick(const char *text, size_t size);

/* gm_yaml_parse() without this. */
int gm_yaml_parse_any(json_t **out, const char *text, size_t size);

/* The value of a plain scalar, by the rules of yaml.h. */
int gm_yaml_plain(json_t **out, const char *text, size_t size);

#endif
