#include "objstore/store_clone.h"

#include "base/file.h"
#include "base/file_link.h"
#include "base/remove_tree.h"
#include "base/seam.h"
#include "objstore/store_clone_internal.h"
#include "objstore/store_layout.h"

/* How often the other repository may be converted while it is cloned. */
#define TRIES_MAX 5

int gm_cloning_link(struct gm_cloning *cloning, const char *to_dir, const char *from_dir,
	const char *name)
{
	gm_autofree char *to = gm_path_join(to_dir, name);
	gm_autofree char *from = gm_path_join(from_dir, name);
	struct gm_link_result result;

	if (!to || !from)
		return GM_ENOMEM;
	int rc = gm_file_link(&result, to, from);
	if (rc == GM_EEXISTS)
		return 0;
	if (rc < 0)
		return rc;
	if (result.is_copy) {
		cloning->result.n_copied++;
		cloning->result.bytes += result.size;
	} else {
		cloning->result.n_linked++;
	}
	return gm_strv_add(&cloning->made, to);
}

void gm_cloning_undo(struct gm_cloning *cloning)
{
	for (size_t i = 0; i < cloning->made.n; i++)
		(void)gm_sys_unlink(cloning->made.items[i]); /* best effort */
	gm_strv_dispose(&cloning->made);
	cloning->result = (struct gm_store_clone_result){.n_linked = 0};
}

/* All of it, for another layout. */
static int begin_anew(struct gm_cloning *cloning)
{
	static const char *const folders[] = {GM_STORE_DIR, "objects", "names"};

	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		gm_autofree char *path = gm_path_join(cloning->gitdir, folders[i]);
		if (!path)
			return GM_ENOMEM;
		gm_remove_tree(path);
	}
	gm_cloning_undo(cloning);
	return 0;
}

static int clone_once(struct gm_cloning *cloning)
{
	int rc = cloning->from->segments ? gm_clone_segments(cloning) : 0;

	return rc < 0 ? rc : gm_clone_objects(cloning);
}

int gm_store_clone(
	struct gm_store_clone_result *out, const char *gitdir, struct gm_store *from)
{
	struct gm_cloning cloning = {.gitdir = gitdir, .from = from};
	int rc = 0;

	for (int tries = 0; tries < TRIES_MAX; tries++) {
		bool has_segments = from->segments != NULL;
		rc = clone_once(&cloning);
		cloning.result.has_segments = has_segments;
		/* It may have been converted meanwhile, so that anything may be missing. */
		const struct gm_error seen = *gm_error_last();
		int changed = gm_store_follow(from);
		if (changed < 0)
			rc = changed;
		else if (!changed && rc < 0 && rc != GM_ENOTFOUND)
			rc = gm_error(seen.code, "%s", seen.message);
		if (changed <= 0)
			break;
		rc = begin_anew(&cloning);
		if (rc < 0)
			break;
		rc = GM_ENOTFOUND;
	}
	*out = cloning.result;
	gm_strv_dispose(&cloning.made);
	if (rc == GM_ENOTFOUND)
		rc = gm_error(GM_EMODIFIED,
			"the repository to clone is changed all the time; try again");
	return rc;
}
