#include "index/segment_sink.h"

#include "base/file.h"

/* What is put in bit by bit goes to a file in writes of this size. */
#define BUFFERED ((size_t)256 << 10)

static const struct gm_buf no_bytes = GM_BUF_INIT(GM_BUF_LARGE);

void gm_segment_sink_to_file(struct gm_segment_sink *out, int fd, const char *name)
{
	*out = (struct gm_segment_sink){.fd = fd, .name = name, .bytes = no_bytes};
	gm_file_sum_init(&out->sum);
}

void gm_segment_sink_to_memory(struct gm_segment_sink *out)
{
	gm_segment_sink_to_file(out, -1, NULL);
}

static int flush(struct gm_segment_sink *sink)
{
	int rc = sink->bytes.size
		? gm_write_all(sink->fd, sink->bytes.ptr, sink->bytes.size, sink->name)
		: 0;

	gm_buf_reset(&sink->bytes);
	return rc;
}

int gm_segment_sink_put(struct gm_segment_sink *sink, const void *data, size_t size)
{
	int rc = 0;

	gm_file_sum_add(&sink->sum, data, size);
	sink->size += size;
	if (sink->fd >= 0 && sink->bytes.size + size > BUFFERED)
		rc = flush(sink);
	if (rc == 0 && sink->fd >= 0 && size > BUFFERED)
		return gm_write_all(sink->fd, data, size, sink->name);
	return rc < 0 ? rc : gm_buf_put(&sink->bytes, data, size);
}

int gm_segment_sink_align(struct gm_segment_sink *sink, size_t alignment)
{
	static const char zeros[64];
	size_t over = (size_t)(sink->size % alignment);

	return over ? gm_segment_sink_put(sink, zeros, alignment - over) : 0;
}

int gm_segment_sink_finish(struct gm_segment_sink *sink, uint64_t *sum_out)
{
	int rc = sink->fd >= 0 ? flush(sink) : 0;

	if (rc == 0 && sum_out)
		*sum_out = gm_file_sum_get(&sink->sum);
	return rc;
}

void gm_segment_sink_dispose(struct gm_segment_sink *sink)
{
	gm_buf_dispose(&sink->bytes);
}
