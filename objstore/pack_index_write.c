#include "objstore/pack_write.h"

#include <string.h>

#include "base/file.h"
#include "objstore/pack_index.h"

/* Offsets from here on go to the table of 64-bit ones. */
#define LARGE UINT64_C(0x80000000)

struct sink {
	int fd;
	const char *name;
	struct gm_sha1 sha1;
	size_t used;
	uint8_t bytes[16384];
};

static int flush(struct sink *sink)
{
	gm_sha1_update(&sink->sha1, sink->bytes, sink->used);
	int rc = gm_write_all(sink->fd, sink->bytes, sink->used, sink->name);
	sink->used = 0;
	return rc;
}

static int put(struct sink *sink, const void *data, size_t size)
{
	if (sink->used + size > sizeof(sink->bytes)) {
		int rc = flush(sink);
		if (rc < 0)
			return rc;
	}
	memcpy(sink->bytes + sink->used, data, size);
	sink->used += size;
	return 0;
}

static int put32(struct sink *sink, uint32_t value)
{
	uint8_t bytes[4];

	gm_put_be32(bytes, value);
	return put(sink, bytes, sizeof(bytes));
}

static int put_fanout(struct sink *sink, const struct gm_pack_record *records, size_t n)
{
	size_t count = 0;

	for (unsigned first = 0; first < 256; first++) {
		while (count < n && records[count].oid.bytes[0] == first)
			count++;
		int rc = put32(sink, (uint32_t)count);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int put_offsets(struct sink *sink, const struct gm_pack_record *records, size_t n)
{
	uint32_t n_large = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		uint64_t offset = records[i].offset;
		rc = put32(sink,
			offset < LARGE ? (uint32_t)offset : (uint32_t)LARGE | n_large++);
	}
	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (records[i].offset < LARGE)
			continue;
		rc = put32(sink, (uint32_t)(records[i].offset >> 32));
		if (rc == 0)
			rc = put32(sink, (uint32_t)records[i].offset);
	}
	return rc;
}

static int put_tables(struct sink *sink, const struct gm_pack_record *records, size_t n)
{
	int rc = put(sink, "\377tOc\0\0\0\2", 8);

	if (rc == 0)
		rc = put_fanout(sink, records, n);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = put(sink, records[i].oid.bytes, GM_OID_SIZE);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = put32(sink, records[i].crc);
	return rc < 0 ? rc : put_offsets(sink, records, n);
}

int gm_pack_index_write(int fd, const char *name, const struct gm_pack_record *records,
	size_t n, const uint8_t pack_checksum[GM_SHA1_SIZE])
{
	struct sink sink = {.fd = fd, .name = name};
	uint8_t checksum[GM_SHA1_SIZE];

	gm_sha1_init(&sink.sha1);
	int rc = put_tables(&sink, records, n);
	if (rc == 0)
		rc = put(&sink, pack_checksum, GM_SHA1_SIZE);
	if (rc == 0)
		rc = flush(&sink);
	if (rc < 0)
		return rc;
	gm_sha1_final(checksum, &sink.sha1);
	return gm_write_all(fd, checksum, sizeof(checksum), name);
}
