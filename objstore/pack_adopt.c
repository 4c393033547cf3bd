#include "objstore/pack_adopt.h"

#include <fcntl.h>
#include <string.h>

#include "base/file.h"

static int flush(const char *path)
{
	gm_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return gm_error_errno("cannot read '%s'", path);
	return gm_fsync(fd, path);
}

/* The pack first: a reader must never see an index without its pack. */
static int move(const char *base, const char *pack_dir, const char *name)
{
	static const char *const endings[] = {".pack", ".idx"};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(endings) / sizeof(*endings); i++) {
		gm_autofree char *from = gm_format("%s%s", base, endings[i]);
		gm_autofree char *to = gm_format("%s/%s%s", pack_dir, name, endings[i]);
		if (!from || !to)
			return GM_ENOMEM;
		rc = flush(from);
		if (rc == 0)
			rc = gm_rename(from, to);
		if (rc == 0)
			rc = gm_fsync_dir(pack_dir);
	}
	return rc;
}

int gm_pack_adopt(
	struct gm_pack_keep *keep_out, const char *objects_dir, const char *base)
{
	gm_autopackkeep keep = GM_PACK_KEEP_INIT;
	gm_autofree char *pack_dir = gm_path_join(objects_dir, "pack");
	const char *name = strrchr(base, '/') + 1;
	int rc = pack_dir ? gm_mkdirs(pack_dir) : GM_ENOMEM;

	if (rc == 0)
		rc = gm_pack_keep_take(&keep, pack_dir, name + strlen("pack-"));
	if (rc == 0)
		rc = move(base, pack_dir, name);
	if (rc < 0)
		return rc;
	*keep_out = keep;
	keep = (struct gm_pack_keep)GM_PACK_KEEP_INIT;
	return 0;
}
