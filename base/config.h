/*
 * Configuration in Git's syntax (git-config(1), "Syntax"), without includes: sections,
 * quoted subsections, comments, continued lines, escapes, keys without a value (true).
 *
 * A set of files is read in order of precedence; single values come from the strongest one.
 * Names are `section.key` or `section.subsection.key`; section and key ignore case.
 */
#ifndef GM_BASE_CONFIG_H
#define GM_BASE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/strv.h"

struct gm_config;

int gm_config_new(struct gm_config **out);
void gm_config_free(struct gm_config *config);

/*
 * Add a file, stronger than those before it. One that does not exist is fine. With `only`
 * (such as "user.") just the names that begin so are taken. GM_EINVALID names file and line.
 */
int gm_config_add_file(struct gm_config *config, const char *path, const char *only);

/* The value, or NULL when it is not set; "" for `key =`, "true" for a bare key. Lent. */
const char *gm_config_get(const struct gm_config *config, const char *name);

/*
 * A size in bytes, with k, m or g (1024-based) behind it or nothing; `*out` keeps the caller's
 * default when the name is not set. GM_EINVALID when the value is no size.
 */
int gm_config_get_size(size_t *out, const struct gm_config *config, const char *name);

/* Every name and value, weakest file first. A negative return of the callback ends it. */
typedef int (*gm_config_each_fn)(const char *name, const char *value, void *payload);
int gm_config_each(const struct gm_config *config, gm_config_each_fn each, void *payload);

/* Check a name for gm_config_set_file(): GM_EINVALID with the reason. */
int gm_config_check_name(const char *name);

/*
 * Set a name in a file (made when absent), or remove it when `value` is NULL; everything
 * else in the file, comments too, stays byte for byte. Written atomically, under git's own
 * `FILE.lock`, so that writers wait for one another. Removing what is not set is GM_ENOTFOUND;
 * GM_ELOCKED after ten seconds of another's lock.
 */
int gm_config_set_file(const char *path, const char *name, const char *value);

GM_DEFINE_CLEANUP(struct gm_config, gm_config_free)

#endif
