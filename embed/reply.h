/*
 * What an endpoint answers: {"data": [{"index": 0, "embedding": [0.1, ...]}, ...]}.
 */
#ifndef GM_EMBED_REPLY_H
#define GM_EMBED_REPLY_H

#include "base/json.h"

/*
 * Read the answer to `n` texts: a JSON array of their vectors, in the order of the texts. NaN
 * and the like, which is no JSON but is written by some, becomes null. GM_EINVALID.
 */
int gm_reply_read(json_t **out, const char *text, size_t size, size_t n);

/* Append what an answer says of a failure, in one line of at most 200 bytes; nothing if so. */
int gm_reply_reason(struct gm_buf *out, const char *text, size_t size);

#endif
