/*
 * Where the bytes of a file of the index go while it is made: to a file, or to memory. They are
 * written once, from the first to the last, and summed up on the way.
 */
#ifndef GM_INDEX_SEGMENT_SINK_H
#define GM_INDEX_SEGMENT_SINK_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "index/file_sum.h"

struct gm_segment_sink {
	int fd;              /* -1: memory */
	const char *name;    /* for messages; lent */
	struct gm_buf bytes; /* all of them, or those not written yet */
	uint64_t size;       /* how many were put in */
	struct gm_file_sum sum;
};

#define gm_autosink gm_cleanup(gm_segment_sink_dispose) struct gm_segment_sink

/* `fd` stays the caller's. The file is not flushed to the device: all this can be made again. */
void gm_segment_sink_to_file(struct gm_segment_sink *out, int fd, const char *name);

/* What was put in is in `bytes` then. */
void gm_segment_sink_to_memory(struct gm_segment_sink *out);

/* As gm_write_all() and gm_buf_put() fail. */
int gm_segment_sink_put(struct gm_segment_sink *sink, const void *data, size_t size);

/* Put zeros until the size is a multiple of `alignment`, which is at most 64. */
int gm_segment_sink_align(struct gm_segment_sink *sink, size_t alignment);

/* Write what is not written yet. `sum_out` (may be NULL) is that of all bytes. */
int gm_segment_sink_finish(struct gm_segment_sink *sink, uint64_t *sum_out);

void gm_segment_sink_dispose(struct gm_segment_sink *sink);

#endif
