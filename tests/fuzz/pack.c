/*
 * A pack whose index names up to 16 objects at places that the input chooses: everything in
 * it is read through the store, as the files of a peer would be. Leaves one small folder
 * behind where it runs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "objstore/pack_write.h"
#include "objstore/store.h"

#define N 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int read_object(const struct gm_oid *oid, void *payload)
{
	gm_autobuf out = GM_BUF_INIT((size_t)16 << 20);
	enum gm_object_type type;
	size_t n;

	(void)gm_store_read_header(&type, &n, payload, oid);
	(void)gm_store_read(&out, &type, payload, oid);
	return 0;
}

static int ignore_fault(const char *subject, const char *fault, void *payload)
{
	(void)subject;
	(void)fault;
	(void)payload;
	return 0;
}

/* The pack's count and checksum are made to fit, so that its entries are looked at. */
static int write_files(const char *dir, const uint8_t *data, size_t size)
{
	gm_autobuf pack = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autofree char *pack_path = gm_format("%s/pack/pack-x.pack", dir);
	gm_autofree char *index_path = gm_format("%s/pack/pack-x.idx", dir);
	struct gm_pack_record records[N];
	const uint8_t checksum[GM_SHA1_SIZE] = {0};

	memset(records, 0, sizeof(records));
	for (size_t i = 0; i < N; i++) {
		memset(records[i].oid.bytes, (int)i * 16, GM_OID_SIZE);
		records[i].offset = data[i];
	}
	int rc = gm_buf_put(&pack, "PACK\0\0\0\2\0\0\0\20", 12);
	if (rc == 0)
		rc = gm_buf_put(&pack, data + N, size - N);
	if (rc == 0)
		rc = gm_buf_put(&pack, checksum, sizeof(checksum));
	FILE *file = rc == 0 ? fopen(pack_path, "we") : NULL;
	if (!file)
		return -1;
	(void)fwrite(pack.ptr, 1, pack.size, file);
	(void)fclose(file);
	file = fopen(index_path, "we");
	if (!file)
		return -1;
	rc = gm_pack_index_write(fileno(file), "index", records, N, checksum);
	(void)fclose(file);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char dir[32];
	struct gm_store *store;

	if (size < N || size > 4096)
		return 0;
	if (!*dir) {
		gm_autofree char *packs = NULL;
		(void)strcpy(dir, "fuzz-pack-XXXXXX");
		if (!mkdtemp(dir) || !(packs = gm_path_join(dir, "pack")) ||
			gm_mkdirs(packs))
			abort();
	}
	if (write_files(dir, data, size) < 0 || gm_store_open(&store, dir) < 0)
		abort();
	(void)gm_store_each(store, read_object, store);
	(void)gm_store_check(store, ignore_fault, NULL);
	gm_store_free(store);
	return 0;
}
