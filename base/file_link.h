/*
 * A second name for a file that never changes, or a copy of it where there can be none.
 */
#ifndef GM_BASE_FILE_LINK_H
#define GM_BASE_FILE_LINK_H

#include <stdbool.h>
#include <stdint.h>

struct gm_link_result {
	bool is_copy;
	uint64_t size;
};

/*
 * Make `to`, which must not exist, the regular file `from`. It is copied, and flushed, where
 * the file system has no links, `to` is on another one, or the file belongs to another user,
 * who could change it later. The folder is not flushed.
 * Returns GM_ENOTFOUND, without a message, when there is no such file, GM_EMISMATCH when it
 * is no regular one, GM_EINTERRUPTED when a signal came while copying.
 */
int gm_file_link(struct gm_link_result *out, const char *to, const char *from);

#endif
