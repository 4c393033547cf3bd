/*
 * zlib (RFC 1950) in bounded steps, over memory. A stream is made at its first use and reset
 * for each further one, because setting one up costs more than a small object does.
 */
#ifndef GM_OBJSTORE_ZSTREAM_H
#define GM_OBJSTORE_ZSTREAM_H

#ifndef ZLIB_CONST
#define ZLIB_CONST
#endif
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <zlib.h>

struct gm_inflate {
	z_stream z;
	size_t size; /* of the input as a whole */
	size_t left; /* of it, not yet shown to zlib */
	bool ready;
	bool done;
};

/* Begin with `in`, which must stay until the last step. */
int gm_inflate_start(struct gm_inflate *stream, const void *in, size_t size);

/*
 * Inflate until `size` bytes stand in `out` or the stream or its input ends. Returns
 * GM_EMISMATCH for damaged data. Every step makes progress or stops.
 */
int gm_inflate_some(size_t *n_out, struct gm_inflate *stream, void *out, size_t size);

/*
 * Inflate exactly `size` bytes, with which the stream must end; GM_EMISMATCH otherwise.
 * `out` has room for one byte more, by which a lie is noticed.
 */
int gm_inflate_rest(struct gm_inflate *stream, void *out, size_t size);

/*
 * The same with `room` bytes, more than `size`: zlib takes the short way as long as it has some
 * 260 bytes more than it needs.
 */
int gm_inflate_rest_within(
	struct gm_inflate *stream, void *out, size_t size, size_t room);

/* Bytes of input used up so far. */
size_t gm_inflate_used(const struct gm_inflate *stream);

/* True when no `in_size` bytes inflate to that much: 1032:1 is deflate's limit. */
bool gm_inflate_impossible(size_t size, size_t in_size);

void gm_inflate_dispose(struct gm_inflate *stream);

struct gm_deflate {
	z_stream z;
	int level;    /* set before the first start; 0 is the fast one */
	int strategy; /* that of zlib, set before the first start */
	uint8_t *chunk;
	bool ready;
};

/* Takes a piece of compressed data. A negative return ends it and is returned. */
typedef int (*gm_sink_fn)(const void *data, size_t size, void *payload);

int gm_deflate_start(struct gm_deflate *stream);

/* Compress `data`; with `last` the stream is finished. */
int gm_deflate_write(struct gm_deflate *stream, const void *data, size_t size, bool last,
	gm_sink_fn sink, void *payload);

/* How much room gm_deflate_all() may need for `size` bytes. */
size_t gm_deflate_bound(size_t size);

/*
 * Compress all of `data` into `out`, which has room for gm_deflate_bound(). No memory is asked
 * for but at the first use.
 */
int gm_deflate_all(size_t *size_out, struct gm_deflate *stream, void *out,
	const void *data, size_t size);

void gm_deflate_dispose(struct gm_deflate *stream);

#endif
