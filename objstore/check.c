#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <zlib.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/strv.h"
#include "objstore/internal.h"
#include "objstore/litter.h"
#include "objstore/segment_check.h"

/* A pack this old, in seconds, has its index if it ever gets one. */
#define LONE_AGE_S 3600

struct check {
	gm_store_report_fn report;
	void *payload;
};

static int report(const struct check *check, const char *subject, const char *fault)
{
	return check->report(subject, fault, check->payload);
}

/* The last 20 bytes of packs and indexes are the SHA-1 of what stands before. */
static bool trailer_is_right(const uint8_t *bytes, size_t size)
{
	struct gm_sha1 sha1;
	uint8_t digest[GM_SHA1_SIZE];

	gm_sha1_init(&sha1);
	gm_sha1_update(&sha1, bytes, size - GM_SHA1_SIZE);
	gm_sha1_final(digest, &sha1);
	return memcmp(digest, bytes + size - GM_SHA1_SIZE, GM_SHA1_SIZE) == 0;
}

static bool index_is_sorted(const struct gm_pack_index *index)
{
	struct gm_oid before;
	struct gm_oid oid;

	for (uint32_t i = 0; i < index->n; i++) {
		gm_pack_index_oid(&oid, index, i);
		uint32_t low = oid.bytes[0]
			? gm_be32(index->fanout + 4 * (oid.bytes[0] - 1))
			: 0;
		if (i < low || i >= gm_be32(index->fanout + 4 * oid.bytes[0]))
			return false;
		if (i && gm_oid_compare(&before, &oid) >= 0)
			return false;
		before = oid;
	}
	return true;
}

static int check_index(
	const struct check *check, const struct gm_pack_index *index, const char *path)
{
	int rc = 0;

	if (!trailer_is_right(index->bytes, index->size))
		rc = report(check, path, "its checksum is wrong");
	if (rc == 0 && !index_is_sorted(index))
		rc = report(check, path, "its names are not in order");
	return rc;
}

struct spot {
	uint64_t offset;
	uint32_t at;
};

static int compare_spots(const void *a, const void *b)
{
	const struct spot *x = a;
	const struct spot *y = b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

static int report_entry(const struct check *check, const struct gm_pack *pack,
	const char *path, uint32_t at, const char *fault)
{
	char hex[GM_OID_HEX];
	struct gm_oid oid;

	gm_pack_index_oid(&oid, &pack->index, at);
	gm_oid_format(hex, &oid);
	gm_autofree char *text = gm_format("object '%s': %s", hex, fault);
	return text ? report(check, path, text) : GM_ENOMEM;
}

static uint32_t crc_of(const uint8_t *bytes, uint64_t size)
{
	uLong crc = crc32(0, NULL, 0);

	for (uint64_t done = 0; done < size;) {
		uint64_t n = size - done < (1u << 30) ? size - done : 1u << 30;
		crc = crc32(crc, bytes + done, (uInt)n);
		done += n;
	}
	return (uint32_t)crc;
}

/* Entries fill the pack without gaps, each with the checksum that the index has for it. */
static int check_spots(const struct check *check, const struct gm_pack *pack,
	const char *path, const struct spot *spots)
{
	uint64_t end = pack->size - GM_PACK_TRAILER_SIZE;
	uint32_t n = pack->index.n;

	if ((n ? spots[0].offset : end) != GM_PACK_HEADER_SIZE)
		return report(check, path, "it does not begin with an object");
	for (uint32_t i = 0; i < n; i++) {
		uint64_t next = i + 1 < n ? spots[i + 1].offset : end;
		int rc = i % 1024 ? 0 : gm_interrupted();
		if (rc == 0 && (spots[i].offset >= next || next > end))
			rc = report_entry(check, pack, path, spots[i].at,
				"its place is impossible");
		else if (rc == 0 && pack->index.crcs &&
			crc_of(pack->bytes + spots[i].offset, next - spots[i].offset) !=
				gm_pack_index_crc(&pack->index, spots[i].at))
			rc = report_entry(
				check, pack, path, spots[i].at, "its checksum is wrong");
		if (rc)
			return rc;
	}
	return 0;
}

static int check_entries(
	const struct check *check, const struct gm_pack *pack, const char *path)
{
	gm_autofree struct spot *spots =
		gm_malloc((size_t)pack->index.n * sizeof(struct spot));

	if (!spots)
		return GM_ENOMEM;
	for (uint32_t i = 0; i < pack->index.n; i++) {
		spots[i].at = i;
		int rc = gm_pack_index_offset(&spots[i].offset, &pack->index, i);
		if (rc < 0)
			return report(check, path, gm_error_last()->message);
	}
	qsort(spots, pack->index.n, sizeof(*spots), compare_spots);
	return check_spots(check, pack, path, spots);
}

static int check_pack(const struct check *check, struct gm_pack *pack)
{
	gm_autofree char *index_path = gm_format("%s.idx", pack->base);
	gm_autofree char *path = gm_format("%s.pack", pack->base);

	if (!path || !index_path)
		return GM_ENOMEM;
	int rc = gm_pack_open_index(pack);
	if (rc == GM_ENOTFOUND || gm_source_is_final(rc))
		return rc == GM_ENOTFOUND ? 0 : rc;
	if (rc < 0)
		return report(check, index_path, gm_error_last()->message);
	rc = check_index(check, &pack->index, index_path);
	if (rc)
		return rc;
	rc = gm_pack_open(pack);
	if (rc == GM_ENOTFOUND)
		return access(index_path, F_OK) < 0
			? 0
			: report(check, index_path, "its pack is missing");
	if (rc < 0)
		return gm_source_is_final(rc)
			? rc
			: report(check, path, gm_error_last()->message);
	if (!trailer_is_right(pack->bytes, pack->size)) {
		rc = report(check, path, "its checksum is wrong");
		if (rc)
			return rc;
	}
	return check_entries(check, pack, path);
}

/* 38 hexadecimal digits in lower case, or the litter of a writer that was killed. */
static bool name_is_fine(const char *name)
{
	return !strncmp(name, "tmp_", 4) ||
		(strlen(name) == GM_OID_HEX - 3 &&
			strspn(name, "0123456789abcdef") == GM_OID_HEX - 3);
}

/* A folder that is gone through: what the callback says is told from a failure to read. */
struct folder {
	const struct check *check;
	const char *path;
	struct gm_strv lone; /* packs without an index, when it is a folder of packs */
	int rc;
};

static int each_name(struct folder *folder, gm_dir_each_fn each)
{
	int rc = gm_dir_each(folder->path, each, folder);

	if (rc == 0 || folder->rc || gm_source_is_final(rc))
		return rc;
	return report(folder->check, folder->path, gm_error_last()->message);
}

static int check_name(const char *name, void *payload)
{
	struct folder *folder = payload;

	if (name_is_fine(name))
		return 0;
	gm_autofree char *subject = gm_path_join(folder->path, name);
	folder->rc = subject
		? report(folder->check, subject, "this is no name of an object")
		: GM_ENOMEM;
	return folder->rc;
}

static int check_folder(const struct check *check, const char *path)
{
	struct folder folder = {.check = check, .path = path};

	return each_name(&folder, check_name);
}

/*
 * 1 or 0. A pack stands there a moment before its index does: only old ones tell of a loss. Nor
 * does one tell of it that is being removed.
 */
static int is_lone(const char *path)
{
	gm_autofree char *base = gm_strndup(path, strlen(path) - strlen(".pack"));
	gm_autofree char *index = base ? gm_format("%s.idx", base) : NULL;
	gm_autofree char *gone = base ? gm_gone_index(base) : NULL;
	struct stat st;

	if (!index || !gone)
		return GM_ENOMEM;
	return !gm_path_exists(index) && !gm_path_exists(gone) && lstat(path, &st) == 0 &&
		time(NULL) - st.st_mtime > LONE_AGE_S;
}

static int note_lone(const char *name, void *payload)
{
	struct folder *folder = payload;
	size_t size = strlen(name);

	if (size < 5 || strcmp(name + size - 5, ".pack") != 0)
		return 0;
	gm_autofree char *path = gm_path_join(folder->path, name);
	int lone = path ? is_lone(path) : GM_ENOMEM;
	folder->rc = lone > 0 ? gm_strv_add(&folder->lone, path) : lone;
	return folder->rc;
}

/* Looked at twice, as `git gc` removes an index a moment before its pack. */
static int check_lone(const struct check *check, const struct gm_strv *lone)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < lone->n; i++) {
		rc = is_lone(lone->items[i]);
		if (rc > 0)
			rc = report(check, lone->items[i], "its index is missing");
	}
	return rc;
}

static int check_source(const struct check *check, struct gm_source *source)
{
	struct folder packs = {.check = check, .path = source->pack_dir};
	int rc = each_name(&packs, note_lone);

	for (size_t i = 0; rc == 0 && i < source->n_packs; i++)
		rc = check_pack(check, source->packs[i]);
	for (unsigned folder = 0; rc == 0 && folder < 256; folder++) {
		gm_autofree char *path = gm_format("%s/%02x", source->dir, folder);
		rc = path ? check_folder(check, path) : GM_ENOMEM;
	}
	if (rc == 0)
		rc = check_lone(check, &packs.lone);
	gm_strv_dispose(&packs.lone);
	return rc;
}

int gm_store_check(struct gm_store *store, gm_store_report_fn report_fn, void *payload)
{
	const struct check check = {report_fn, payload};
	int rc = gm_store_refresh(store);

	if (rc == 0 && store->segments)
		rc = gm_segments_check(store->segments, report_fn, payload);
	for (size_t i = 0; rc == 0 && i < store->n_sources; i++)
		rc = check_source(&check, store->sources[i]);
	return rc;
}
