/*
 * The key of an endpoint. It comes from a file or from the environment, is sent to the endpoint
 * and nowhere else, and stands in no message.
 */
#ifndef GM_EMBED_KEY_H
#define GM_EMBED_KEY_H

#include <stdbool.h>

#include "base/buf.h"

#define GM_KEY_MAX 4096

struct gm_key {
	char text[GM_KEY_MAX + 1]; /* "": there is none */
};

#define gm_autokey gm_cleanup(gm_key_dispose) struct gm_key

/*
 * Read the first line of `file`, or else the environment variable `variable`; NULL: not there.
 * GM_EINVALID when it is empty or cannot be a key.
 */
int gm_key_read(struct gm_key *out, const char *file, const char *variable);
void gm_key_dispose(struct gm_key *key);

/* Append `text` with each occurrence of the key blotted out. */
int gm_key_blot(struct gm_buf *out, const struct gm_key *key, const char *text);

#endif
