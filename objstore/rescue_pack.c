#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/map.h"
#include "base/mapping.h"
#include "objstore/delta.h"
#include "objstore/internal.h"
#include "objstore/names.h"
#include "objstore/pack_write.h"
#include "objstore/rescue_git.h"

/* An entry that can be inflated. */
struct spot {
	uint64_t offset;
	uint64_t place; /* of the object in the new pack, plus 1; 0: not known yet */
};

struct rescue {
	struct gm_store *store;
	const uint8_t *bytes;
	size_t size;
	bool is_whole;              /* the pack is as it was written */
	struct gm_pack_index index; /* n is 0 when it is damaged */
	struct spot *spots;         /* by offset */
	size_t n;
	size_t cap;
	struct gm_inflate inflate;
	struct gm_pack_writer *writer;
	struct gm_map written; /* objects, by id, to their place in it plus 1 */
};

static int open_files(struct rescue *rescue, const char *base)
{
	gm_autofree char *path = gm_format("%s.pack", base);
	gm_autofree char *index = gm_format("%s.idx", base);
	gm_autoclose int fd = -1;
	struct gm_sha1 sha1;
	uint8_t digest[GM_SHA1_SIZE];

	if (!path || !index)
		return GM_ENOMEM;
	int rc = gm_open_regular(&fd, &rescue->size, path);
	if (rc < 0 || rescue->size < GM_PACK_HEADER_SIZE + GM_PACK_TRAILER_SIZE)
		return gm_source_is_final(rc) ? rc : GM_ENOTFOUND;
	rc = gm_map_fd(&rescue->bytes, fd, rescue->size, path);
	if (rc < 0)
		return rc;
	size_t body = rescue->size - GM_PACK_TRAILER_SIZE;
	gm_sha1_init(&sha1);
	gm_sha1_update(&sha1, rescue->bytes, body);
	gm_sha1_final(digest, &sha1);
	rescue->is_whole = !memcmp(digest, rescue->bytes + body, sizeof(digest));
	rc = gm_pack_index_open(&rescue->index, index);
	if (rc < 0)
		rescue->index.n = 0;
	return gm_source_is_final(rc) ? rc : 0;
}

/* The next place that an index gives, or the next byte. */
static uint64_t next_place(const struct rescue *rescue, uint64_t from)
{
	uint64_t best = UINT64_MAX;
	uint64_t offset;

	for (uint32_t i = 0; i < rescue->index.n; i++)
		if (gm_pack_index_offset(&offset, &rescue->index, i) == 0 &&
			offset > from && offset < best)
			best = offset;
	return rescue->index.n && best != UINT64_MAX ? best : from + 1;
}

/* Go through the pack; one entry stands behind the other. */
static int find_spots(struct rescue *rescue)
{
	uint64_t end = rescue->size - GM_PACK_TRAILER_SIZE;
	gm_autobuf data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	int rc = 0;

	for (uint64_t at = GM_PACK_HEADER_SIZE; rc == 0 && at < end;) {
		struct gm_pack_entry entry;
		rc = gm_interrupted();
		if (rc == 0)
			rc = gm_pack_entry_parse(&entry, rescue->bytes, end, at);
		if (rc == 0)
			rc = gm_pack_entry_inflate(&data, &rescue->inflate, &entry);
		if (gm_source_is_final(rc))
			return rc;
		if (rc < 0) {
			at = next_place(rescue, at);
			rc = 0;
			continue;
		}
		rc = gm_grow(&rescue->spots, &rescue->cap, rescue->n + 1,
			sizeof(*rescue->spots));
		if (rc == 0)
			rescue->spots[rescue->n++] = (struct spot){at, 0};
		at = (uint64_t)(entry.data - rescue->bytes) +
			gm_inflate_used(&rescue->inflate);
	}
	return rc;
}

static const struct spot *spot_at(const struct rescue *rescue, uint64_t offset)
{
	size_t low = 0;
	size_t high = rescue->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (rescue->spots[middle].offset < offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low < rescue->n && rescue->spots[low].offset == offset
		? &rescue->spots[low]
		: NULL;
}

/* GM_ENOTFOUND when the base is not known, or not yet. */
static int read_base(struct gm_buf *out, enum gm_object_type *type_out,
	struct rescue *rescue, const struct gm_pack_entry *entry)
{
	uint64_t place = 0;

	if (entry->kind == GM_PACK_ENTRY_OFS_DELTA) {
		const struct spot *spot = spot_at(rescue, entry->base_offset);
		place = spot ? spot->place : 0;
	} else if (!gm_map_get(&place, &rescue->written, &entry->base)) {
		return gm_store_read(out, type_out, rescue->store, &entry->base);
	}
	return place ? gm_pack_writer_read(out, type_out, rescue->writer,
			       &rescue->inflate, (size_t)place - 1)
		     : GM_ENOTFOUND;
}

static int unpack(struct gm_buf *out, enum gm_object_type *type_out,
	struct rescue *rescue, uint64_t offset)
{
	gm_autobuf base = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	gm_autobuf delta = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	struct gm_pack_entry entry;
	int rc = gm_pack_entry_parse(
		&entry, rescue->bytes, rescue->size - GM_PACK_TRAILER_SIZE, offset);

	if (rc == 0 && entry.kind == GM_PACK_ENTRY_WHOLE) {
		*type_out = entry.type;
		return gm_pack_entry_inflate(out, &rescue->inflate, &entry);
	}
	if (rc == 0)
		rc = read_base(&base, type_out, rescue, &entry);
	if (rc == 0)
		rc = gm_pack_entry_inflate(&delta, &rescue->inflate, &entry);
	return rc < 0 ? rc
		      : gm_delta_apply(out, base.ptr, base.size, delta.ptr, delta.size);
}

static int no_name(uint8_t out[GM_SHA256_SIZE], const struct gm_oid *oid, void *payload)
{
	(void)oid;
	(void)payload;
	memset(out, 0, GM_SHA256_SIZE);
	return 0;
}

/* Whether it is what was packed, and not what damage made of it. */
static bool is_right(const struct rescue *rescue, const struct gm_oid *oid,
	enum gm_object_type type, const struct gm_buf *data)
{
	uint8_t name[GM_SHA256_SIZE];
	uint32_t at;

	if (rescue->is_whole || gm_pack_index_find(&at, &rescue->index, oid))
		return true;
	return !rescue->index.n &&
		gm_names_compute(name, type, data->ptr ? data->ptr : "", data->size,
			no_name, NULL) == 0;
}

/* 1 when the object at the spot was written, or there already. */
static int write_spot(struct rescue *rescue, struct spot *spot)
{
	gm_autobuf data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	enum gm_object_type type;
	struct gm_oid oid;
	uint64_t place;
	int rc = gm_interrupted();

	if (rc == 0)
		rc = unpack(&data, &type, rescue, spot->offset);
	if (rc < 0)
		return gm_source_is_final(rc) ? rc : 0;
	gm_object_hash(&oid, type, gm_buf_str(&data), data.size);
	if (gm_map_get(&place, &rescue->written, &oid)) {
		spot->place = place;
		return 1;
	}
	if (!is_right(rescue, &oid, type, &data))
		return 0;
	spot->place = gm_pack_writer_n(rescue->writer) + 1;
	rc = gm_pack_writer_add(rescue->writer, &oid, type, gm_buf_str(&data), data.size);
	if (rc == 0)
		rc = gm_map_put(&rescue->written, &oid, spot->place);
	return rc < 0 ? rc : 1;
}

/* A base may stand behind its delta: go on for as long as that helps. */
static int write_all(struct rescue *rescue)
{
	bool goes_on = true;

	while (goes_on) {
		goes_on = false;
		for (size_t i = 0; i < rescue->n; i++) {
			if (rescue->spots[i].place)
				continue;
			int rc = write_spot(rescue, &rescue->spots[i]);
			if (rc < 0)
				return rc;
			goes_on = goes_on || rc;
		}
	}
	return 0;
}

static int rescue_pack(struct rescue *rescue, const char *dir, const char *base)
{
	gm_autopackkeep keep = GM_PACK_KEEP_INIT;
	int rc = open_files(rescue, base);

	if (rc < 0)
		return rc == GM_ENOTFOUND ? 0 : rc;
	rc = find_spots(rescue);
	if (rc == 0)
		rc = gm_pack_writer_open(&rescue->writer, dir);
	if (rc == 0)
		rc = write_all(rescue);
	if (rc < 0 || !gm_pack_writer_n(rescue->writer))
		return rc;
	return gm_pack_writer_finish(&keep, rescue->writer);
}

int gm_rescue_pack(const char *dir, const char *base)
{
	struct rescue rescue = {.written = GM_MAP_INIT(GM_OID_SIZE)};
	int rc = gm_store_open(&rescue.store, dir);

	if (rc == 0)
		rc = rescue_pack(&rescue, dir, base);
	gm_pack_writer_free(rescue.writer);
	gm_pack_index_dispose(&rescue.index);
	if (rescue.bytes)
		(void)munmap(
			(void *)(uintptr_t)rescue.bytes, rescue.size); /* as mapped */
	gm_inflate_dispose(&rescue.inflate);
	gm_map_dispose(&rescue.written);
	gm_free(rescue.spots);
	gm_store_free(rescue.store);
	return rc;
}
