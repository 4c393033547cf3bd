#include "objstore/pack_write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/mapping.h"
#include "base/seam.h"
#include "objstore/litter.h"
#include "objstore/pack_entry.h"
#include "objstore/pack_index.h"

#define BUFFER_SIZE ((size_t)256 << 10)

/* That of git. */
#define SQUEEZE_LEVEL 6

/* How much is written before the system is asked to begin flushing it. */
#define HEAD_START ((uint64_t)8 << 20)

struct gm_pack_writer {
	char *pack_dir;
	char *base; /* NULL until it is finished */
	struct gm_tempfile temp;
	struct gm_deflate deflate;
	struct gm_pack_record *records; /* in the order of the pack until the end */
	size_t n;
	size_t cap;
	uint32_t crc;    /* of the entry being written */
	uint64_t size;   /* with what stands in `buffer` */
	uint64_t pushed; /* up to here the system is flushing already */
	size_t used;
	uint8_t buffer[BUFFER_SIZE];
};

static int flush(struct gm_pack_writer *writer)
{
	if (!writer->used)
		return 0;
	int rc = gm_write_all(
		writer->temp.fd, writer->buffer, writer->used, writer->temp.path);

	if (rc < 0)
		return rc;
	writer->used = 0;
	if (writer->size - writer->pushed >= HEAD_START) {
		/* Only a head start: that it is flushed is gm_fsync()'s to say. */
		(void)sync_file_range(writer->temp.fd, (off_t)writer->pushed,
			(off_t)(writer->size - writer->pushed), SYNC_FILE_RANGE_WRITE);
		writer->pushed = writer->size;
	}
	return 0;
}

static int put(const void *data, size_t size, void *payload)
{
	struct gm_pack_writer *writer = payload;
	const uint8_t *at = data;

	writer->crc = (uint32_t)crc32(writer->crc, at, (uInt)size);
	while (size) {
		size_t room = BUFFER_SIZE - writer->used;
		size_t n = size < room ? size : room;
		memcpy(writer->buffer + writer->used, at, n);
		writer->used += n;
		writer->size += n;
		at += n;
		size -= n;
		if (writer->used == BUFFER_SIZE) {
			int rc = flush(writer);
			if (rc < 0)
				return rc;
		}
	}
	return 0;
}

static void make_header(uint8_t out[GM_PACK_HEADER_SIZE], uint32_t n)
{
	memcpy(out, "PACK\0\0\0\2", 8);
	gm_put_be32(out + 8, n);
}

static int open_temp(struct gm_pack_writer *writer)
{
	int rc = gm_mkdirs(writer->pack_dir);

	if (rc == 0)
		rc = gm_tempfile_open(
			&writer->temp, writer->pack_dir, GM_TEMP_PACK, 0444);
	if (rc == 0)
		/* Where there are no locks, nobody can take it for litter either. */
		(void)flock(writer->temp.fd, LOCK_EX | LOCK_NB);
	return rc;
}

int gm_pack_writer_open(struct gm_pack_writer **out, const char *objects_dir)
{
	gm_cleanup(gm_pack_writer_free_p) struct gm_pack_writer *writer =
		gm_malloc(sizeof(*writer));

	if (!writer)
		return GM_ENOMEM;
	memset(writer, 0, offsetof(struct gm_pack_writer, buffer));
	writer->temp.fd = -1;
	writer->pack_dir = gm_path_join(objects_dir, "pack");
	if (!writer->pack_dir)
		return GM_ENOMEM;
	int rc = gm_litter_remove(objects_dir, writer->pack_dir);
	if (rc == 0)
		rc = open_temp(writer);
	if (rc < 0)
		return rc;
	/* The count is filled in at the end. */
	make_header(writer->buffer, 0);
	writer->size = writer->used = GM_PACK_HEADER_SIZE;
	*out = gm_steal(&writer);
	return 0;
}

void gm_pack_writer_squeeze(struct gm_pack_writer *writer)
{
	writer->deflate.level = SQUEEZE_LEVEL;
}

void gm_pack_writer_free(struct gm_pack_writer *writer)
{
	if (!writer)
		return;
	gm_tempfile_dispose(&writer->temp);
	gm_deflate_dispose(&writer->deflate);
	gm_free(writer->records);
	gm_free(writer->pack_dir);
	gm_free(writer->base);
	gm_free(writer);
}

/* One entry: what stands before the data, then the data, compressed. */
static int add_entry(struct gm_pack_writer *writer, const struct gm_oid *oid,
	const uint8_t *header, size_t header_size, const void *data, size_t size)
{
	uint64_t offset = writer->size;

	if (writer->n == UINT32_MAX)
		return gm_error(GM_ETOOBIG, "more than %zu objects in a pack", writer->n);
	int rc = gm_grow(
		&writer->records, &writer->cap, writer->n + 1, sizeof(*writer->records));
	if (rc < 0)
		return rc;
	writer->crc = (uint32_t)crc32(0, NULL, 0);
	rc = put(header, header_size, writer);
	if (rc == 0)
		rc = gm_deflate_start(&writer->deflate);
	if (rc == 0)
		rc = gm_deflate_write(&writer->deflate, data, size, true, put, writer);
	if (rc < 0)
		return rc;
	writer->records[writer->n++] = (struct gm_pack_record){
		.oid = *oid, .crc = writer->crc, .offset = offset};
	return 0;
}

int gm_pack_writer_add(struct gm_pack_writer *writer, const struct gm_oid *oid,
	enum gm_object_type type, const void *data, size_t size)
{
	uint8_t header[GM_PACK_ENTRY_HEADER_MAX];

	return add_entry(writer, oid, header, gm_pack_entry_header(header, type, size),
		data, size);
}

int gm_pack_writer_add_delta(struct gm_pack_writer *writer, const struct gm_oid *oid,
	size_t base, const void *delta, size_t size)
{
	uint8_t header[GM_PACK_ENTRY_HEADER_MAX];
	uint64_t distance = writer->size - writer->records[base].offset;

	return add_entry(writer, oid, header,
		gm_pack_entry_delta_header(header, size, distance), delta, size);
}

size_t gm_pack_writer_n(const struct gm_pack_writer *writer)
{
	return writer->n;
}

int gm_pack_writer_read(struct gm_buf *out, enum gm_object_type *type_out,
	struct gm_pack_writer *writer, struct gm_inflate *inflate, size_t at)
{
	struct gm_pack_entry entry;
	const uint8_t *bytes;
	uint64_t end = at + 1 < writer->n ? writer->records[at + 1].offset : writer->size;
	int rc = flush(writer);

	gm_buf_reset(out);
	if (rc == 0)
		rc = gm_map_fd(
			&bytes, writer->temp.fd, (size_t)writer->size, writer->temp.path);
	if (rc < 0)
		return rc;
	rc = gm_pack_entry_parse(&entry, bytes, end, writer->records[at].offset);
	if (rc == 0)
		rc = gm_pack_entry_inflate(out, inflate, &entry);
	if (rc == 0)
		*type_out = entry.type;
	(void)munmap(
		(void *)(uintptr_t)bytes, (size_t)writer->size); /* as mapped above */
	return rc;
}

static int write_at(
	struct gm_pack_writer *writer, uint64_t offset, const void *data, size_t size)
{
	if (lseek(writer->temp.fd, (off_t)offset, SEEK_SET) < 0)
		return gm_error_errno("cannot write '%s'", writer->temp.path);
	return gm_write_all(writer->temp.fd, data, size, writer->temp.path);
}

/* The count stands in the first block, so the whole pack is hashed when it is known. */
static int hash_file(uint8_t out[GM_SHA1_SIZE], struct gm_pack_writer *writer)
{
	struct gm_sha1 sha1;

	gm_sha1_init(&sha1);
	for (uint64_t done = 0; done < writer->size;) {
		ssize_t n =
			pread(writer->temp.fd, writer->buffer, BUFFER_SIZE, (off_t)done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return gm_error_errno("cannot read '%s'", writer->temp.path);
		if (n == 0)
			return gm_error(
				GM_ERROR, "'%s' was truncated", writer->temp.path);
		gm_sha1_update(&sha1, writer->buffer, (size_t)n);
		done += (uint64_t)n;
		int rc = gm_interrupted();
		if (rc < 0)
			return rc;
	}
	gm_sha1_final(out, &sha1);
	return 0;
}

/* Header and checksum; the pack is complete then, and flushed. */
static int complete_pack(uint8_t checksum[GM_SHA1_SIZE], struct gm_pack_writer *writer)
{
	uint8_t header[GM_PACK_HEADER_SIZE];
	int rc = flush(writer);

	make_header(header, (uint32_t)writer->n);
	if (rc == 0)
		rc = write_at(writer, 0, header, sizeof(header));
	if (rc == 0)
		rc = hash_file(checksum, writer);
	if (rc == 0)
		rc = write_at(writer, writer->size, checksum, GM_SHA1_SIZE);
	return rc < 0 ? rc : gm_fsync(writer->temp.fd, writer->temp.path);
}

static int compare_records(const void *a, const void *b)
{
	const struct gm_pack_record *x = a;
	const struct gm_pack_record *y = b;

	return gm_oid_compare(&x->oid, &y->oid);
}

static int write_index(struct gm_tempfile *out, struct gm_pack_writer *writer,
	const uint8_t checksum[GM_SHA1_SIZE])
{
	if (writer->n)
		qsort(writer->records, writer->n, sizeof(*writer->records),
			compare_records);
	int rc = gm_tempfile_open(out, writer->pack_dir, GM_TEMP_INDEX, 0444);
	if (rc == 0)
		rc = gm_pack_index_write(
			out->fd, out->path, writer->records, writer->n, checksum);
	return rc < 0 ? rc : gm_fsync(out->fd, out->path);
}

/* The pack first: a reader must never see an index without its pack. */
static int publish(struct gm_pack_writer *writer, struct gm_tempfile *index,
	const char *pack_path, const char *index_path)
{
	int rc = gm_rename(writer->temp.path, pack_path);

	if (rc < 0)
		return rc;
	gm_tempfile_forget(&writer->temp);
	rc = gm_fsync_dir(writer->pack_dir);
	if (rc == 0)
		rc = gm_rename(index->path, index_path);
	if (rc < 0) {
		/* The same pack, index and all, may have been there before. */
		if (!gm_path_exists(index_path))
			/* Best effort: nobody looks at it. */
			(void)gm_sys_unlink(pack_path);
		return rc;
	}
	gm_tempfile_forget(index);
	return gm_fsync_dir(writer->pack_dir);
}

int gm_pack_writer_finish(struct gm_pack_keep *keep_out, struct gm_pack_writer *writer)
{
	gm_autotempfile index = GM_TEMPFILE_INIT;
	gm_autopackkeep keep = GM_PACK_KEEP_INIT;
	struct gm_oid checksum;
	char name[GM_OID_HEX];
	int rc = complete_pack(checksum.bytes, writer);

	if (rc == 0)
		rc = write_index(&index, writer, checksum.bytes);
	if (rc < 0)
		return rc;
	gm_oid_format(name, &checksum);
	writer->base = gm_format("%s/pack-%s", writer->pack_dir, name);
	gm_autofree char *pack_path =
		writer->base ? gm_format("%s.pack", writer->base) : NULL;
	gm_autofree char *index_path =
		writer->base ? gm_format("%s.idx", writer->base) : NULL;
	if (!pack_path || !index_path)
		return GM_ENOMEM;
	rc = gm_pack_keep_take(&keep, writer->pack_dir, name);
	if (rc == 0)
		rc = publish(writer, &index, pack_path, index_path);
	if (rc < 0)
		return rc;
	*keep_out = keep;
	keep = (struct gm_pack_keep)GM_PACK_KEEP_INIT;
	return 0;
}

const char *gm_pack_writer_base(const struct gm_pack_writer *writer)
{
	return writer->base;
}
