/*
 * The grammar of Git's configuration files, shared by reading (base/config.h) and editing:
 * what stands where in a text.
 */
#ifndef GM_BASE_CONFIG_SYNTAX_H
#define GM_BASE_CONFIG_SYNTAX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* The largest file we take. */
#define GM_CONFIG_MAX_SIZE ((size_t)1 << 20)

/*
 * A section header or a key with its value. Names are normal: section and key in lower case.
 * Places are offsets into the text; for a header only `start` and `end` count.
 */
struct gm_config_item {
	bool is_section;
	const char *name;   /* "core", "remote.Origin", "core.bare" */
	const char *value;  /* NULL for a key without `=` */
	size_t start;       /* of the `[` or the key */
	size_t value_start; /* behind the `=`, or behind the key when there is none */
	size_t value_end;   /* behind the last byte that matters to the value */
	size_t end; /* behind the `]`, or where a comment or the end of the line begins */
};

/*
 * Call back for each item of `text`, in order; the strings are lent for the call. `path` is
 * for messages. GM_EINVALID names it and the line. A negative return of the callback ends it.
 */
typedef int (*gm_config_item_fn)(const struct gm_config_item *item, void *payload);
int gm_config_scan(const char *text, size_t size, const char *path,
	gm_config_item_fn each, void *payload);

/* Whether `stored`, a normal name, is meant by `name`, in any case of section and key. */
bool gm_config_same_name(const char *stored, const char *name);

/* Append a value so that it reads back the same. */
int gm_config_put_value(struct gm_buf *out, const char *value);

#endif
