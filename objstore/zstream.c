#include "objstore/zstream.h"

#include "base/error.h"
#include "base/mem.h"

/* zlib counts in unsigned int. */
#define STEP_MAX ((size_t)1 << 30)
#define CHUNK_SIZE ((size_t)64 << 10)

/*
 * Level 1: a record of 450 bytes takes 9.4 us instead of 10.6 us at level 6 and is 1.5 %
 * larger; a loose one fills the same block of the file system either way.
 */
#define LEVEL 1

/* That of deflateInit(); codes alone need no table of what was seen, which a reset clears. */
#define MEMORY_LEVEL 8
#define MEMORY_LEVEL_HUFFMAN 5

static voidpf z_malloc(voidpf opaque, uInt n, uInt size)
{
	(void)opaque;
	return gm_malloc((size_t)n * size);
}

static void z_free(voidpf opaque, voidpf ptr)
{
	(void)opaque;
	gm_free(ptr);
}

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

int gm_inflate_start(struct gm_inflate *stream, const void *in, size_t size)
{
	int rc;

	stream->z.next_in = in;
	stream->z.avail_in = 0;
	if (stream->ready) {
		rc = inflateReset(&stream->z);
	} else {
		stream->z.zalloc = z_malloc;
		stream->z.zfree = z_free;
		rc = inflateInit(&stream->z);
	}
	if (rc == Z_MEM_ERROR)
		return GM_ENOMEM;
	if (rc != Z_OK)
		return gm_error(GM_ERROR, "cannot set up decompression");
	stream->ready = true;
	stream->size = stream->left = size;
	stream->done = false;
	return 0;
}

/* One call of zlib; `*n_out` counts what it made, false when nothing moved. */
static int step(bool *moved_out, size_t *n_out, struct gm_inflate *stream, size_t room)
{
	z_stream *z = &stream->z;

	if (!z->avail_in) {
		z->avail_in = (uInt)min_size(stream->left, STEP_MAX);
		stream->left -= z->avail_in;
	}
	uInt in_before = z->avail_in;
	uInt out_before = z->avail_out = (uInt)min_size(room, STEP_MAX);
	/* Z_FINISH spares zlib its window when one step does it all. */
	int rc = inflate(z, Z_FINISH);
	*n_out = out_before - z->avail_out;
	*moved_out = *n_out || z->avail_in != in_before;
	if (rc == Z_MEM_ERROR)
		return GM_ENOMEM;
	if (rc == Z_STREAM_END)
		stream->done = true;
	else if (rc != Z_OK && rc != Z_BUF_ERROR)
		return gm_error(GM_EMISMATCH, "compressed data is damaged");
	return 0;
}

int gm_inflate_some(size_t *n_out, struct gm_inflate *stream, void *out, size_t size)
{
	size_t made = 0;
	bool moved = true;

	stream->z.next_out = out;
	while (made < size && !stream->done && moved) {
		size_t n;
		int rc = step(&moved, &n, stream, size - made);
		if (rc < 0)
			return rc;
		made += n;
	}
	*n_out = made;
	return 0;
}

int gm_inflate_rest(struct gm_inflate *stream, void *out, size_t size)
{
	return gm_inflate_rest_within(stream, out, size, size + 1);
}

int gm_inflate_rest_within(struct gm_inflate *stream, void *out, size_t size, size_t room)
{
	size_t n;
	int rc = gm_inflate_some(&n, stream, out, room);

	if (rc < 0)
		return rc;
	if (n > size)
		return gm_error(GM_EMISMATCH, "it is larger than it says");
	if (!stream->done)
		return gm_error(GM_EMISMATCH, "compressed data is truncated");
	if (n < size)
		return gm_error(GM_EMISMATCH, "it is smaller than it says");
	return 0;
}

size_t gm_inflate_used(const struct gm_inflate *stream)
{
	return stream->size - stream->left - stream->z.avail_in;
}

bool gm_inflate_impossible(size_t size, size_t in_size)
{
	return size / 1032 > in_size;
}

void gm_inflate_dispose(struct gm_inflate *stream)
{
	if (stream->ready)
		(void)inflateEnd(&stream->z); /* only complains of streams never set up */
	stream->ready = false;
}

static int set_up(struct gm_deflate *stream)
{
	int rc;

	if (stream->ready) {
		rc = deflateReset(&stream->z);
	} else {
		stream->z.zalloc = z_malloc;
		stream->z.zfree = z_free;
		int memory = stream->strategy == Z_HUFFMAN_ONLY ? MEMORY_LEVEL_HUFFMAN
								: MEMORY_LEVEL;
		rc = deflateInit2(&stream->z, stream->level ? stream->level : LEVEL,
			Z_DEFLATED, MAX_WBITS, memory, stream->strategy);
	}
	if (rc == Z_MEM_ERROR)
		return GM_ENOMEM;
	if (rc != Z_OK)
		return gm_error(GM_ERROR, "cannot set up compression");
	stream->ready = true;
	return 0;
}

int gm_deflate_start(struct gm_deflate *stream)
{
	if (!stream->chunk)
		stream->chunk = gm_malloc(CHUNK_SIZE);
	if (!stream->chunk)
		return GM_ENOMEM;
	int rc = set_up(stream);
	if (rc < 0)
		return rc;
	stream->z.next_out = stream->chunk;
	stream->z.avail_out = CHUNK_SIZE;
	return 0;
}

/* Hand what is in the chunk to the sink and start the chunk anew. */
static int drain(struct gm_deflate *stream, gm_sink_fn sink, void *payload)
{
	size_t n = CHUNK_SIZE - stream->z.avail_out;
	int rc = n ? sink(stream->chunk, n, payload) : 0;

	stream->z.next_out = stream->chunk;
	stream->z.avail_out = CHUNK_SIZE;
	return rc;
}

int gm_deflate_write(struct gm_deflate *stream, const void *data, size_t size, bool last,
	gm_sink_fn sink, void *payload)
{
	z_stream *z = &stream->z;

	z->next_in = data;
	for (;;) {
		size_t part = min_size(size, STEP_MAX);
		bool finish = last && part == size;
		z->avail_in = (uInt)part;
		int rc = deflate(z, finish ? Z_FINISH : Z_NO_FLUSH);
		size -= part - z->avail_in;
		if (rc == Z_STREAM_END)
			return drain(stream, sink, payload);
		if (rc != Z_OK && rc != Z_BUF_ERROR)
			return gm_error(GM_ERROR, "cannot compress");
		if (!z->avail_out) {
			rc = drain(stream, sink, payload);
			if (rc < 0)
				return rc;
		} else if (!finish && !size) {
			return 0;
		}
	}
}

/* What deflateBound() says of a stream of any settings. */
size_t gm_deflate_bound(size_t size)
{
	return size + ((size + 7) >> 3) + ((size + 63) >> 6) + 11;
}

int gm_deflate_all(size_t *size_out, struct gm_deflate *stream, void *out,
	const void *data, size_t size)
{
	z_stream *z = &stream->z;
	int rc = set_up(stream);

	if (rc < 0)
		return rc;
	z->next_in = data;
	z->avail_in = (uInt)size;
	z->next_out = out;
	z->avail_out = (uInt)gm_deflate_bound(size);
	if (size > STEP_MAX || deflate(z, Z_FINISH) != Z_STREAM_END)
		return gm_error(GM_ERROR, "cannot compress");
	*size_out = (size_t)(z->next_out - (Bytef *)out);
	return 0;
}

void gm_deflate_dispose(struct gm_deflate *stream)
{
	if (stream->ready)
		(void)deflateEnd(
			&stream->z); /* says that data was dropped, as is meant */
	gm_free(stream->chunk);
	stream->chunk = NULL;
	stream->ready = false;
}
