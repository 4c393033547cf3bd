#include "objstore/pack.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mapping.h"

/* How long a pack that was refreshed counts as young, in seconds. */
#define YOUNG_S 60

int gm_pack_new(struct gm_pack **out, const char *base)
{
	struct gm_pack *pack = gm_calloc(1, sizeof(*pack));

	if (!pack)
		return GM_ENOMEM;
	pack->base = gm_strdup(base);
	if (!pack->base) {
		gm_pack_free(pack);
		return GM_ENOMEM;
	}
	*out = pack;
	return 0;
}

void gm_pack_free(struct gm_pack *pack)
{
	if (!pack)
		return;
	if (pack->bytes)
		(void)munmap(
			(void *)(uintptr_t)pack->bytes, pack->size); /* we mapped it */
	gm_pack_index_dispose(&pack->index);
	gm_free(pack->base);
	gm_free(pack);
}

int gm_pack_open_index(struct gm_pack *pack)
{
	if (pack->index_ready)
		return 0;
	if (pack->gone)
		return GM_ENOTFOUND;
	gm_autofree char *path = gm_format("%s.idx", pack->base);
	if (!path)
		return GM_ENOMEM;
	int rc = gm_pack_index_open(&pack->index, path);
	pack->gone = rc == GM_ENOTFOUND;
	pack->index_ready = rc == 0;
	return rc;
}

/* What a pack says of itself at both ends must be what its index says. */
static int check_pair(
	const struct gm_pack_index *index, const uint8_t *bytes, size_t size)
{
	uint32_t version = gm_be32(bytes + 4);

	if (memcmp(bytes, "PACK", 4) != 0)
		return gm_error(GM_EMISMATCH, "it does not begin like a pack");
	if (version != 2 && version != 3)
		return gm_error(GM_EINVALID, "pack version %u is not known", version);
	if (gm_be32(bytes + 8) != index->n ||
		memcmp(bytes + size - GM_PACK_TRAILER_SIZE,
			gm_pack_index_pack_checksum(index), GM_PACK_TRAILER_SIZE) != 0)
		return gm_error(
			GM_EMISMATCH, "the pack and its index do not belong together");
	return 0;
}

static int map_pack(struct gm_pack *pack, const char *path)
{
	gm_autoclose int fd = -1;
	const uint8_t *bytes;
	size_t size;
	int rc = gm_open_regular(&fd, &size, path);

	if (rc < 0)
		return rc;
	if (size < GM_PACK_HEADER_SIZE + GM_PACK_TRAILER_SIZE)
		return gm_error(GM_EMISMATCH, "the pack is truncated");
	rc = gm_map_fd(&bytes, fd, size, path);
	if (rc < 0)
		return rc;
	rc = check_pair(&pack->index, bytes, size);
	if (rc < 0) {
		(void)munmap((void *)(uintptr_t)bytes, size); /* we mapped it */
		return rc;
	}
	pack->bytes = bytes;
	pack->size = size;
	return 0;
}

int gm_pack_open(struct gm_pack *pack)
{
	if (pack->bytes)
		return 0;
	int rc = gm_pack_open_index(pack);
	if (rc < 0)
		return rc;
	gm_autofree char *path = gm_format("%s.pack", pack->base);
	if (!path)
		return GM_ENOMEM;
	rc = map_pack(pack, path);
	if (rc == GM_ENOTFOUND) {
		pack->gone = true;
		pack->index_ready = false;
		gm_pack_index_dispose(&pack->index);
	}
	return rc;
}

static int find(uint64_t *out, struct gm_pack *pack, const struct gm_oid *oid)
{
	uint32_t at;
	int rc = gm_pack_open_index(pack);

	if (rc < 0)
		return rc;
	if (!gm_pack_index_find(&at, &pack->index, oid))
		return GM_ENOTFOUND;
	rc = gm_pack_open(pack);
	return rc < 0 ? rc : gm_pack_index_offset(out, &pack->index, at);
}

int gm_pack_find(uint64_t *out, struct gm_pack *pack, const struct gm_oid *oid)
{
	int rc = find(out, pack, oid);

	return rc == 0 || rc == GM_ENOTFOUND ? rc : gm_error_prefix("'%s'", pack->base);
}

int gm_pack_entry(struct gm_pack_entry *out, const struct gm_pack *pack, uint64_t offset)
{
	return gm_pack_entry_parse(
		out, pack->bytes, pack->size - GM_PACK_TRAILER_SIZE, offset);
}

static int flush_file(const char *base, const char *ending)
{
	gm_autofree char *path = gm_format("%s%s", base, ending);
	gm_autoclose int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0)
		return GM_ERROR;
	return gm_fsync(fd, path);
}

static int flush(struct gm_pack *pack)
{
	const char *slash = strrchr(pack->base, '/');
	gm_autofree char *dir = gm_strndup(pack->base, (size_t)(slash - pack->base));

	if (!dir || flush_file(pack->base, ".pack") < 0 ||
		flush_file(pack->base, ".idx") < 0)
		return GM_ERROR;
	return gm_fsync_dir(dir);
}

int gm_pack_refresh(struct gm_pack *pack)
{
	gm_autofree char *path = gm_format("%s.pack", pack->base);
	gm_autofree char *mtimes = gm_format("%s.mtimes", pack->base);
	time_t now = time(NULL);

	if (!path || !mtimes)
		return 0;
	/* In a cruft pack it is not the pack's own time that counts. */
	if (gm_path_exists(mtimes))
		return 0;
	bool young = now >= pack->refreshed && now - pack->refreshed <= YOUNG_S;
	/* What we have mapped may be gone from the disk. */
	if (young ? !gm_path_exists(path) : utimensat(AT_FDCWD, path, NULL, 0) < 0)
		return 0;
	if (!young)
		pack->refreshed = now;
	if (!pack->flushed && flush(pack) < 0)
		return 0;
	pack->flushed = true;
	return 1;
}
