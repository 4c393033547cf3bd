/*
 * YAML front matter (YAML 1.1 through libyaml events), restricted: one document whose root is
 * a mapping; no anchors, aliases or tags; at most 64 kB, 8 levels, no key twice.
 *
 * Values become JSON values. A quoted or block scalar is a string. A plain one is a number
 * when it is written just as JSON would print that number, `true`, `false`, and null for
 * `null`, `~` or nothing; every other plain scalar (`no`, `1.50`, a date) stays a string, so
 * nothing is lost by guessing.
 */
#ifndef GM_BASE_YAML_H
#define GM_BASE_YAML_H

#include "base/json.h"

#define GM_YAML_MAX_SIZE ((size_t)64 << 10)
#define GM_YAML_MAX_DEPTH 8

/* Parse a mapping into an object whose keys keep their order. GM_EINVALID with line and reason. */
int gm_yaml_parse(json_t **out, const char *text, size_t size);

#endif
