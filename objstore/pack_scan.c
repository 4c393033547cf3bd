#include "objstore/pack_scan.h"

#include <string.h>

#include "base/error.h"
#include "objstore/pack_entry.h"

/* The codes that are no object types. */
#define OFS_DELTA 6
#define REF_DELTA 7

/* What a delta begins with: two sizes, seven bits in a byte. */
#define SIZES_MAX 20

#define WINDOW ((size_t)32 << 10)

enum state {
	IN_HEADER,
	AT_ENTRY,
	IN_SIZE,
	IN_DISTANCE, /* to the base of a delta */
	IN_NAME,     /* of the base of a delta */
	IN_DATA,
	IN_TRAILER,
	AT_END,
};

struct gm_pack_scan {
	enum state state;
	size_t max_size;
	uint32_t n;    /* objects */
	uint32_t left; /* of them still to come */
	uint8_t fixed[GM_PACK_HEADER_SIZE];
	size_t n_fixed; /* bytes so far of what has a fixed size */
	unsigned type;
	unsigned shift;
	uint64_t size; /* as the entry says */
	uint64_t inflated;
	uint8_t sizes[SIZES_MAX]; /* the beginning of a delta */
	z_stream z;
	bool has_stream;
	uint8_t window[WINDOW];
};

static int damaged(const char *what)
{
	return gm_error(GM_EMISMATCH, "the pack is damaged: %s", what);
}

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

int gm_pack_scan_new(struct gm_pack_scan **out, size_t max_size)
{
	gm_cleanup(gm_pack_scan_free_p) struct gm_pack_scan *scan =
		gm_calloc(1, sizeof(*scan));

	if (!scan)
		return GM_ENOMEM;
	scan->max_size = max_size;
	scan->z.zalloc = z_malloc;
	scan->z.zfree = z_free;
	if (inflateInit(&scan->z) != Z_OK)
		return gm_error(GM_ENOMEM, "out of memory");
	scan->has_stream = true;
	*out = gm_steal(&scan);
	return 0;
}

void gm_pack_scan_free(struct gm_pack_scan *scan)
{
	if (!scan)
		return;
	if (scan->has_stream)
		(void)inflateEnd(&scan->z); /* only says that it was not at the end */
	gm_free(scan);
}

static bool is_delta(const struct gm_pack_scan *scan)
{
	return scan->type == OFS_DELTA || scan->type == REF_DELTA;
}

static int check_size(const struct gm_pack_scan *scan, uint64_t size)
{
	if (size > scan->max_size)
		return gm_error(GM_ETOOBIG,
			"the pack has an object of more than %zu bytes", scan->max_size);
	return 0;
}

static void next_entry(struct gm_pack_scan *scan)
{
	scan->state = scan->left ? AT_ENTRY : IN_TRAILER;
	scan->n_fixed = 0;
}

/* The bytes of what has a fixed size; true when the last of them has come. */
static bool take_fixed(struct gm_pack_scan *scan, const uint8_t **at, const uint8_t *end,
	size_t wanted, bool keep)
{
	size_t n = (size_t)(end - *at);

	if (n > wanted - scan->n_fixed)
		n = wanted - scan->n_fixed;
	if (keep)
		memcpy(scan->fixed + scan->n_fixed, *at, n);
	scan->n_fixed += n;
	*at += n;
	return scan->n_fixed == wanted;
}

static uint32_t read_u32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 |
		at[3];
}

static int read_header(struct gm_pack_scan *scan)
{
	uint32_t version = read_u32(scan->fixed + 4);

	if (memcmp(scan->fixed, "PACK", 4) != 0)
		return damaged("it does not begin as one");
	if (version != 2 && version != 3)
		return damaged("its version is not known");
	scan->n = scan->left = read_u32(scan->fixed + 8);
	next_entry(scan);
	return 0;
}

static int start_data(struct gm_pack_scan *scan)
{
	if (inflateReset(&scan->z) != Z_OK)
		return gm_error(GM_ERROR, "cannot set up decompression");
	scan->state = IN_DATA;
	scan->inflated = 0;
	return check_size(scan, scan->size);
}

/* The sizes are known: where the base is, if there is one, comes next. */
static int end_size(struct gm_pack_scan *scan)
{
	scan->n_fixed = 0;
	switch (scan->type) {
	case GM_OBJECT_COMMIT:
	case GM_OBJECT_TREE:
	case GM_OBJECT_BLOB:
	case GM_OBJECT_TAG:
		return start_data(scan);
	case OFS_DELTA:
		scan->state = IN_DISTANCE;
		return 0;
	case REF_DELTA:
		scan->state = IN_NAME;
		return 0;
	default:
		return damaged("an entry has a type that does not exist");
	}
}

static int take_entry(struct gm_pack_scan *scan, uint8_t byte)
{
	scan->left--;
	scan->type = byte >> 4 & 7;
	scan->size = byte & 15;
	scan->shift = 4;
	scan->state = IN_SIZE;
	return byte & 0x80 ? 0 : end_size(scan);
}

static int take_size(struct gm_pack_scan *scan, uint8_t byte)
{
	if (scan->shift > 56)
		return damaged("an entry has no size");
	scan->size |= (uint64_t)(byte & 0x7f) << scan->shift;
	scan->shift += 7;
	return byte & 0x80 ? 0 : end_size(scan);
}

static int take_distance(struct gm_pack_scan *scan, uint8_t byte)
{
	if (++scan->n_fixed > 9)
		return damaged("a delta has no base");
	return byte & 0x80 ? 0 : start_data(scan);
}

/* One of the sizes a delta begins with. */
static bool read_delta_size(uint64_t *out, size_t *at, const struct gm_pack_scan *scan)
{
	*out = 0;
	for (unsigned shift = 0; shift <= 56; shift += 7) {
		if (*at == SIZES_MAX || *at == scan->inflated)
			return false;
		uint8_t byte = scan->sizes[(*at)++];
		*out |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

/* What the delta makes must be within bounds, and what it is made of. */
static int check_delta(const struct gm_pack_scan *scan)
{
	uint64_t base, result;
	size_t at = 0;

	if (!read_delta_size(&base, &at, scan) || !read_delta_size(&result, &at, scan))
		return damaged("a delta says no sizes");
	int rc = check_size(scan, base);
	return rc < 0 ? rc : check_size(scan, result);
}

static int end_data(struct gm_pack_scan *scan)
{
	int rc = 0;

	if (scan->inflated != scan->size)
		return damaged("an entry is shorter than it says");
	if (is_delta(scan))
		rc = check_delta(scan);
	next_entry(scan);
	return rc;
}

/* Keep the beginning of a delta. */
static void keep_sizes(struct gm_pack_scan *scan, size_t n)
{
	size_t room = scan->inflated < SIZES_MAX ? SIZES_MAX - (size_t)scan->inflated : 0;

	if (room && is_delta(scan))
		memcpy(scan->sizes + scan->inflated, scan->window, n < room ? n : room);
}

static int take_data(struct gm_pack_scan *scan, const uint8_t **at, const uint8_t *end)
{
	z_stream *z = &scan->z;
	size_t given = (size_t)(end - *at) < WINDOW ? (size_t)(end - *at) : WINDOW;

	z->next_in = *at;
	z->avail_in = (uInt)given;
	z->next_out = scan->window;
	z->avail_out = (uInt)WINDOW;
	int rc = inflate(z, Z_NO_FLUSH);
	size_t made = WINDOW - z->avail_out;
	if (rc == Z_MEM_ERROR)
		return gm_error(GM_ENOMEM, "out of memory");
	if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
		return damaged("compressed data is broken");
	if (rc != Z_STREAM_END && !made && z->avail_in == given)
		return damaged("compressed data leads nowhere");
	*at += given - z->avail_in;
	keep_sizes(scan, made);
	scan->inflated += made;
	if (scan->inflated > scan->size)
		return damaged("an entry is longer than it says");
	return rc == Z_STREAM_END ? end_data(scan) : 0;
}

static int take(struct gm_pack_scan *scan, const uint8_t **at, const uint8_t *end)
{
	switch (scan->state) {
	case IN_HEADER:
		return take_fixed(scan, at, end, GM_PACK_HEADER_SIZE, true)
			? read_header(scan)
			: 0;
	case AT_ENTRY:
		return take_entry(scan, *(*at)++);
	case IN_SIZE:
		return take_size(scan, *(*at)++);
	case IN_DISTANCE:
		return take_distance(scan, *(*at)++);
	case IN_NAME:
		return take_fixed(scan, at, end, GM_OID_SIZE, false) ? start_data(scan)
								     : 0;
	case IN_DATA:
		return take_data(scan, at, end);
	case IN_TRAILER:
		if (take_fixed(scan, at, end, GM_PACK_TRAILER_SIZE, false))
			scan->state = AT_END;
		return 0;
	case AT_END:
	default:
		return damaged("something stands behind it");
	}
}

int gm_pack_scan_put(struct gm_pack_scan *scan, const void *data, size_t size)
{
	const uint8_t *at = data;
	const uint8_t *end = at + size;
	int rc = 0;

	while (rc == 0 && at < end)
		rc = take(scan, &at, end);
	return rc;
}

int gm_pack_scan_end(const struct gm_pack_scan *scan)
{
	return scan->state == AT_END ? 0 : damaged("it ends too early");
}

size_t gm_pack_scan_n(const struct gm_pack_scan *scan)
{
	return scan->n;
}
