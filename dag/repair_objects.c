#include "base/file.h"
#include "dag/repair_internal.h"
#include "objstore/rescue_git.h"

int gm_repair_objects(const struct gm_repair *repair)
{
	gm_autofree char *dir = gm_path_join(repair->gitdir, "objects");
	gm_autofree char *kept = NULL;
	size_t n = 0;

	if (!dir)
		return GM_ENOMEM;
	if (!gm_is_dir(dir))
		return 0;
	int rc = gm_repair_kept_name(&kept, repair, "objects");
	if (rc == 0)
		rc = gm_rescue_git(&n, dir, kept);
	if (rc < 0 || !n)
		return rc;
	gm_autofree char *text =
		gm_format("%zu damaged files were taken out of the way", n);
	return text ? gm_repair_tell_file(repair, "objects", kept, text) : GM_ENOMEM;
}

int gm_repair_skeleton(const struct gm_repair *repair, enum gm_layout layout)
{
	bool created = false;
	int rc = gm_repo_init(&created, repair->gitdir, "main", layout);

	return rc < 0 || !created
		? rc
		: gm_repair_tell_file(repair, "HEAD", NULL,
			  "what was missing of the repository's folder was made anew");
}
