#include "index/embedding_program.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME "gitmem-embed"

static int try_folder(struct gm_buf *out, const char *folder, const char *below)
{
	gm_autofree char *path = gm_format("%s%s/" NAME, folder, below);

	if (!path)
		return GM_ENOMEM;
	if (access(path, X_OK) < 0)
		return 0;
	int rc = gm_buf_puts(out, path);
	return rc < 0 ? rc : 1;
}

int gm_embedding_program(struct gm_buf *out)
{
	static const char *const below[] = {"/../libexec/gitmem", "", "/../embed"};
	const char *folder = getenv("GITMEM_EXEC_PATH");
	char self[PATH_MAX];
	int rc = 0;

	if (folder && *folder) {
		rc = try_folder(out, folder, "");
		if (rc != 0)
			return rc < 0 ? rc : 0;
		return gm_error(GM_ENOTFOUND, "there is no '" NAME "' in '%s'", folder);
	}
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n <= 0)
		return gm_error_errno("cannot tell where '" NAME "' is");
	self[n] = '\0';
	*strrchr(self, '/') = '\0';
	for (size_t i = 0; i < sizeof(below) / sizeof(*below) && rc == 0; i++)
		rc = try_folder(out, self, below[i]);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	return gm_error(GM_ENOTFOUND,
		"'" NAME "' is not installed: it was built without libcurl");
}
