#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "objstore/crc32c.h"
#include "objstore/name_map_file.h"
#include "objstore/segment_record.h"

static int compare_oids(const void *a, const void *b)
{
	const struct gm_name_entry *x = a, *y = b;

	return gm_oid_compare(&x->oid, &y->oid);
}

/* Of those with the same id one is kept. */
static size_t sort_entries(struct gm_name_entry *entries, size_t n)
{
	size_t kept = 0;

	qsort(entries, n, sizeof(*entries), compare_oids);
	for (size_t i = 0; i < n; i++)
		if (!kept || !gm_oid_equal(&entries[kept - 1].oid, &entries[i].oid))
			entries[kept++] = entries[i];
	return kept;
}

static int put_number(struct gm_buf *out, size_t value)
{
	uint8_t bytes[4];

	gm_put_le32(bytes, (uint32_t)value);
	return gm_buf_put(out, bytes, sizeof(bytes));
}

static int put_header(struct gm_buf *out, size_t n)
{
	uint8_t header[16] = {'g', 'm', 'n', 'a', 'm', 0, 0, 1};

	gm_put_le32(header + 8, (uint32_t)n);
	gm_put_le32(header + 12, gm_crc32c(0, header, 12));
	return gm_buf_put(out, header, sizeof(header));
}

static int put_fanout(struct gm_buf *out, const struct gm_name_entry *entries, size_t n)
{
	size_t at = 0;
	int rc = 0;

	for (unsigned byte = 0; rc == 0 && byte < 256; byte++) {
		while (at < n && entries[at].oid.bytes[0] <= byte)
			at++;
		rc = put_number(out, at);
	}
	return rc;
}

static int compare_names(const void *a, const void *b)
{
	const struct gm_name_entry *const *x = a, *const *y = b;

	return memcmp((*x)->sha256, (*y)->sha256, GM_SHA256_SIZE);
}

static int put_ranks(struct gm_buf *out, const struct gm_name_entry *entries, size_t n)
{
	gm_autofree const struct gm_name_entry **ranks = gm_malloc(n * sizeof(*ranks));
	int rc = 0;

	if (!ranks)
		return GM_ENOMEM;
	for (size_t i = 0; i < n; i++)
		ranks[i] = &entries[i];
	qsort(ranks, n, sizeof(*ranks), compare_names);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = put_number(out, (size_t)(ranks[i] - entries));
	return rc;
}

static int put_all(struct gm_buf *out, const struct gm_name_entry *entries, size_t n)
{
	uint8_t bytes[GM_NAME_ENTRY_SIZE];
	int rc = put_header(out, n);

	if (rc == 0)
		rc = put_fanout(out, entries, n);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		gm_name_entry_put(bytes, &entries[i]);
		rc = gm_buf_put(out, bytes, sizeof(bytes));
	}
	return rc < 0 ? rc : put_ranks(out, entries, n);
}

int gm_name_map_file_write(
	const char *dir, uint32_t number, struct gm_name_entry *entries, size_t n)
{
	gm_autofree char *path = gm_format("%s/map-%08u", dir, number);
	gm_autotempfile temp = GM_TEMPFILE_INIT;
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);

	if (!path)
		return GM_ENOMEM;
	n = n ? sort_entries(entries, n) : 0;
	int rc = put_all(&bytes, entries, n);
	if (rc == 0)
		rc = gm_tempfile_open(&temp, dir, "tmp-", 0666);
	if (rc == 0)
		rc = gm_write_all(temp.fd, bytes.ptr, bytes.size, path);
	if (rc == 0)
		rc = gm_rename(temp.path, path);
	if (rc == 0)
		gm_tempfile_forget(&temp);
	return rc;
}
