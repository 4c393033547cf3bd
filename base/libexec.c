#include "base/libexec.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* 1 when it is there. */
static int try_folder(struct gm_buf *out, const char *folder, const char *below,
	const char *last, const char *name)
{
	gm_autofree char *path = gm_format("%s%s%s/%s", folder, below, last, name);

	if (!path)
		return GM_ENOMEM;
	if (access(path, X_OK) < 0)
		return 0;
	int rc = gm_buf_puts(out, path);
	return rc < 0 ? rc : 1;
}

int gm_libexec_find(
	struct gm_buf *out, const char *name, const char *built_in, const char *library)
{
	const char *folder = getenv("GITMEM_EXEC_PATH");
	char self[PATH_MAX];

	if (folder && *folder) {
		int rc = try_folder(out, folder, "", "", name);
		if (rc != 0)
			return rc < 0 ? rc : 0;
		return gm_error(GM_ENOTFOUND, "there is no '%s' in '%s'", name, folder);
	}
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n <= 0)
		return gm_error_errno("cannot tell where '%s' is", name);
	self[n] = '\0';
	*strrchr(self, '/') = '\0';
	int rc = try_folder(out, self, "/../libexec/gitmem", "", name);
	if (rc == 0)
		rc = try_folder(out, self, "", "", name);
	if (rc == 0)
		rc = try_folder(out, self, "/../", built_in, name);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	return gm_error(GM_ENOTFOUND, "'%s' is not installed: it was built without %s",
		name, library);
}
