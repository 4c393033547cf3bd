#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "objstore/crc32c.h"
#include "objstore/segment_index.h"

#define BUFFER_SIZE ((size_t)256 << 10)

/* Bytes on their way into the file, and their checksum. */
struct sink {
	struct gm_tempfile temp;
	struct gm_buf buffer;
	uint32_t crc;
};

static int flush(struct sink *sink)
{
	sink->crc = gm_crc32c(sink->crc, sink->buffer.ptr, sink->buffer.size);
	int rc = gm_write_all(
		sink->temp.fd, sink->buffer.ptr, sink->buffer.size, sink->temp.path);
	gm_buf_reset(&sink->buffer);
	return rc;
}

static int put(struct sink *sink, const void *data, size_t size)
{
	int rc = 0;

	if (sink->buffer.size + size > BUFFER_SIZE)
		rc = flush(sink);
	return rc < 0 ? rc : gm_buf_put(&sink->buffer, data, size);
}

static int put_number(struct sink *sink, uint64_t value, size_t size)
{
	uint8_t bytes[8];

	gm_put_le64(bytes, value);
	return put(sink, bytes, size);
}

static int compare_oids(const void *a, const void *b)
{
	const struct gm_index_entry *x = a;
	const struct gm_index_entry *y = b;
	int order = gm_oid_compare(&x->oid, &y->oid);

	/* Places of one segment go up with time, and newer segments have greater numbers. */
	return order ? order : (x->place > y->place) - (x->place < y->place);
}

/* Part them by their first byte; `ends` is set to where each part ends. */
static void part_entries(struct gm_index_entry *entries, size_t n, size_t ends[256])
{
	size_t next[256] = {0};
	size_t end = 0;

	for (size_t i = 0; i < n; i++)
		next[entries[i].oid.bytes[0]]++;
	for (size_t byte = 0; byte < 256; byte++) {
		size_t start = end;
		end += next[byte];
		ends[byte] = end;
		next[byte] = start;
	}
	for (size_t byte = 0; byte < 256; byte++) {
		while (next[byte] < ends[byte]) {
			struct gm_index_entry entry = entries[next[byte]];
			size_t to = next[entry.oid.bytes[0]]++;
			if (entry.oid.bytes[0] == byte)
				continue;
			entries[next[byte]] = entries[to];
			entries[to] = entry;
		}
	}
}

/* In parts, as to sort the whole would take its size in memory again. */
static size_t sort_entries(struct gm_index_entry *entries, size_t n)
{
	size_t ends[256];
	size_t kept = 0;
	size_t start = 0;

	part_entries(entries, n, ends);
	for (size_t byte = 0; byte < 256; start = ends[byte++])
		if (ends[byte] - start > 1)
			qsort(entries + start, ends[byte] - start, sizeof(*entries),
				compare_oids);
	for (size_t i = 0; i < n; i++) {
		if (kept && gm_oid_equal(&entries[kept - 1].oid, &entries[i].oid))
			kept--;
		entries[kept++] = entries[i];
	}
	return kept;
}

static int put_header(struct sink *sink, uint32_t n)
{
	uint8_t header[16] = {'g', 'm', 'i', 'd', 'x', 0, 0, 1};

	gm_put_le32(header + 8, n);
	gm_put_le32(header + 12, gm_crc32c(0, header, 12));
	return put(sink, header, sizeof(header));
}

/* Where the names with each first byte end, what their checksum is, and one of all that. */
static int put_fanout(struct sink *sink, const struct gm_index_entry *entries, size_t n)
{
	uint8_t table[GM_INDEX_TABLE_SIZE];
	uint8_t *sums = table + 256 * 4;
	size_t at = 0;

	for (size_t byte = 0; byte < 256; byte++) {
		uint32_t crc = 0;
		for (; at < n && entries[at].oid.bytes[0] <= byte; at++)
			crc = gm_crc32c(crc, entries[at].oid.bytes, GM_OID_SIZE);
		gm_put_le32(table + byte * 4, (uint32_t)at);
		gm_put_le32(sums + byte * 4, crc);
	}
	gm_put_le32(sums + 256 * 4, gm_crc32c(0, table, sizeof(table) - 4));
	return put(sink, table, sizeof(table));
}

/* Numbers of entries are sorted; what they number comes along. */
static int compare_ranks(const void *a, const void *b, void *payload)
{
	const struct gm_index_entry *entries = payload;
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;
	int order = memcmp(entries[x].sha256, entries[y].sha256, GM_SHA256_SIZE);

	return order ? order : (x > y) - (x < y);
}

static int put_ranks(struct sink *sink, struct gm_index_entry *entries, size_t n)
{
	gm_autofree uint32_t *ranks = gm_malloc(n * sizeof(*ranks));
	int rc = 0;

	if (!ranks)
		return GM_ENOMEM;
	for (size_t i = 0; i < n; i++)
		ranks[i] = (uint32_t)i;
	if (n)
		qsort_r(ranks, n, sizeof(*ranks), compare_ranks, entries);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = put_number(sink, ranks[i], 4);
	return rc;
}

static int put_all(struct sink *sink, struct gm_index_entry *entries, size_t n)
{
	int rc = put_header(sink, (uint32_t)n);

	if (rc == 0)
		rc = put_fanout(sink, entries, n);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = put(sink, entries[i].oid.bytes, GM_OID_SIZE);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = put(sink, entries[i].sha256, GM_SHA256_SIZE);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = put_number(sink, entries[i].place, 8);
	if (rc == 0)
		rc = put_ranks(sink, entries, n);
	if (rc == 0)
		rc = flush(sink);
	if (rc == 0)
		rc = put_number(sink, sink->crc, 4);
	return rc < 0 ? rc : flush(sink);
}

int gm_segment_index_write(const char *dir, const char *name,
	struct gm_index_entry *entries, size_t *n, struct gm_flushes *later)
{
	gm_autofree char *path = gm_path_join(dir, name);
	struct sink sink = {
		.temp = GM_TEMPFILE_INIT, .buffer = GM_BUF_INIT(BUFFER_SIZE), .crc = 0};

	if (!path)
		return GM_ENOMEM;
	if (*n > UINT32_MAX)
		return gm_error(
			GM_ETOOBIG, "more than %u objects in an index", UINT32_MAX);
	*n = sort_entries(entries, *n);
	int rc = gm_tempfile_open(&sink.temp, dir, "tmp-", 0666);
	if (rc == 0)
		rc = put_all(&sink, entries, *n);
	if (rc == 0)
		rc = gm_store_file_commit(&sink.temp, path, later);
	gm_tempfile_dispose(&sink.temp);
	gm_buf_dispose(&sink.buffer);
	return rc;
}
