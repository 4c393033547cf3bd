#include "objstore/pack_keep.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/seam.h"

void gm_pack_keep_release(struct gm_pack_keep *keep)
{
	if (keep->path)
		(void)gm_sys_unlink(keep->path); /* one that stays costs room only */
	gm_close_p(&keep->fd);
	gm_free(keep->path);
	keep->path = NULL;
}

int gm_pack_keep_take(struct gm_pack_keep *out, const char *pack_dir, const char *name)
{
	static const char text[] = GM_PACK_KEEP_TEXT;
	gm_autopackkeep keep = GM_PACK_KEEP_INIT;
	gm_autofree char *path = gm_format("%s/pack-%s.keep", pack_dir, name);

	if (!path)
		return GM_ENOMEM;
	keep.fd = gm_sys_open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (keep.fd < 0)
		return errno == EEXIST ? 0 : gm_error_errno("cannot write '%s'", path);
	keep.path = gm_steal(&path);
	(void)flock(keep.fd, LOCK_EX | LOCK_NB); /* nobody else can have it yet */
	int rc = gm_write_all(keep.fd, text, strlen(text), keep.path);
	if (rc < 0)
		return rc;
	*out = keep;
	keep = (struct gm_pack_keep)GM_PACK_KEEP_INIT;
	return 0;
}
